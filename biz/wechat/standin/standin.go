// Package standin is a WeChat of our own on loopback: login codes, tokens, phone numbers, subscription messages
// with their consents, and every way in which the real one fails. It takes the place of api.weixin.qq.com for
// the sandbox and for tests, so that production code runs against it unchanged.
//
// It judges what it is sent by the rules of wechat.md §1, §3 and §8. WeChat's own order of checks is unknown;
// the order here is ours.
package standin

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"kuacheng/biz/wechat"
)

// Config is the account that the stand-in plays.
type Config struct {
	AppID, Secret       string
	AppAppID, AppSecret string // the mobile app's
	Templates           []wechat.Template
	Pages               []string // published pages, without query; empty: all
	DailySends          int      // quota; 0 is WeChat's ten million
	Push                Push
}

// Server is the stand-in: an http.Handler, and methods for what a person does with their phone.
type Server struct {
	cfg   Config
	clock wechat.Clock
	mux   *http.ServeMux

	mu       sync.Mutex
	codes    map[string]*code
	people   map[string]*person // by openid at the mini-program or app
	tokens   tokens
	barred   map[string]bool // template keys
	messages map[string][]Message
	lastID   int64
	sends    quota

	codes5000 window // codes drawn within a minute
	faults    map[string][]Fault
	calls     map[string]int

	events     []event
	news       chan struct{}
	pushFaults []PushFault
	losing     int // sends that will never be shown
}

// New makes a stand-in. Templates without an id get a sandbox one; see Templates.
func New(cfg Config, clock wechat.Clock) *Server {
	if cfg.DailySends == 0 {
		cfg.DailySends = 10_000_000
	}
	cfg.Templates = slices.Clone(cfg.Templates)
	for i, t := range cfg.Templates {
		if t.ID == "" {
			cfg.Templates[i].ID = "sandbox_" + t.Key
		}
	}
	s := &Server{
		cfg: cfg, clock: clock, mux: http.NewServeMux(),
		codes: map[string]*code{}, people: map[string]*person{}, barred: map[string]bool{},
		messages: map[string][]Message{}, faults: map[string][]Fault{}, calls: map[string]int{},
		news:   make(chan struct{}, 1),
		lastID: 2_130_424_848_000_000_000, // above 2^53, as the real ones are
	}
	s.route("GET /sns/jscode2session", s.login)
	s.route("GET /sns/oauth2/access_token", s.appLogin)
	s.route("POST /cgi-bin/stable_token", s.stableToken)
	s.route("GET /cgi-bin/token", s.plainToken)
	s.route("POST /wxa/business/getuserphonenumber", s.authorised(s.phone))
	s.route("POST /cgi-bin/message/subscribe/send", s.authorised(s.send))
	s.route("GET /wxaapi/newtmpl/gettemplate", s.authorised(s.listTemplates))
	s.route("POST /wxa/msg_sec_check", s.authorised(s.checkText))
	s.route("POST /wxa/media_check_async", s.authorised(s.checkMedia))
	s.mux.HandleFunc("POST /wxa/getwxacodeunlimit", s.drawCode)
	return s
}

// Templates are the account's templates, with their ids.
func (s *Server) Templates() []wechat.Template { return slices.Clone(s.cfg.Templates) }

// ServeHTTP answers as api.weixin.qq.com does, or as a fault says.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := s.takeFault(r.URL.Path)
	if !ok {
		s.mux.ServeHTTP(w, r)
		return
	}
	f.serve(s, w, r)
}

const contentType = "application/json; encoding=utf-8"

// answer is what an endpoint says: a map of fields, or an errcode.
type answer map[string]any

func refuse(errcode int64, errmsg string) answer {
	return answer{"errcode": errcode, "errmsg": errmsg + " rid: " + rid()}
}

// route adds an endpoint. Endpoints run under the lock: there is one truth, as at WeChat.
func (s *Server) route(pattern string, f func(r *http.Request) answer) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			return // the caller has gone, or is none of ours
		}
		r.Body = io.NopCloser(bytes.NewReader(b)) // read before the lock: nobody waits for a slow caller
		s.mu.Lock()
		a := f(r)
		s.mu.Unlock()
		w.Header().Set("Content-Type", contentType)
		_ = json.NewEncoder(w).Encode(a) // the caller may be gone
	})
}

// body reads a JSON body; WeChat calls anything else 47001.
func body(r *http.Request, into any) (bad answer) {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return refuse(47001, "data format error")
	}
	return nil
}

func rid() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // never fails
	return fmt.Sprintf("%s-%s-%s", hex.EncodeToString(b[:4]), hex.EncodeToString(b[4:8]), hex.EncodeToString(b[8:]))
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// randomText is n characters of [0-9A-Za-z].
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	for i, c := range b {
		b[i] = letters[int(c)%len(letters)] // the slight bias does not matter here
	}
	return string(b)
}
