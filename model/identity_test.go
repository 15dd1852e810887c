package model_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// The numbers of these tests are fictitious and computed; none is a person's.
func TestParseIDNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		kind  model.IDType
		typed string
		code  string // "" = taken
		kept  string // "" = as typed
		born  model.Date
		sex   string
		old   bool
	}{
		{name: "resident_x", kind: model.IDResident, typed: "44000019900101001X", born: "1990-01-01", sex: model.Male},
		{name: "resident_female", kind: model.IDResident, typed: "441500199001010026", born: "1990-01-01", sex: model.Female},
		{name: "small_x", kind: model.IDResident, typed: "44000019900101001x", kept: "44000019900101001X", born: "1990-01-01", sex: model.Male},
		{name: "spaces", kind: model.IDResident, typed: " 440000 19900101 001X ", kept: "44000019900101001X", born: "1990-01-01", sex: model.Male},
		{name: "full_width", kind: model.IDResident, typed: "４４００００１９９００１０１００１Ｘ", kept: "44000019900101001X", born: "1990-01-01", sex: model.Male},
		{name: "merged_county_lives_on", kind: model.IDResident, typed: withCheck("44019919900101001"), born: "1990-01-01", sex: model.Male},
		{name: "wrong_check", kind: model.IDResident, typed: "440000199001010010", code: "id_number_invalid"},
		{name: "no_province", kind: model.IDResident, typed: withCheck("71000019900101001"), code: "id_number_invalid"},
		{name: "no_province_55", kind: model.IDResident, typed: withCheck("55000019900101001"), code: "id_number_invalid"},
		{name: "no_day", kind: model.IDResident, typed: withCheck("44000019900230001"), code: "id_number_invalid"},
		{name: "leap_day", kind: model.IDResident, typed: withCheck("44000020000229001"), born: "2000-02-29", sex: model.Male},
		{name: "no_leap_day", kind: model.IDResident, typed: withCheck("44000019000229001"), code: "id_number_invalid"},
		{name: "tomorrow", kind: model.IDResident, typed: withCheck("44000020261125001"), code: "id_number_invalid"},
		{name: "today", kind: model.IDResident, typed: withCheck("44000020261124001"), born: "2026-11-24", sex: model.Male},
		{name: "old_form", kind: model.IDResident, typed: "440000900101001", code: "old_id_form"},
		{name: "too_short", kind: model.IDResident, typed: "4400001990010100", code: "id_number_invalid"},
		{name: "empty", kind: model.IDResident, typed: "", code: "id_number_invalid"},
		{name: "words", kind: model.IDResident, typed: "身份证号码", code: "id_number_invalid"},

		{name: "hong_kong", kind: model.IDHMTResidence, typed: "810000199001010019", born: "1990-01-01", sex: model.Male},
		{name: "macao", kind: model.IDHMTResidence, typed: "820000199001010010", born: "1990-01-01", sex: model.Male},
		{name: "taiwan", kind: model.IDHMTResidence, typed: "830000199001010012", born: "1990-01-01", sex: model.Male},
		{name: "hmt_other_prefix", kind: model.IDHMTResidence, typed: withCheck("84000019900101001"), code: "id_number_invalid"},
		{name: "hmt_as_resident", kind: model.IDResident, typed: "810000199001010019", code: "id_type_mismatch"},
		{name: "resident_as_hmt", kind: model.IDHMTResidence, typed: "44000019900101001X", code: "id_type_mismatch"},

		{name: "foreign", kind: model.IDForeignPermanent, typed: "944999199001010012", born: "1990-01-01", sex: model.Male},
		{name: "published_specimen", kind: model.IDForeignPermanent, typed: "932682198501010017", born: "1985-01-01", sex: model.Male},
		{name: "foreign_no_province", kind: model.IDForeignPermanent, typed: withCheck("97199919900101001"), code: "id_number_invalid"},
		{name: "foreign_as_resident", kind: model.IDResident, typed: "944999199001010012", code: "id_type_mismatch"},
		{name: "foreign_old", kind: model.IDForeignPermanent, typed: "abc440090010100", kept: "ABC440090010100", born: "1990-01-01", old: true},
		{name: "foreign_old_of_2015", kind: model.IDForeignPermanent, typed: "ABC440015010100", born: "2015-01-01", old: true},
		{name: "foreign_old_no_day", kind: model.IDForeignPermanent, typed: "ABC440090130100", code: "id_number_invalid"},

		{name: "hk_permit", kind: model.IDHKMacaoPermit, typed: "H00000001"},
		{name: "hk_permit_with_renewals", kind: model.IDHKMacaoPermit, typed: "h0000000102", kept: "H00000001"},
		{name: "non_chinese", kind: model.IDHKMacaoPermit, typed: "MA0000001"},
		{name: "hk_permit_letter", kind: model.IDHKMacaoPermit, typed: "K00000001", code: "id_number_invalid"},
		{name: "hk_permit_as_resident", kind: model.IDResident, typed: "H00000001", code: "id_type_mismatch"},

		{name: "taiwan_permit", kind: model.IDTaiwanPermit, typed: "00000001"},
		{name: "taiwan_book", kind: model.IDTaiwanPermit, typed: "0000000001", old: true},
		{name: "taiwan_book_bracket", kind: model.IDTaiwanPermit, typed: "0000000001（b）", kept: "0000000001(B)", old: true},
		{name: "taiwan_nine", kind: model.IDTaiwanPermit, typed: "000000001", code: "id_number_invalid"},

		{name: "passport", kind: model.IDPassport, typed: "e00000001", kept: "E00000001"},
		{name: "passport_letters", kind: model.IDPassport, typed: "EA0000001"},
		{name: "passport_like_a_permit", kind: model.IDPassport, typed: "H00000001"},
		{name: "passport_short", kind: model.IDPassport, typed: "E001", code: "id_number_invalid"},
		{name: "passport_sign", kind: model.IDPassport, typed: "E0000*001", code: "id_number_invalid"},
		{name: "resident_as_passport", kind: model.IDPassport, typed: "44000019900101001X", code: "id_type_mismatch"},

		{name: "unknown_kind", kind: "driving_licence", typed: "44000019900101001X", code: "validation_failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, err := model.ParseIDNumber(c.kind, c.typed, someDay)
			if fault.Code(err) != c.code {
				t.Fatalf("%v, want %q", err, c.code)
			}
			if err != nil {
				checkNoNumber(t, err, c.typed)
				return
			}
			want := model.IDNumber{Type: c.kind, Number: c.kept, Born: c.born, Sex: c.sex, Old: c.old}
			if c.kept == "" {
				want.Number = c.typed
			}
			if n != want {
				t.Errorf("got %+v, want %+v", n, want)
			}
			again, err := model.ParseIDNumber(c.kind, n.Number, someDay)
			if err != nil || again != n {
				t.Errorf("what is kept reads as %+v, %v", again, err)
			}
		})
	}
}

