package letter_test

import (
	"bytes"
	"os"
	"testing"

	"kuacheng/biz/letter"
)

func sample() letter.Letter {
	return letter.Letter{
		Title:     "准予办理决定书",
		Number:    "KC 441500 261124 000001 0",
		Addressee: "张三丰",
		Body: []string{
			"您申请的“企业职工基本养老保险关系转移接续申请”（跨市转入汕尾），我单位于2026年11月24日受理，经审查，符合规定条件，决定准予办理。",
			"请凭本决定书及有效证件办理后续手续。",
		},
		Facts:    [][2]string{{"事项", "企业职工基本养老保险关系转移接续申请"}, {"情形", "跨市转入汕尾"}, {"收件单位", "深圳市政务服务和数据管理局"}, {"备注", ""}},
		Remedies: "如不服本决定，可以自收到之日起六十日内向汕尾市人民政府申请行政复议，或者在六个月内向人民法院提起行政诉讼。",
		Signed:   "汕尾市人力资源和社会保障局",
		On:       "2026-11-24",
		Verify:   "https://kc.example/q/abcdefghijklmnopqrstuvwxyz01234",
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	a, err := letter.Render(sample())
	if err != nil {
		t.Fatal(err)
	}
	b, err := letter.Render(sample())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(a, []byte("%PDF-")) || len(a) > 300<<10 {
		t.Fatalf("%d bytes, beginning %q", len(a), a[:8])
	}
	if !bytes.Equal(a, b) {
		t.Error("the same letter must give the same bytes, so that its digest means something")
	}
	if path := os.Getenv("KUACHENG_TEST_LETTER"); path != "" {
		if err := os.WriteFile(path, a, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := letter.Render(sample()); err != nil {
			b.Fatal(err)
		}
	}
}
