package model

import (
	"regexp"
	"strings"

	"kuacheng/model/fault"
)

// Waybill forms per couriers.md §13. Only sf and ems have one to hold people to; an aggregator carries any
// courier's numbers.
var (
	waybillSF       = regexp.MustCompile(`^(SF\d{13}|\d{12})$`)
	waybillS10      = regexp.MustCompile(`^[A-Z]{2}\d{9}[A-Z]{2}$`)
	waybillDomestic = regexp.MustCompile(`^[19]\d{12}$`)
	waybillAny      = regexp.MustCompile(`^[A-Z0-9-]{6,32}$`)
)

// MaxWaybill is the longest number that is taken from anyone, typed or pushed.
const MaxWaybill = 32

// NormaliseWaybill brings what people type into the one written form: full-width to half-width, upper
// case, no spaces. A hyphen inside is part of the number.
func NormaliseWaybill(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' || r == '\u3000':
			continue
		case r >= '\uff01' && r <= '\uff5e':
			r -= 0xfee0
		}
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// CheckWaybill normalises a typed number and refuses one that this carrier cannot have given out. A push is
// never judged by it: a carrier knows its own numbers.
func CheckWaybill(c Carrier, typed string) (string, error) {
	w := NormaliseWaybill(typed)
	var say string
	switch {
	case c == CarrierSF && !waybillSF.MatchString(w):
		say = "顺丰运单号应为SF加13位数字，或12位数字"
	case c == CarrierEMS && waybillS10.MatchString(w) && !s10Holds(w):
		say = "邮政运单号校验不符，请核对"
	case c == CarrierEMS && !waybillS10.MatchString(w) && !waybillDomestic.MatchString(w):
		say = "邮政运单号应为13位，以1或9开头，或国际格式（如EA000000014CN）"
	case !WaybillForm(w):
		say = "运单号应为6至32位字母和数字"
	default:
		return w, nil
	}
	return "", fault.New("waybill_invalid").Field("waybill").Say(say)
}

// WaybillForm says whether a normalised number could be any courier's.
func WaybillForm(w string) bool { return waybillAny.MatchString(w) }

// s10Holds checks the ninth digit of a UPU S10 number.
func s10Holds(w string) bool {
	sum := 0
	for i, weight := range [8]int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += int(w[2+i]-'0') * weight
	}
	c := 11 - sum%11
	switch c {
	case 10:
		c = 0
	case 11:
		c = 5
	}
	return int(w[10]-'0') == c
}

// companyNames maps the codes of kdniao to those of kuaidi100, which are ours (couriers.md §13).
var companyNames = map[string]string{
	"SF": "shunfeng", "EMS": "ems", "YZPY": "youzhengguonei", "JD": "jd", "ZTO": "zhongtong", "YTO": "yuantong",
	"STO": "shentong", "YD": "yunda", "HTKY": "huitongkuaidi", "UC": "youshuwuliu", "DBL": "debangkuaidi", "JTSD": "jtexpress",
}

// CanonicalCompany is our code of a courier company, from either aggregator's. An unknown code stays, in
// lower case.
func CanonicalCompany(code string) string {
	code = strings.TrimSpace(code)
	if c, ok := companyNames[strings.ToUpper(code)]; ok {
		return c
	}
	return strings.ToLower(code)
}

// KdniaoCompany is kdniao's code of one of our companies.
func KdniaoCompany(company string) (string, bool) {
	for code, ours := range companyNames {
		if ours == CanonicalCompany(company) {
			return code, true
		}
	}
	return "", false
}

// isPost says that a company is China Post under one of its names: a parcel bound to one and reported under
// another is no mismatch (couriers.md §13).
func isPost(company string) bool { return company == "ems" || company == "youzhengguonei" }

// WantsPhone says that a company answers for a waybill only with the last four digits of a phone.
func WantsPhone(company string) bool { return company == "shunfeng" || company == "zhongtong" }