// checkNoNumber: a refusal is logged and shown, so it never quotes what was typed.
func checkNoNumber(t *testing.T, err error, typed string) {
	t.Helper()
	f := fault.From(err)
	if typed != "" && strings.Contains(fmt.Sprint(f.Message, f.Details, f.Error()), typed) {
		t.Errorf("the refusal quotes the number: %v %v", f, f.Details)
	}
}

// withCheck computes the check character by the standard's formula, apart from the code under test.
func withCheck(body string) string {
	s := 0
	for i := range 17 { // weight 2^(17-i) mod 11
		w := 1
		for range 17 - i {
			w = w * 2 % 11
		}
		s += int(body[i]-'0') * w
	}
	for c := range 11 {
		if (s+c)%11 == 1 {
			return body + string("0123456789X"[c])
		}
	}
	panic("no check character")
}

func anyResidentID(t *rapid.T) string {
	province := rapid.SampledFrom([]int{11, 15, 21, 23, 31, 37, 41, 44, 46, 50, 54, 61, 65}).Draw(t, "province")
	day := model.Date("1930-01-01").Add(rapid.IntRange(0, 35000).Draw(t, "born"))
	return withCheck(fmt.Sprintf("%02d%04d%s%03d", province, rapid.IntRange(0, 9999).Draw(t, "place"),
		strings.ReplaceAll(string(day), "-", ""), rapid.IntRange(0, 999).Draw(t, "sequence")))
}

