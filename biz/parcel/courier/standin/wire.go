package standin

import (
	"bytes"
	"encoding/json"
	"net/http"
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
