package licence_test

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/licence"
	"kuacheng/biz/signature"
	"kuacheng/model/fault"
)

var (
	key   = signature.Key{ID: "k", Secret: []byte("0123456789abcdef")}
	today = time.Date(2026, 11, 25, 4, 0, 0, 0, time.UTC)
)

func now() time.Time { return today }

func services(t *testing.T) (*licence.StandIn, string) {
	t.Helper()
	s, err := licence.NewStandIn([]signature.Key{key}, now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func TestClient_Fetch(t *testing.T) {
	t.Parallel()
	s, url := services(t)
	other, _ := services(t)
	for _, tt := range []struct {
		name, holder string
		issuers      licence.Issuers
		key          signature.Key
		pick         func([]licence.Line) string
		want         string
	}{
		{"a card in force", "张三", s.Issuers(), key, first, ""},
		{"one that has expired", "李过期", s.Issuers(), key, first, "licence_not_valid"},
		{"one that nobody has sealed", "王假证", s.Issuers(), key, first, "licence_untrusted"},
		{"one that another has sealed", "张三", other.Issuers(), key, first, "licence_untrusted"},
		{"one of somebody else", "张三", s.Issuers(), key, func([]licence.Line) string { return "ZZ0000" }, "licence_not_found"},
		{"without our signature", "张三", s.Issuers(), signature.Key{ID: "k", Secret: []byte("another key 0123")}, func([]licence.Line) string { return "x" }, "licence_unavailable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := licence.New(licence.Config{URL: url, Key: tt.key, Issuers: tt.issuers}, now)
			h := licence.Holder{Name: tt.holder, IDType: "resident_id", IDNumber: "441500199003072175"}
			lines, _ := c.List(t.Context(), h)
			ref, err := c.Fetch(t.Context(), h, tt.pick(lines), "KC1")
			if fault.Code(err) != tt.want {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), h.IDNumber) {
				t.Errorf("the error names the holder: %v", err)
			}
			if err != nil {
				return
			}
			if digest, _ := hex.DecodeString(ref.Digest); ref.Kind != "id_card" || len(digest) != 32 {
				t.Errorf("reference %+v", ref)
			}
		})
	}
}

func first(l []licence.Line) string { return l[0].ID }

func TestClient_Check(t *testing.T) {
	t.Parallel()
	_, url := services(t)
	c := licence.New(licence.Config{URL: url, Key: key}, now)
	for _, tt := range []struct {
		holder, source string
		found          bool
		want           string
	}{
		{"张三", "社会保险库", true, ""},
		{"赵查无", "社会保险库", false, ""},
		{"张三", "停机库", false, "licence_unavailable"},
	} {
		f, err := c.Check(t.Context(), licence.Holder{Name: tt.holder}, tt.source, "KC1")
		if f.Found != tt.found || fault.Code(err) != tt.want {
			t.Errorf("%s at %s: %+v, %v", tt.holder, tt.source, f, err)
		}
	}
}

func TestClient_hostile_service(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"no JSON": "<html>", "a list": "[]", "an empty seal": `{"grant":"g","document":"e30=","signature":"","key":"sandbox"}`,
		"a long answer": `{"grant":"` + strings.Repeat("x", 2<<20), "null": "null",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answer)) }))
			t.Cleanup(server.Close)
			s, _ := services(t)
			c := licence.New(licence.Config{URL: server.URL, Key: key, Issuers: s.Issuers()}, now)
			_, err := c.Fetch(t.Context(), licence.Holder{Name: "张三"}, "ZZ1", "KC1")
			if code := fault.Code(err); code != "licence_unavailable" && code != "licence_untrusted" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestParseIssuers(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "k", "k:", "k:zz", "k:04", ":00"} {
		if _, err := licence.ParseIssuers(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}