// One wrong character never passes, and no two neighbours changed round do (MOD 11-2 catches both).
func TestParseIDNumber_catches_slips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := anyResidentID(t)
		if _, err := model.ParseIDNumber(model.IDResident, id, someDay); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		i := rapid.IntRange(0, 17).Draw(t, "at")
		wrong := []byte(id)
		wrong[i] = rapid.SampledFrom([]byte("0123456789X")).Draw(t, "digit")
		if string(wrong) != id {
			if n, err := model.ParseIDNumber(model.IDResident, string(wrong), someDay); err == nil {
				t.Fatalf("%s for %s: %+v", wrong, id, n)
			}
		}
		j := rapid.IntRange(0, 16).Draw(t, "swap")
		swapped := []byte(id)
		swapped[j], swapped[j+1] = swapped[j+1], swapped[j]
		if string(swapped) != id {
			if n, err := model.ParseIDNumber(model.IDResident, string(swapped), someDay); err == nil {
				t.Fatalf("%s for %s: %+v", swapped, id, n)
			}
		}
	})
}

func TestIDNumber_age(t *testing.T) {
	t.Parallel()
	n := model.IDNumber{Born: "1961-11-24"}
	for on, want := range map[model.Date]int{"2026-11-23": 64, "2026-11-24": 65, "2027-11-23": 65, "1961-11-24": 0} {
		if got, ok := n.Age(on); !ok || got != want {
			t.Errorf("on %s: %d, want %d", on, got, want)
		}
	}
	if n.Elderly("2026-11-23") || !n.Elderly("2026-11-24") || n.Minor("2026-11-24") {
		t.Error("65 on the birthday")
	}
	child := model.IDNumber{Born: "2013-01-01"}
	if !child.Minor("2026-12-31") || child.Minor("2027-01-01") {
		t.Error("14 on the birthday")
	}
	if _, ok := (model.IDNumber{}).Age(someDay); ok || (model.IDNumber{}).Minor(someDay) {
		t.Error("a passport tells no age")
	}
}

func TestParseUSCC(t *testing.T) {
	t.Parallel()
	for typed, check := range map[string]string{
		"91441500MA0000007X":     "",
		"914415000000000860":     "", // remainder 0
		"11441500MB0000000J":     "", // the example of an implementation code
		"91441500ma0000007x":     "",
		"91 4415 00MA 0000 007X": "",
		"９１４４１５００ＭＡ０００００７Ｘ": "shape", // one character short
		"91441500MA00000070": "credit_code",
		"91441500MA0000008X": "credit_code",
		"91441500MA000000IX": "shape", // I is no character of it
		"9144150AMA0000007X": "shape", // a letter in the region
		"91441500MA0000007":  "shape",
		"":                   "shape",
	} {
		got, err := model.ParseUSCC(typed)
		switch {
		case check == "" && (err != nil || len(got) != 18):
			t.Errorf("%q: %q %v", typed, got, err)
		case check != "" && (fault.Code(err) != "credit_code_invalid" || fault.From(err).Details["check"] != check):
			t.Errorf("%q: %v %v, want %s", typed, err, fault.From(err).Details, check)
		}
	}
	if !model.IndividualBusiness("92441500MA0000007X") || model.IndividualBusiness("91441500MA0000007X") {
		t.Error("92 is an individual business")
	}
}

// A code whose own check is right but whose organisation code's is not: taken by a clerk by hand only.
func TestParseUSCC_by_hand(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	found := false
	for _, c := range alphabet {
		code := "91441500MA0000008" + string(c)
		_, err := model.ParseUSCC(code)
		if err != nil && fault.From(err).Details["check"] == "organisation_code" {
			found = true
			if kept, ok := model.NormalUSCC(code); !ok || kept != code {
				t.Errorf("its shape is right: %q %v", kept, ok)
			}
		}
		if err == nil {
			t.Errorf("%s was taken", code)
		}
	}
	if !found {
		t.Error("no check character makes the code's own check right")
	}
}

