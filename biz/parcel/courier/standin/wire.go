package standin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

const (
	typeForm = "application/x-www-form-urlencoded"
	typeJSON = "application/json"
)

// compact writes JSON on one line, as carriers do: nothing escaped for HTML.
func compact(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("standin: a message does not marshal: " + err.Error())
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func writeJSON(w http.ResponseWriter, v any) { _, _ = w.Write([]byte(compact(v))) }

// postedForm reads a form as strictly as it should have been written.
func postedForm(r *http.Request) (url.Values, bool) {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != typeForm || r.URL.RawQuery != "" {
		return nil, false
	}
	if r.ParseForm() != nil {
		return nil, false
	}
	for _, values := range r.PostForm {
		if len(values) != 1 {
			return nil, false
		}
	}
	return r.PostForm, true
}

func fourDigits(s string) bool {
	return len(s) >= 4 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// inGBK writes two characters of a text in another charset: 派送.
func inGBK(text string) string { return strings.Replace(text, "【", "\xc5\xc9\xcb\xcd", 1) }
