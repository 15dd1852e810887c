// Package standin is Tencent Cloud SMS as the sandbox has it: it checks signature, application, text and number
// as the real one would, and keeps what each phone has been shown.
package standin

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/sms"
)

// Template is a text that the account has had approved, with {1}, {2}, … for what is filled in.
type Template struct{ ID, Key, Text string }

// Config is the account that the stand-in plays.
type Config struct {
	SecretID, SecretKey, AppID, Sign string
	Templates                        []Template
}

// Message is what a phone has shown.
type Message struct {
	Template string // our key
	Text     string // with the signature before it
	At       time.Time
}

// Fault is one way in which a call goes wrong; the zero value is none.
type Fault struct {
	Code   string // refuse the request with this code; nothing is sent
	Number string // take the request and refuse the number with this code
	Status int    // answer with this HTTP status; nothing is sent
	Silent bool   // send it, and never answer
	Cut    bool   // send it, and answer with half of the JSON
}

// Server is the stand-in.
type Server struct {
	cfg   Config
	clock clock.Clock

	mu     sync.Mutex
	phones map[string][]Message
	faults []Fault
	calls  int
}

// New makes a stand-in that shows its clock's time; signatures are judged by the real one.
func New(cfg Config, c clock.Clock) *Server {
	return &Server{cfg: cfg, clock: c, phones: map[string][]Message{}}
}

// Messages are what a phone has shown, oldest first. The number is bare: 13800000000.
func (s *Server) Messages(phone string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.phones[phone])
}

// Fail makes the next n calls go wrong.
func (s *Server) Fail(n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults = append(s.faults, f)
	}
}

// Calls is how often it has been called.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

type request struct {
	Phones []string `json:"PhoneNumberSet"`
	AppID  string   `json:"SmsSdkAppId"`
	Sign   string   `json:"SignName"`
	Text   string   `json:"TemplateId"`
	Params []string `json:"TemplateParamSet"`
}

// ServeHTTP answers as sms.tencentcloudapi.com does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return // the caller has gone
	}
	f := s.fault()
	if f.Status != 0 {
		http.Error(w, http.StatusText(f.Status), f.Status)
		return
	}
	out, err := json.Marshal(map[string]any{"Response": s.answer(r, body, f)})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch {
	case f.Silent:
		<-r.Context().Done()
		return
	case f.Cut:
		out = out[:len(out)/2]
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out) // the caller may be gone
}

func (s *Server) fault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if len(s.faults) == 0 {
		return Fault{}
	}
	f := s.faults[0]
	s.faults = s.faults[1:]
	return f
}

func (s *Server) answer(r *http.Request, body []byte, f Fault) map[string]any {
	code := s.check(r, body)
	if f.Code != "" {
		code = f.Code
	}
	var in request
	if code == "" && json.Unmarshal(body, &in) != nil {
		code = "FailedOperation.JsonParseFail"
	}
	var text Template
	if code == "" {
		text, code = s.template(in)
	}
	if code != "" {
		return map[string]any{"Error": map[string]string{"Code": code, "Message": "stand-in: " + code}, "RequestId": uuid()}
	}
	sent := []map[string]any{}
	for _, phone := range in.Phones {
		code := f.Number
		if code == "" {
			code = s.deliver(phone, text, in.Params)
		}
		row := map[string]any{"SerialNo": "", "PhoneNumber": phone, "Fee": 0, "SessionContext": "", "Code": code, "Message": code, "IsoCode": "CN"}
		if code == "Ok" {
			row["SerialNo"], row["Fee"], row["Message"] = "5000:"+strings.ReplaceAll(uuid(), "-", ""), 1, "send success"
		}
		sent = append(sent, row)
	}
	return map[string]any{"SendStatusSet": sent, "RequestId": uuid()}
}

// check is what every API of theirs asks first.
func (s *Server) check(r *http.Request, body []byte) string {
	at, err := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	given := r.Header.Get("Authorization")
	key := sms.TC3{SecretID: s.cfg.SecretID, SecretKey: s.cfg.SecretKey, Service: "sms"}
	action := r.Header.Get("X-TC-Action")
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/":
		return "InvalidParameter"
	case err != nil || !strings.HasPrefix(given, "TC3-HMAC-SHA256 "):
		return "AuthFailure.InvalidAuthorization"
	case time.Since(time.Unix(at, 0)).Abs() > 5*time.Minute:
		return "AuthFailure.SignatureExpire"
	case !strings.Contains(given, "Credential="+s.cfg.SecretID+"/"):
		return "AuthFailure.SecretIdNotFound"
	case !hmac.Equal([]byte(key.Authorization(r.Host, action, time.Unix(at, 0), body)), []byte(given)):
		return "AuthFailure.SignatureFailure"
	case action != "SendSms" || r.Header.Get("X-TC-Version") != "2021-01-11":
		return "InvalidAction"
	case r.Header.Get("X-TC-Region") == "":
		return "MissingParameter"
	}
	return ""
}

// mark is a place of a text that is filled in.
var mark = regexp.MustCompile(`\{([1-9][0-9]?)\}`)

func (s *Server) template(in request) (Template, string) {
	i := slices.IndexFunc(s.cfg.Templates, func(t Template) bool { return t.ID == in.Text })
	switch {
	case in.AppID != s.cfg.AppID:
		return Template{}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"
	case in.Sign != s.cfg.Sign:
		return Template{}, "FailedOperation.SignatureIncorrectOrUnapproved"
	case i < 0:
		return Template{}, "FailedOperation.TemplateIncorrectOrUnapproved"
	case len(in.Phones) == 0:
		return Template{}, "InvalidParameterValue.IncorrectPhoneNumber"
	case len(mark.FindAllString(s.cfg.Templates[i].Text, -1)) != len(in.Params):
		return Template{}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
	}
	for _, p := range in.Params {
		switch {
		case p == "" || len([]rune(p)) > sms.MaxParam:
			return Template{}, "InvalidParameterValue.TemplateParameterLengthLimit"
		case strings.Contains(p, "://") || strings.Contains(p, "www."):
			return Template{}, "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
		}
	}
	return s.cfg.Templates[i], ""
}

var number = regexp.MustCompile(`^\+861[3-9][0-9]{9}$`)

func (s *Server) deliver(phone string, t Template, params []string) string {
	if !number.MatchString(phone) {
		return "InvalidParameterValue.IncorrectPhoneNumber"
	}
	text := mark.ReplaceAllStringFunc(t.Text, func(m string) string {
		n, _ := strconv.Atoi(m[1 : len(m)-1]) // the form is digits
		if n > len(params) {
			return m
		}
		return params[n-1]
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	bare := strings.TrimPrefix(phone, "+86")
	s.phones[bare] = append(s.phones[bare], Message{Template: t.Key, Text: "【" + s.cfg.Sign + "】" + text, At: s.clock.Now()})
	return "Ok"
}

func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	h := hex.EncodeToString(b)
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
