package model_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestMakeMatterNo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		region string
		opened string
		random uint64
		want   string
	}{
		{"441500", "2025-10-09", 48213, "KC4415002510090482136"},
		{"441500", "2026-11-24", 1, "KC4415002611240000010"},
		{"441502", "2026-03-02 00:30", 731906, "KC4415022603027319062"}, // still 03-01 in UTC
		{"4415X1", "2026-03-02", 5_000_001, "KC4415002603020000016"},
	} {
		got, err := model.MakeMatterNo(tt.region, moment(t, tt.opened), tt.random)
		if err != nil {
			t.Errorf("%s: %v", tt.region, err)
			continue
		}
		if tt.region != "4415X1" && got != tt.want {
			t.Errorf("%s %s %d: %s, want %s", tt.region, tt.opened, tt.random, got, tt.want)
		}
		if tt.region == "4415X1" && got[:20] != tt.want[:20] {
			t.Errorf("a functional district: %s", got)
		}
		if back, err := model.ParseMatterNo(got); err != nil || back != got {
			t.Errorf("reading %s back: %s, %v", got, back, err)
		}
	}
	for _, region := range []string{"", "44150", "44150a", "4415XX", "４４１５００"} {
		if no, err := model.MakeMatterNo(region, time.Now(), 1); err == nil {
			t.Errorf("region %q makes %s", region, no)
		}
	}
}

func TestParseMatterNo(t *testing.T) {
	t.Parallel()
	const no = "KC4415002510090482136"
	for _, typed := range []string{
		no, "kc4415002510090482136", "KC 441500 251009 048213 6", " kc-441500-251009-048213-6 ",
		"ＫＣ４４１５００２５１００９０４８２１３６", "ｋｃ　441500　251009　048213　6", "KC 441500–251009—048213−6",
	} {
		if got, err := model.ParseMatterNo(typed); err != nil || got != no {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	if got := model.PrettyMatterNo(no); got != "KC 441500 251009 048213 6" {
		t.Errorf("pretty: %s", got)
	}
	for _, typed := range []string{"", "KC", "4415002510090482136", "KC4415002510090482137", "KC441500251009048213", "KC44150025100904821366", "KD4415002510090482136", "KC44150025100904821三6"} {
		if got, err := model.ParseMatterNo(typed); fault.Code(err) != "not_found" {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}

// ISO 7064 MOD 11,10 finds every single wrong digit.
func TestParseMatterNo_FindsEveryWrongDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		no, err := model.MakeMatterNo("441500", time.Unix(rapid.Int64Range(1.7e9, 2e9).Draw(t, "opened"), 0), rapid.Uint64().Draw(t, "random"))
		if err != nil {
			t.Fatal(err)
		}
		wrong := []byte(no)
		i := rapid.IntRange(2, 20).Draw(t, "place")
		wrong[i] = '0' + (wrong[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, err := model.ParseMatterNo(string(wrong)); err == nil {
			t.Fatalf("%s passes for %s", wrong, no)
		}
		if back, err := model.ParseMatterNo(model.PrettyMatterNo(no)); err != nil || back != no {
			t.Fatalf("%s: %v", no, err)
		}
	})
}

func FuzzParseMatterNo(f *testing.F) {
	f.Add("KC 441500 251009 048213 6")
	f.Add("ｋｃ４４１５００\xff")
	f.Fuzz(func(t *testing.T, typed string) {
		no, err := model.ParseMatterNo(typed)
		if err != nil {
			return
		}
		if again, err := model.ParseMatterNo(no); err != nil || again != no || len(no) != 21 {
			t.Errorf("%q is read as %q, and that as %q", typed, no, again)
		}
	})
}
