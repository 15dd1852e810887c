package standin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// Fault is one way in which a call goes wrong. The zero value is no fault.
type Fault struct {
	ErrCode int64         // refuse with this code; nothing is done
	ErrMsg  string        // its text; "" is "fault"
	Status  int           // answer with this HTTP status and a page of HTML; nothing is done
	Body    string        // answer 200 with exactly this; nothing is done
	Delay   time.Duration // real time, before anything else
	Cut     bool          // do it, and answer with half of the JSON
	Silent  bool          // do it, and never answer: the unknown outcome
}

// Fail makes the next n calls of a path go wrong.
func (s *Server) Fail(path string, n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults[path] = append(s.faults[path], f)
	}
}

// Calls is how often a path has been called.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

func (s *Server) takeFault(path string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[path]++
	queue := s.faults[path]
	if len(queue) == 0 {
		return Fault{}, false
	}
	s.faults[path] = queue[1:]
	return queue[0], true
}

func (f Fault) serve(s *Server, w http.ResponseWriter, r *http.Request) {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", contentType)
	switch {
	case f.ErrCode != 0:
		msg := f.ErrMsg
		if msg == "" {
			msg = "fault"
		}
		_ = json.NewEncoder(w).Encode(refuse(f.ErrCode, msg))
	case f.Status != 0:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte("<html><body><h1>" + http.StatusText(f.Status) + "</h1></body></html>"))
	case f.Body != "":
		_, _ = w.Write([]byte(f.Body))
	case f.Cut || f.Silent:
		done := aside{header: http.Header{}}
		s.mux.ServeHTTP(&done, r)
		if f.Silent {
			<-r.Context().Done()
			return
		}
		_, _ = w.Write(done.body.Bytes()[:done.body.Len()/2])
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// aside takes an answer that the caller is not to see whole.
type aside struct {
	header http.Header
	body   bytes.Buffer
}

func (a *aside) Header() http.Header         { return a.header }
func (a *aside) WriteHeader(int)             {}
func (a *aside) Write(b []byte) (int, error) { return a.body.Write(b) }
