package model

import (
	"strings"

	"kuacheng/model/fault"
)

// usccAlphabet are the characters of a unified social credit code in the order of their values 0–30
// (GB 32100-2015: no I O S V Z).
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ParseUSCC checks a unified social credit code (统一社会信用代码): its own check character and that of the
// organisation code inside it. A few real codes fail one of the two, so details.check says which
// (credit_code, organisation_code, shape): a clerk who holds the licence may then take NormalUSCC's answer by
// hand, a citizen is told to visit a window.
func ParseUSCC(raw string) (string, error) {
	refuse := func(check string) (string, error) {
		return "", fault.New("credit_code_invalid").Field("uscc").With("check", check)
	}
	s, ok := NormalUSCC(raw)
	switch {
	case !ok:
		return refuse("shape")
	case s[17] != checkUSCC(s[:17]):
		return refuse("credit_code")
	case !validOrgCode(s[8:17]):
		return refuse("organisation_code")
	}
	return s, nil
}

// NormalUSCC brings a code into the form in which it is kept and checks its shape only: 18 of the alphabet,
// with the six digits of a region at 3–8.
func NormalUSCC(raw string) (string, bool) {
	s := squeeze(raw)
	if len(s) != 18 {
		return "", false
	}
	for i := range 18 {
		if strings.IndexByte(usccAlphabet, s[i]) < 0 || i >= 2 && i < 8 && s[i] > '9' {
			return "", false
		}
	}
	return s, true
}

// IndividualBusiness reports a 个体工商户 (92…): its name is public, its owner is masked.
func IndividualBusiness(uscc string) bool { return strings.HasPrefix(uscc, "92") }

// checkUSCC is the check character over the first 17: (31 − Σ vᵢ·3^(i−1) mod 31) mod 31.
func checkUSCC(body string) byte {
	sum, weight := 0, 1
	for i := range body {
		sum += strings.IndexByte(usccAlphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31]
}

// ParseOrgCode checks an organisation code of GB 11714 (8 + check), typed with or without the hyphen.
func ParseOrgCode(raw string) (string, error) {
	if s := squeeze(raw); validOrgCode(s) {
		return s, nil
	}
	return "", fault.New("credit_code_invalid").Say("组织机构代码不正确，请核对").Field("org_code")
}

func validOrgCode(s string) bool {
	if len(s) != 9 {
		return false
	}
	weights := [8]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			sum += int(c-'0') * w
		case c >= 'A' && c <= 'Z':
			sum += int(c-'A'+10) * w
		default:
			return false
		}
	}
	return s[8] == "0X987654321"[sum%11] // 11 − r, where 10 is X and 11 is 0
}
