package model

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"kuacheng/model/fault"
)

// IDType is a kind of identity document.
type IDType string

const (
	IDResident         IDType = "resident_id"       // 居民身份证, GB 11643-1999
	IDHMTResidence     IDType = "hmt_residence"     // 港澳台居民居住证, 国办发〔2018〕81号
	IDForeignPermanent IDType = "foreign_permanent" // 外国人永久居留身份证
	IDHKMacaoPermit    IDType = "hk_macao_permit"   // 港澳居民来往内地通行证
	IDTaiwanPermit     IDType = "taiwan_permit"     // 台湾居民来往大陆通行证
	IDPassport         IDType = "passport"
)

// IDTypes are all kinds, in the order in which they are offered.
var IDTypes = []IDType{IDResident, IDHMTResidence, IDForeignPermanent, IDHKMacaoPermit, IDTaiwanPermit, IDPassport}

// Name is what the document is called.
func (t IDType) Name() string {
	switch t {
	case IDResident:
		return "居民身份证"
	case IDHMTResidence:
		return "港澳台居民居住证"
	case IDForeignPermanent:
		return "外国人永久居留身份证"
	case IDHKMacaoPermit:
		return "港澳居民来往内地通行证"
	case IDTaiwanPermit:
		return "台湾居民来往大陆通行证"
	case IDPassport:
		return "护照"
	}
	return string(t)
}

// Sex as far as a number tells it.
const (
	Male   = "male"
	Female = "female"
)

// IDNumber is a checked number in the form in which it is kept. It is personal data: biz seals it.
type IDNumber struct {
	Type   IDType
	Number string
	Born   Date   // "" where the number does not tell
	Sex    string // "" where the number does not tell
	Old    bool   // a form that is no longer issued, taken but to be looked at
}

// Age in full years on a date; ok is false where the number does not tell.
func (n IDNumber) Age(on Date) (years int, ok bool) {
	if n.Born == "" || on < n.Born {
		return 0, false
	}
	years = on.Year() - n.Born.Year()
	if string(on[4:]) < string(n.Born[4:]) {
		years--
	}
	return years, true
}

// Elderly reports who is served first for their age.
func (n IDNumber) Elderly(on Date) bool { years, ok := n.Age(on); return ok && years >= 65 }

// Minor reports who is under 14: their data are sensitive and a guardian acts for them (个人信息保护法 第31条).
func (n IDNumber) Minor(on Date) bool { years, ok := n.Age(on); return ok && years < 14 }

var (
	digits15    = regexp.MustCompile(`^\d{15}$`)
	eighteen    = regexp.MustCompile(`^\d{17}[\dX]$`)
	foreignOld  = regexp.MustCompile(`^[A-Z]{3}\d{12}$`)
	hkMacao     = regexp.MustCompile(`^([HM]\d{8})(\d{2})?$`)
	hkMacaoNonC = regexp.MustCompile(`^[HM]A\d{7}$`)
	taiwan      = regexp.MustCompile(`^\d{8}$`)
	taiwanOld   = regexp.MustCompile(`^\d{10}(\([A-Z]\))?$`)
	passport    = regexp.MustCompile(`^[A-Z0-9]{5,17}$`)
)

// ParseIDNumber checks a number against its kind. What people type is forgiven (lower case, full width, spaces,
// hyphens), a wrong digit is not. Refusals: 422 old_id_form, id_type_mismatch (the number is of another kind,
// named in details.id_type), id_number_invalid. today is what a birth date must not lie after.
func ParseIDNumber(t IDType, raw string, today Date) (IDNumber, error) {
	if !slices.Contains(IDTypes, t) {
		return IDNumber{}, fault.New("validation_failed").Say("不支持的证件类型").Field("id_type")
	}
	s := squeeze(raw)
	if t != IDPassport && digits15.MatchString(s) {
		return IDNumber{}, fault.New("old_id_form").Field("id_number")
	}
	if other := shapeOf(s); other != "" && other != t && !(t == IDPassport && other == IDHKMacaoPermit) {
		return IDNumber{}, fault.New("id_type_mismatch").Field("id_number").With("id_type", other)
	}
	n, ok := IDNumber{Type: t, Number: s}, false
	switch t {
	case IDResident, IDHMTResidence:
		n.Born, ok = personBorn(s, 6, today)
		ok = ok && (t == IDHMTResidence && hmtPrefix(s) || t == IDResident && residentPrefix(s))
	case IDForeignPermanent:
		n, ok = parseForeign(n, today)
	case IDHKMacaoPermit:
		if m := hkMacao.FindStringSubmatch(s); m != nil {
			n.Number, ok = m[1], true // the two digits after it only count renewals
		} else {
			ok = hkMacaoNonC.MatchString(s)
		}
	case IDTaiwanPermit:
		n.Old = taiwanOld.MatchString(s)
		ok = n.Old || taiwan.MatchString(s)
	case IDPassport:
		ok = passport.MatchString(s)
	}
	if !ok {
		return IDNumber{}, fault.New("id_number_invalid").Field("id_number")
	}
	if eighteen.MatchString(s) {
		n.Sex = Female
		if s[16]%2 == 1 {
			n.Sex = Male
		}
	}
	return n, nil
}

