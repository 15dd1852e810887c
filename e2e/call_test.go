package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"
)

var web = &http.Client{Timeout: patience}

// caller is somebody who sends requests to a server: nobody in particular, or whoever the token speaks for.
type caller struct {
	s     *server
	token string
	key   string // Idempotency-Key of what is sent; "" for none
}

// with gives every request of the copy this Idempotency-Key.
func (c caller) with(key string) caller {
	c.key = key
	return c
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	what   string // method and path, for messages
}

// upload is a body that is a form with one file.
type upload struct {
	name, kind string
	content    []byte
}

// raw is a body that is sent as it stands.
type raw struct {
	kind string
	body []byte
}

// try sends one request; in is nil, an upload, a raw, or anything that JSON can hold.
func (c caller) try(method, path string, in any) (answer, error) {
	kind, body, err := encode(in)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequest(method, c.s.base+path, body)
	if err != nil {
		return answer{}, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.key != "" {
		req.Header.Set("Idempotency-Key", c.key)
	}
	return receive(req)
}

// receive sends a request as it is.
func receive(req *http.Request) (answer, error) {
	res, err := web.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, header: res.Header, body: content, what: req.Method + " " + req.URL.Path}, err
}

func encode(in any) (kind string, body io.Reader, err error) {
	switch in := in.(type) {
	case nil:
		return "", nil, nil
	case raw:
		return in.kind, bytes.NewReader(in.body), nil
	case upload:
		var out bytes.Buffer
		form := multipart.NewWriter(&out)
		part, err := form.CreateFormFile("file", in.name)
		if err != nil {
			return "", nil, err
		}
		if _, err := part.Write(in.content); err != nil {
			return "", nil, err
		}
		return form.FormDataContentType(), &out, form.Close()
	}
	b, err := json.Marshal(in)
	return "application/json", bytes.NewReader(b), err
}

// call is try where the server must be there.
func (c caller) call(t testing.TB, method, path string, in any) answer {
	t.Helper()
	a, err := c.try(method, path, in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// get, post and put insist on success and read the answer into out, if it is not nil.
func (c caller) get(t testing.TB, path string, out any) {
	t.Helper()
	c.call(t, "GET", path, nil).ok(t, out)
}
func (c caller) post(t testing.TB, path string, in, out any) {
	t.Helper()
	c.call(t, "POST", path, in).ok(t, out)
}
func (c caller) put(t testing.TB, path string, in, out any) {
	t.Helper()
	c.call(t, "PUT", path, in).ok(t, out)
}

func (a answer) ok(t testing.TB, out any) {
	t.Helper()
	if a.status/100 != 2 {
		t.Fatalf("%s: %d %s", a.what, a.status, a.body)
	}
	if out != nil {
		a.read(t, out)
	}
}

// read fills out anew: what the answer leaves out is gone from it.
func (a answer) read(t testing.TB, out any) {
	t.Helper()
	switch out := out.(type) {
	case *matter:
		*out = matter{}
	case *booking:
		*out = booking{}
	case *visit:
		*out = visit{}
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		t.Fatalf("%s: %v in %s", a.what, err, a.body)
	}
}

// fault is an error answer.
type fault struct {
	Code      string         `json:"code"`
	Message   string         `json:"message"`
	RequestID string         `json:"request_id"`
	Details   map[string]any `json:"details"`
}

func (a answer) fault() (f fault) {
	_ = json.Unmarshal(a.body, &f) // what is no fault has no code
	return f
}

// refused insists on an error answer of this status and code, whole as the contract wants it.
func (a answer) refused(t testing.TB, status int, code string) fault {
	t.Helper()
	f := a.fault()
	if a.status != status || f.Code != code {
		t.Fatalf("%s: %d %s, want %d %s", a.what, a.status, a.body, status, code)
	}
	if f.Message == "" || f.RequestID == "" || f.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("%s: an error needs a sentence and the request's id: %s (header %q)", a.what, a.body, a.header.Get("X-Request-Id"))
	}
	return f
}

// eventually waits until check is true.
func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !check() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}
