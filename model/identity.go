package model

// IDType is a kind of identity document.
type IDType string

const (
	IDResident         IDType = "resident_id"       // 居民身份证
	IDHMTResidence     IDType = "hmt_residence"     // 港澳台居民居住证
	IDForeignPermanent IDType = "foreign_permanent" // 外国人永久居留身份证
	IDHKMacaoPermit    IDType = "hk_macao_permit"   // 港澳居民来往内地通行证
	IDTaiwanPermit     IDType = "taiwan_permit"     // 台湾居民来往大陆通行证
	IDPassport         IDType = "passport"
)

// halfWidth turns full-width letters, digits, hyphens and spaces, as Chinese input methods type them, into ASCII.
func halfWidth(s string) string {
	out := []rune(s)
	for i, r := range out {
		switch {
		case r >= '！' && r <= '～':
			out[i] = r - '！' + '!'
		case r == '　':
			out[i] = ' '
		}
	}
	return string(out)
}
