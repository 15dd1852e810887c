package courier

import "testing"

func TestSaysLost(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]bool{
		"快件遗失": true,
		"【汕尾市】快件在途中丢失，理赔处理中": true,
		"快件未遗失，已找到":          false,
		"请妥善保管，谨防丢失":         false,
		"如有遗失请联系客服":          false,
		"派件不成功，电话无人接听":       false,
		"":                   false,
	} {
		if got := saysLost.MatchString(words); got != want {
			t.Errorf("%q: %v", words, got)
		}
	}
}
