package peer_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// recording keeps what goes over the line.
type recording struct {
	next http.Handler
	all  *strings.Builder
}

func (r recording) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.all.Write(body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.next.ServeHTTP(w, req)
}
