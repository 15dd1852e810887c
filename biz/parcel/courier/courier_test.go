package courier_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

var arrival = time.Date(2026, 9, 16, 3, 30, 0, 0, time.UTC) // 11:30 in Beijing

const formType = "application/x-www-form-urlencoded"

// vector reads a body of the reference and checks that it is the one that was written down.
func vector(t testing.TB, name, sum string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatalf("reading vector %s: %v", name, err)
	}
	if got := sha256.Sum256(b); sum != "" && hex.EncodeToString(got[:]) != sum {
		t.Fatalf("vector %s is not the one of the reference", name)
	}
	return b
}

func formPush(body []byte) courier.Request {
	return courier.Request{ContentType: formType, Body: body, ReceivedAt: arrival, Wall: arrival}
}

// told writes rows as "event time place signer", the form in which the reference states what to expect.
func told(rows []courier.Row) string {
	var lines []string
	for _, r := range rows {
		line := string(r.Event) + " " + r.At.In(model.Beijing).Format("01-02 15:04:05")
		if r.Place != "" {
			line += " " + r.Place
		}
		if r.SignedBy != "" {
			line += " " + string(r.SignedBy)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func alerts(p courier.Push) string {
	var all []string
	for _, a := range p.Alerts {
		all = append(all, strings.TrimSuffix(a.Kind+":"+a.Code, ":"))
	}
	return strings.Join(all, " ")
}

// refused is the status of a push at a carrier's door; 200 when it is taken.
func refused(c courier.Carrier, r courier.Request) int {
	if refusal := courier.Receive(c, r); refusal != nil {
		return refusal.Status
	}
	return http.StatusOK
}

// office is a carrier's API that remembers what it was sent and answers what it is told to.
type office struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(w http.ResponseWriter, r *http.Request)
	path   string
	ctype  string
	body   string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		o.path, o.ctype, o.body = r.URL.Path, r.Header.Get("Content-Type"), string(body)
		answer := o.answer
		o.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *office) says(status int, body string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (o *office) heard() (path, body string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.path, o.body
}

// callClass names the class of a call's error, "" for none.
func callClass(err error) string {
	var call *courier.CallError
	if errors.As(err, &call) {
		return string(call.Answer) + " " + call.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestCaller_keeps_its_bounds_and_its_secrets(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	k := newKuaidi100(t, o.URL)
	shipment := courier.Shipment{Company: "shunfeng", Waybill: "SF1400000000001", PhoneTail: "0000"}
	for _, c := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		want   string
	}{
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, o.URL+"/else", http.StatusTemporaryRedirect)
		}, "later http_307"},
		{"a server's error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, "later http_502"},
		{"an endless answer", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat(" ", 1<<20+1)) }, "later answer_too_large"},
		{"an answer that is none", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "later answer"},
		{"a connection cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "later network"},
	} {
		o.mu.Lock()
		o.answer = c.answer
		o.mu.Unlock()
		_, err := k.Query(context.Background(), shipment, arrival)
		if got := callClass(err); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "KCTEST") || strings.Contains(err.Error(), "127.0.0.1")) {
			t.Errorf("%s: the error tells too much: %v", c.name, err)
		}
		answer, code := k.Subscribe(context.Background(), shipment)
		if answer != model.SubscribeLater {
			t.Errorf("%s: subscribing: %s %s", c.name, answer, code)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := k.Query(ctx, shipment, arrival); callClass(err) != "later cancelled" {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRedactURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/callbacks/couriers/sf?k=78e58e177c658540703fd46ded87c478": "/callbacks/couriers/sf",
		"https://u:p@kc.example/x?k=1#f":                            "https://kc.example/x",
		"://":                                                       "",
	} {
		if got := courier.RedactURL(in); got != want {
			t.Errorf("%s → %s, want %s", in, got, want)
		}
	}
}