// squeeze takes away what people put into a number: full width, lower case, spaces and hyphens.
func squeeze(raw string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, halfWidth(raw))
	return strings.ToUpper(s)
}

// shapeOf is the kind whose shape nothing else has; "" where the shape alone does not tell.
func shapeOf(s string) IDType {
	switch {
	case eighteen.MatchString(s) && s[0] == '9':
		return IDForeignPermanent
	case eighteen.MatchString(s) && s[0] == '8':
		return IDHMTResidence
	case eighteen.MatchString(s):
		return IDResident
	case foreignOld.MatchString(s):
		return IDForeignPermanent
	case hkMacao.MatchString(s), hkMacaoNonC.MatchString(s):
		return IDHKMacaoPermit
	}
	return ""
}

// residentPrefix checks the province alone: codes of merged counties live on in people's numbers.
func residentPrefix(s string) bool {
	switch s[0] {
	case '1', '5':
		return s[1] >= '1' && s[1] <= '5' && s[:2] != "55" || s[:2] == "50"
	case '2':
		return s[1] >= '1' && s[1] <= '3'
	case '3':
		return s[1] >= '1' && s[1] <= '7'
	case '4':
		return s[1] >= '1' && s[1] <= '6'
	case '6':
		return s[1] >= '1' && s[1] <= '5'
	}
	return false
}

// hmtPrefix: Hong Kong, Macao, Taiwan.
func hmtPrefix(s string) bool {
	return slices.Contains([]string{"810000", "820000", "830000"}, s[:6])
}

// personBorn reads the birth date at an offset of an 18-character number, if its check character is right.
func personBorn(s string, at int, today Date) (Date, bool) {
	if !eighteen.MatchString(s) || s[17] != checkMod112(s[:17]) {
		return "", false
	}
	return bornOn(s[at:at+4]+"-"+s[at+4:at+6]+"-"+s[at+6:at+8], today)
}

// bornOn takes a real date on which a living person can have been born.
func bornOn(s string, today Date) (Date, bool) {
	d, ok := ParseDate(s)
	return d, ok && d <= today && d >= "1900-01-01"
}

// parseForeign reads a foreign permanent resident's number: since 2023-12-01 "9", province, nationality
// (ISO 3166-1 numeric), birth date, sequence and check as GB 11643; before, three letters and twelve digits with
// the birth date as YYMMDD at 8–13 and no check character.
func parseForeign(n IDNumber, today Date) (IDNumber, bool) {
	s := n.Number
	if eighteen.MatchString(s) {
		born, ok := personBorn(s, 6, today)
		n.Born = born
		return n, ok && s[0] == '9' && residentPrefix(s[1:])
	}
	if !foreignOld.MatchString(s) {
		return n, false
	}
	for _, century := range []string{"20", "19"} {
		if born, ok := bornOn(century+s[7:9]+"-"+s[9:11]+"-"+s[11:13], today); ok {
			n.Born, n.Old = born, true
			return n, true
		}
	}
	return n, false
}

// checkMod112 is the check character of GB 11643 (ISO 7064 MOD 11-2) over 17 digits.
func checkMod112(body string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// halfWidth turns full-width letters, digits, signs and spaces, as Chinese input methods type them, into ASCII.
// Every character stays one character.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　':
			return ' '
		}
		return r
	}, s)
}
