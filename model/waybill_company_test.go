package model_test

import (
	"testing"

	"kuacheng/model"
)

func TestCompanyOf(t *testing.T) {
	t.Parallel()
	for waybill, want := range map[string]string{
		"SF1400000000001": "shunfeng", " sf1400 0000 00001 ": "shunfeng", "ＳＦ１４００００００００００１": "shunfeng",
		"EA000000014CN": "ems", "EA123456785CN": "ems", "EA123456789CN": "", "1140000000011": "ems", "9812345678901": "ems",
		"JD0001234567890": "jd", "JDVA01234567890": "jd", "YT1234567890123": "yuantong", "JT1234567890123": "jtexpress",
		"123456789012": "", "7712345678901": "", "": "", "SF140000000001": "", "YT123": "", "KD00000000012": "",
	} {
		if got := model.CompanyOf(waybill); got != want {
			t.Errorf("CompanyOf(%q) = %q, want %q", waybill, got, want)
		}
	}
}
