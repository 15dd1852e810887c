package bind_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/handler/bind"
)

// part is one part of a multipart body.
type part struct{ name, filename, content string }

func upload(t *testing.T, parts ...part) call {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, p.name, p.filename))
		h.Set("Content-Type", "image/png")
		pw, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pw.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return call{"PUT", "/x", w.FormDataContentType(), body.String(), nil}
}

func TestFile(t *testing.T) {
	t.Parallel()
	full := strings.Repeat("x", bind.MaxFile)
	good := upload(t, part{"file", "身份证.png", "content"})
	cut := good
	cut.body = good.body[:len(good.body)-20]
	for name, tc := range map[string]struct {
		call
		want, code, field string
	}{
		"one file":           {call: good, want: "content"},
		"as large as may be": {call: upload(t, part{"file", "a.pdf", full}), want: full},
		"a byte too large":   {call: upload(t, part{"file", "a.pdf", full + "x"}), code: "payload_too_large"},
		"far too large":      {call: upload(t, part{"file", "a.pdf", full + full}), code: "payload_too_large"},
		"empty":              {call: upload(t, part{"file", "a.pdf", ""}), code: "file_empty"},
		"no part":            {call: upload(t), code: "bad_request", field: "file"},
		"another name":       {call: upload(t, part{"photo", "a.png", "x"}), code: "bad_request", field: "photo"},
		"a name like data":   {call: upload(t, part{"张三", "a.png", "x"}), code: "bad_request", field: "?"},
		"two files":          {call: upload(t, part{"file", "a.png", "x"}, part{"file", "b.png", "y"}), code: "bad_request", field: "file"},
		"cut off":            {call: cut, code: "bad_request", field: "file"},
		"not multipart":      {call: call{"PUT", "/x", "image/png", "x", nil}, code: "unsupported_media_type"},
		"no boundary":        {call: call{"PUT", "/x", "multipart/form-data", "x", nil}, code: "unsupported_media_type"},
		"nothing":            {call: call{"PUT", "/x", good.contentType, "", nil}, code: "bad_request", field: "file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := do(t, "/x", func(c *app.RequestContext) (*string, error) {
				content, err := bind.File(c)
				s := string(content)
				return &s, err
			}, tc.call)
			refused(t, err, tc.code, tc.field, "")
			if err == nil && *got != tc.want {
				t.Errorf("got %d bytes, want %d", len(*got), len(tc.want))
			}
		})
	}
}

func TestIsMultipart(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]bool{
		"multipart/form-data; boundary=x": true, "Multipart/Form-Data; boundary=x": true,
		"application/json": false, "": false, "multipart/mixed; boundary=x": false,
	} {
		c := app.NewContext(0)
		c.Request.Header.SetContentTypeBytes([]byte(contentType))
		if got := bind.IsMultipart(c); got != want {
			t.Errorf("%q: %v", contentType, got)
		}
	}
}
