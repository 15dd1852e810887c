package letter_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kuacheng/biz/letter"
)

var paper = letter.Certificate{
	Title: "个人社会保险参保证明", Number: "ZM2026112512345678", Holder: "测试人", IDNumber: "441*************10",
	Statement: "经查询汕尾市人力资源和社会保障局的登记信息，上列人员“个人社会保险参保证明查询打印”（本人参保缴费证明）情况属实，特此证明。",
	Serial:    "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Matter: "KC 441500 261125 123456 7", Signed: "汕尾市人力资源和社会保障局",
	Issued: time.Date(2026, 11, 25, 1, 30, 0, 0, time.UTC), Until: "2027-02-23", Place: "福田区政务大厅一楼", Check: "8F3A-11C2-9B0E",
	Verify: "https://kc.example/q/QAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
}

// TestCertificate draws the paper in both sizes; the same facts give the same bytes. KUACHENG_TEST_PDFS names a folder to look at them in.
func TestCertificate(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]func(letter.Certificate) ([]byte, error){"certificate": letter.RenderCertificate, "slip": letter.RenderSlip} {
		one, err := draw(paper)
		if err != nil {
			t.Fatal(err)
		}
		two, err := draw(paper)
		if err != nil || !bytes.Equal(one, two) || !bytes.HasPrefix(one, []byte("%PDF")) || len(one) > 400_000 {
			t.Errorf("%s: %d bytes, the same again: %v, %v", name, len(one), bytes.Equal(one, two), err)
		}
		if folder := os.Getenv("KUACHENG_TEST_PDFS"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, name+".pdf"), one, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

// A slip is as long as its text: nothing is cut off, and nothing is left blank.
func TestReceipt_grows(t *testing.T) {
	t.Parallel()
	short, err1 := letter.RenderReceipt(letter.Receipt{Title: "回执", Lines: [][2]string{{"事项", "短"}}})
	long, err2 := letter.RenderReceipt(letter.Receipt{Title: "回执", Lines: [][2]string{{"事项", "短"}, {"说明", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"}}})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	high := func(pdf []byte) string {
		_, rest, _ := bytes.Cut(pdf, []byte("/MediaBox ["))
		box, _, _ := bytes.Cut(rest, []byte("]"))
		return string(box)
	}
	if high(short) == high(long) {
		t.Errorf("both are %s", high(short))
	}
}
