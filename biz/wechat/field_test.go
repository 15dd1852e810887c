package wechat_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kuacheng/biz/wechat"
)

func TestFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typ, in, want string }{
		{"thing", "职工养老保险关系转移接续", "职工养老保险关系转移接续"},
		{"thing", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十"},
		{"thing", "一二三四五六七八九十一二三四五六七八九十一", "一二三四五六七八九十一二三四五六七八九…"},
		{"thing", "办件编号为KC4415202611260000427请查收", "办件编号为…"},
		{"thing", "KC4415202611260000427", "详见小程序"},
		{"thing", "一二三四五六七八九十一二三四五 2026年11月26日前", "一二三四五六七八九十一二三四五…"},
		{"thing", "一二三四五六七八九十一二三四五六七12件材料", "一二三四五六七八九十一二三四五六七…"},
		{"thing", "社会保险参保缴费凭证、居民身份证，等", "社会保险参保缴费凭证、居民身份证，等"},
		{"thing", "社会保险参保缴费凭证、居民身份证明材料，以及户口簿", "社会保险参保缴费凭证、居民身份证明材料…"},
		{"thing", "  第一行\n第二行\t\u200b末 ", "第一行 第二行 末"},
		{"thing", "", "详见小程序"},
		{"thing", "\x00\n", "详见小程序"},
		{"phrase", "准予办理", "准予办理"},
		{"phrase", "EMS邮政速递物流", "邮政速递物"},
		{"phrase", "EMS", "见详情"},
		{"character_string", "KC4415202611260000427", "KC4415202611260000427"},
		{"character_string", "SF1357924680123 / SF1357924680124 / SF1357924680125", "SF1357924680123 SF1357924680124"},
		{"character_string", "运单 SF1357924680123", "SF1357924680123"},
		{"character_string", strings.Repeat("9", 33), "-"},
		{"character_string", "无", "-"},
		{"name", "欧阳某某", "欧阳某某"},
		{"name", "一二三四五六七八九十一", "一二三四五六七八九十"},
		{"number", "12.5", "12.5"},
		{"amount", "¥12.50元", "¥12.50元"},
		{"phone_number", "0660-12345", "0660-12345"},
		{"car_number", "粤N12345", "粤N12345"},
		{"letter", "ABC", "ABC"},
		{"symbol", "!!", "!!"},
		{"enum", "已完成", "已完成"},
		{"time", "2026年11月26日 09:30", "2026年11月26日 09:30"},
		{"time", "09:30~11:00", "09:30~11:00"},
		{"date", "2026年12月7日", "2026年12月7日"},
		{"date", "2026-12-07", "2026-12-07"},
	} {
		got, err := wechat.Fit(c.typ, c.in)
		if err != nil || got != c.want {
			t.Errorf("Fit(%s, %q) = %q, %v; want %q", c.typ, c.in, got, err, c.want)
		}
	}
	for _, c := range []struct{ typ, in string }{
		{"time", "2026年12月7日"}, {"time", "25:00"}, {"time", ""}, {"date", "明天"}, {"date", "2026年13月7日"}, {"date", ""},
		{"number", "12a"}, {"number", strings.Repeat("1", 33)}, {"amount", "12345678901元"}, {"phone_number", "138****0000x"},
		{"car_number", "粤N粤12345"}, {"letter", "中"}, {"symbol", "a"}, {"enum", ""}, {"colour", "x"},
	} {
		if got, err := wechat.Fit(c.typ, c.in); err == nil {
			t.Errorf("Fit(%s, %q) = %q, want an error", c.typ, c.in, got)
		}
	}
}

var codeRun = regexp.MustCompile(`[0-9A-Za-z]+`)

// Whatever people write, a text field is taken by WeChat, and no number or code in it is a piece of a longer one.
func TestFit_keeps_the_rules(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(
		rapid.StringMatching(`[一-龥]{1,9}`), rapid.StringMatching(`[0-9A-Z]{1,24}`), rapid.StringMatching(`20[0-9]{2}年1?[0-9]月`),
		rapid.SampledFrom([]string{"，", "。", "…", " ", "\n", "\x00", "\u202e", "（", "）", "-", "/", "件", "元", "€", "🙂"}), rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		for _, typ := range []string{"thing", "phrase", "character_string", "name"} {
			out, err := wechat.Fit(typ, in)
			if err != nil || !wechat.Valid(typ, out) {
				t.Fatalf("Fit(%s, %q) = %q, %v", typ, in, out, err)
			}
			if again, _ := wechat.Fit(typ, out); again != out {
				t.Fatalf("Fit(%s) is not stable: %q becomes %q", typ, out, again)
			}
			if typ != "thing" && typ != "character_string" {
				continue
			}
			whole := map[string]bool{}
			for _, run := range codeRun.FindAllString(in, -1) {
				whole[run] = true
			}
			for _, run := range codeRun.FindAllString(out, -1) {
				if !whole[run] && !strings.ContainsAny(in, "\x00\u202e") && utf8.ValidString(in) && isPlain(in) {
					t.Fatalf("Fit(%s, %q) = %q: %q is a piece of something", typ, in, out, run)
				}
			}
		}
	})
}

// isPlain tells that nothing in s is dropped as invisible, which may join two runs.
func isPlain(s string) bool {
	out, err := wechat.Fit("thing", "字"+strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' {
			return -1
		}
		return r
	}, s))
	return err == nil && out != "" && !regexp.MustCompile(`[\p{Cc}\p{Cf}\p{Co}\x{FFFD}]`).MatchString(s)
}

func FuzzFit(f *testing.F) {
	f.Add("thing", "办件编号为KC4415202611260000427请查收")
	f.Add("character_string", "运单 SF1357924680123")
	f.Add("time", "2026年11月26日 09:30")
	f.Fuzz(func(t *testing.T, typ, in string) {
		out, err := wechat.Fit(typ, in)
		if err == nil && !wechat.Valid(typ, out) {
			t.Errorf("Fit(%q, %q) = %q, which is not valid", typ, in, out)
		}
	})
}
