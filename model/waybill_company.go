package model

import "regexp"

// waybillCompanies are the forms that only one company gives out (couriers.md §13). Twelve to fifteen bare digits
// are nobody's alone, but for the post's thirteen that begin with 1 or 9.
var waybillCompanies = []struct {
	form    *regexp.Regexp
	company string
}{
	{regexp.MustCompile(`^SF\d{13}$`), "shunfeng"},
	{waybillDomestic, "ems"},
	{regexp.MustCompile(`^JD[A-Z0-9]{11,16}$`), "jd"},
	{regexp.MustCompile(`^YT\d{13}$`), "yuantong"},
	{regexp.MustCompile(`^JT\d{13}$`), "jtexpress"},
}

// CompanyOf reads the courier company from the form of a waybill, in kuaidi100's code; "" when the form does not
// say, and people must.
func CompanyOf(waybill string) string {
	w := NormaliseWaybill(waybill)
	if waybillS10.MatchString(w) {
		if s10Holds(w) {
			return "ems"
		}
		return ""
	}
	for _, c := range waybillCompanies {
		if c.form.MatchString(w) {
			return c.company
		}
	}
	return ""
}
