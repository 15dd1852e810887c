package identity_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kuacheng/biz/identity"
	"kuacheng/biz/signature"
)

var key = signature.Key{ID: "k", Secret: []byte("0123456789abcdef")}

func TestClient_Match(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(identity.StandIn([]signature.Key{key}))
	t.Cleanup(s.Close)
	c := identity.New(s.URL, key)
	for name, want := range map[string]bool{"张三丰": true, "李不符": false} {
		got, err := c.Match(t.Context(), identity.Question{Name: name, IDType: "resident_id", IDNumber: "44000019900101001X"})
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	stranger := identity.New(s.URL, signature.Key{ID: "k", Secret: []byte("another key 0123")})
	if _, err := stranger.Match(t.Context(), identity.Question{Name: "张", IDType: "x", IDNumber: "1"}); err == nil {
		t.Error("a wrong key was accepted")
	}
}

func TestClient_Match_badService(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"500":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"html":  func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) },
		"empty": func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
	} {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		ok, err := identity.New(s.URL, key).Match(t.Context(), identity.Question{Name: "张三丰", IDType: "resident_id", IDNumber: "44000019900101001X"})
		if ok || err == nil {
			t.Errorf("%s: matched %v, %v", name, ok, err)
		}
		if err != nil && (strings.Contains(err.Error(), "张") || strings.Contains(err.Error(), "4400")) {
			t.Errorf("%s: the error tells who was asked about: %v", name, err)
		}
	}
}