func TestParseUSCC_catches_slips(t *testing.T) {
	t.Parallel()
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for _, code := range []string{"91441500MA0000007X", "914415000000000860", "11441500MB0000000J"} {
		for i := range 18 {
			for _, c := range alphabet {
				wrong := code[:i] + string(c) + code[i+1:]
				if _, err := model.ParseUSCC(wrong); (err == nil) != (wrong == code) {
					t.Errorf("%s for %s: %v", wrong, code, err)
				}
			}
		}
	}
}

func TestParseOrgCode(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{"MA0000007": "MA0000007", "ma000000-7": "MA0000007", "000000086": "000000086"} {
		if got, err := model.ParseOrgCode(typed); err != nil || got != want {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "MA0000008", "MA000000", "MA00000077", "中A0000007"} {
		if got, err := model.ParseOrgCode(typed); fault.Code(err) != "credit_code_invalid" {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
}

func TestParsePhone(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"13800000000": "13800000000", "138 0000 0000": "13800000000", "138-0000-0000": "13800000000", "+8613800000000": "13800000000",
		"+86 138 0000 0000": "13800000000", "008613800000000": "13800000000", "（+86）138００００００００": "13800000000", "19900000000": "19900000000",
		"+852 0000 0000": "+85200000000", "0085200000000": "+85200000000", "+853-0000-0000": "+85300000000", "+886000000000": "+886000000000",
	} {
		got, err := model.ParsePhone(typed)
		if err != nil || string(got) != want || got.TakesSMS() != !strings.HasPrefix(want, "+") {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
	for _, typed := range []string{
		"", "12800000000", "1380000000", "138000000000", "8613800000000", "+8512345678", "+852000000000", "+85200000000000", "+88600000000",
		"02000000000", "138000000o0", "+8612800000000", "00138 0000 0000",
	} {
		got, err := model.ParsePhone(typed)
		if fault.Code(err) != "phone_invalid" {
			t.Errorf("%q: %q %v", typed, got, err)
		}
		checkNoNumber(t, err, typed)
	}
}

func TestParseName(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"张三": "张三", " 张 三 ": "张三", "张　三丰": "张三丰", "阿卜杜拉•买买提": "阿卜杜拉·买买提", "阿卜杜拉．买买提": "阿卜杜拉·买买提", "㛃〇": "㛃〇", "𠮷": "𠮷",
		"John  Smith": "John Smith", "O'Neil-Brown Jr.": "O'Neil-Brown Jr.", "José María": "José María", "ＪＯＨＮ": "JOHN",
	} {
		if got, err := model.ParseName(typed); err != nil || got != want {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "  ", "张3", "张三!", "·张三", "-", "<b>张</b>", "张\x00三", "张\n三1", strings.Repeat("张", 61), "13800000000"} {
		if got, err := model.ParseName(typed); fault.Code(err) != "name_invalid" {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
}

func TestMasks(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"张": "张", "张丰": "张*", "张三丰": "张*丰", "欧阳娜娜": "欧**娜", "阿卜杜拉·买买提": "阿******提", "𠮷野家": "𠮷*家",
		"John": "J***", "John Smith": "J*** S***", "": "",
	} {
		if got := model.MaskName(name); got != want {
			t.Errorf("name %q: %q, want %q", name, got, want)
		}
	}
	for n, want := range map[string]string{
		"44000019900101001X": "440*************1X", "H00000001": "H*01", "00000001": "0*01", "ABC440090010100": "A*00", "E0001": "E*01", "E001": "****", "": "",
	} {
		if got := model.MaskIDNumber(n); got != want {
			t.Errorf("number %q: %q, want %q", n, got, want)
		}
	}
	for p, want := range map[model.Phone]string{"13800000000": "138****0000", "+85200000012": "****12", "": ""} {
		if got := model.MaskPhone(p); got != want {
			t.Errorf("phone %q: %q, want %q", p, got, want)
		}
	}
	if got := model.MaskAddress("汕尾市海丰县"); got != "汕尾市海丰县****" {
		t.Errorf("address: %s", got)
	}
}

// A mask never shows the last four together, and never more than it must.
func TestMasks_hide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := anyResidentID(t)
		m := model.MaskIDNumber(id)
		if len(m) != len(id) || strings.Count(m, "*") != 13 || strings.HasSuffix(m, id[14:]) {
			t.Fatalf("%s → %s", id, m)
		}
		name := rapid.StringOfN(rapid.RuneFrom([]rune("张王李赵欧阳娜丰𠮷·")), 2, 8, -1).Draw(t, "name")
		if mask := model.MaskName(name); utf8.RuneCountInString(mask) != utf8.RuneCountInString(name) && !strings.HasSuffix(mask, "***") || mask == name && name != "··" {
			t.Fatalf("%s → %s", name, mask)
		}
	})
}

func TestScrubNumbers_of_people(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"tel13800000000": "tel****",
		"身份证 440000 19900101 001X，尽快办理": "身份证 ****，尽快办理",
		"台胞证00000001、旧本0000000001(B)":   "台胞证****、旧本****",
		"电话１３８００００００００":                 "电话****",
		"H0000000102":                     "****",
		"于20261124提交":                     "于20261124提交",
		"KC 441500 251009 048213 6":       "KC 441500 251009 048213 6",
		"KC4415002510090482136":           "KC4415002510090482136",
		"YY0123456789ABC":                 "YY0123456789ABC",
		"EA000000014CN、SF0000000000001":   "EA000000014CN、SF0000000000001",
		"91441500MA0000007X":              "91441500MA0000007X", // in a public register
		"先打13800000000再打13900000000":      "先打****再打****",
		"\xff13800000000\xfe":             "\ufffd****\ufffd",
		"共12页，费用100元，8:30–17:30，0755-000": "共12页，费用100元，8:30–17:30，0755-000",
	} {
		if got := model.ScrubNumbers(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzScrubNumbers(f *testing.F) {
	for _, s := range []string{"张某 44000019900101001X", "电话１３８００００００００。", "KC4415002510090482136", "\xff13800000000", "H00000001 0000000001(B)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := model.ScrubNumbers(s)
		if again := model.ScrubNumbers(out); again != out {
			t.Errorf("%q → %q → %q", s, out, again)
		}
		// A number that stands alone is never let through, whatever stands around it.
		for _, secret := range []string{"44000019900101001X", "13800000000"} {
			if out := model.ScrubNumbers(s + "，" + secret + "。" + s); strings.Contains(out, "，"+secret+"。") {
				t.Errorf("%q kept %s", s, secret)
			}
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	for _, s := range []string{"44000019900101001X", "４４００", "H0000000102", "ABC440090010100", "91441500MA0000007X", "+85200000000", "阿卜杜拉·买买提", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range model.IDTypes {
			if n, err := model.ParseIDNumber(kind, s, someDay); err == nil {
				if again, err := model.ParseIDNumber(kind, n.Number, someDay); err != nil || again.Number != n.Number {
					t.Errorf("%s %q is kept as %q, which reads as %q, %v", kind, s, n.Number, again.Number, err)
				}
			}
		}
		if code, err := model.ParseUSCC(s); err == nil {
			if again, err := model.ParseUSCC(code); err != nil || again != code {
				t.Errorf("%q is kept as %q", s, code)
			}
		}
		if p, err := model.ParsePhone(s); err == nil {
			if again, err := model.ParsePhone(string(p)); err != nil || again != p {
				t.Errorf("%q is kept as %q", s, p)
			}
		}
		if name, err := model.ParseName(s); err == nil {
			if again, err := model.ParseName(name); err != nil || again != name || model.MaskName(name) == "" {
				t.Errorf("%q is kept as %q, then %q", s, name, again)
			}
		}
	})
}
