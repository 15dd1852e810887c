package sms

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// TencentConfig is an account at Tencent Cloud SMS (腾讯云短信, API 2021-01-11).
type TencentConfig struct {
	SecretID, SecretKey string // of an API key that may call SendSms
	AppID               string // SdkAppId of the SMS application
	Sign                string // the approved signature, without 【】
	Region              string // "" is ap-guangzhou
	APIURL              string // another origin for sms.tencentcloudapi.com
	Timeout             time.Duration
}

// Tencent is the client.
type Tencent struct {
	cfg  TencentConfig
	url  *url.URL
	http *http.Client
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// NewTencent makes a client. It calls nobody.
func NewTencent(cfg TencentConfig) (*Tencent, error) {
	if cfg.Region == "" {
		cfg.Region = "ap-guangzhou"
	}
	if cfg.APIURL == "" {
		cfg.APIURL = "https://sms.tencentcloudapi.com"
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 8 * time.Second
	}
	u, err := url.Parse(cfg.APIURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("sms: the API's address is not an http or https URL")
	}
	u.Path = "/"
	return &Tencent{cfg: cfg, url: u, http: &http.Client{
		Timeout:       cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// The action and its version, as they stand in headers and in the signature.
const (
	tencentAction  = "SendSms"
	tencentVersion = "2021-01-11"
	tencentType    = "application/json; charset=utf-8"
)

type tencentRequest struct {
	Phones []string `json:"PhoneNumberSet"`
	AppID  string   `json:"SmsSdkAppId"`
	Sign   string   `json:"SignName"`
	Text   string   `json:"TemplateId"`
	Params []string `json:"TemplateParamSet"`
}

type tencentAnswer struct {
	Response struct {
		Error *struct {
			Code string
		}
		Sent []struct {
			SerialNo string
			Code     string
		} `json:"SendStatusSet"`
		RequestID string `json:"RequestId"`
	}
}

// Send implements Provider. The message travels in the body alone: neither the address nor a header names a
// person.
func (t *Tencent) Send(ctx context.Context, m Text) (serial string, err error) {
	params := m.Params
	if params == nil {
		params = []string{}
	}
	body, err := json.Marshal(tencentRequest{
		Phones: []string{"+86" + string(m.Phone)}, AppID: t.cfg.AppID, Sign: t.cfg.Sign, Text: m.Template, Params: params,
	})
	if err != nil {
		return "", &Error{Code: "unencodable", Class: ClassMistake}
	}
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(w httptrace.WroteRequestInfo) {
		if w.Err == nil {
			wrote.Store(true)
		}
	}})
	res, err := t.post(ctx, body)
	if err != nil {
		return "", lost(err, wrote.Load())
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK { // the API answers 200 whatever it says: this is something on the way
		return "", &Error{Code: "status_" + strconv.Itoa(res.StatusCode), Class: ClassBusy}
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return "", lost(err, true)
	}
	return judge(raw)
}

func (t *Tencent) post(ctx context.Context, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	now := time.Now() // the provider's clock is the real one, whatever the sandbox's says
	h := req.Header
	h.Set("Content-Type", tencentType)
	h.Set("X-TC-Action", tencentAction)
	h.Set("X-TC-Version", tencentVersion)
	h.Set("X-TC-Timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("X-TC-Region", t.cfg.Region)
	h.Set("Authorization", TC3{SecretID: t.cfg.SecretID, SecretKey: t.cfg.SecretKey, Service: "sms"}.Authorization(t.url.Host, tencentAction, now, body))
	return t.http.Do(req)
}

// lost is a call without an answer. The cause is not wrapped: it quotes addresses.
func lost(err error, wrote bool) *Error {
	e := &Error{Code: "no_connection", Class: ClassBusy}
	switch {
	case errors.Is(err, context.Canceled):
		e.Code, e.is = "cancelled", context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.Code, e.is = "timeout", context.DeadlineExceeded
	case wrote:
		e.Code = "connection_lost"
	}
	if wrote {
		e.Class = ClassUnknown // there is no idempotency key
	}
	return e
}

// codeForm is what a code of theirs may look like; it ends in logs and on documents.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9._]{1,80}$`)

func judge(raw []byte) (string, error) {
	var a tencentAnswer
	if err := json.Unmarshal(raw, &a); err != nil || a.Response.Error == nil && len(a.Response.Sent) != 1 {
		return "", &Error{Code: "answer_unreadable", Class: ClassUnknown}
	}
	code, r := "", a.Response
	if r.Error != nil {
		code = r.Error.Code
	} else if code = r.Sent[0].Code; code == "Ok" {
		return r.Sent[0].SerialNo, nil
	}
	if !codeForm.MatchString(code) {
		code = "code_unreadable"
	}
	request := r.RequestID
	if !requestForm.MatchString(request) {
		request = ""
	}
	class, after := ClassOf(code)
	return "", &Error{Code: code, Class: class, Request: request, RetryAfter: after}
}

var requestForm = regexp.MustCompile(`^[0-9a-f-]{1,40}$`)

// tencentCodes gives each code its class, by the longest beginning that fits. Codes that are not here are taken
// for a mistake of ours: final and alerted.
var tencentCodes = []struct {
	prefix string
	class  Class
	after  time.Duration
}{
	{"FailedOperation.PhoneNumberInBlacklist", ClassPerson, 0}, // unsubscribed, or on the carriers' list
	{"FailedOperation.PhoneNumberParseFail", ClassPerson, 0},
	{"InvalidParameterValue.IncorrectPhoneNumber", ClassPerson, 0},
	{"LimitExceeded.PhoneNumberDailyLimit", ClassPerson, 0},
	{"LimitExceeded.PhoneNumberSameContentDailyLimit", ClassPerson, 0},
	{"LimitExceeded.PhoneNumberOneHourLimit", ClassLimit, 10 * time.Minute},
	{"LimitExceeded.PhoneNumberThirtySecondLimit", ClassLimit, 30 * time.Second},
	{"LimitExceeded.DeliveryFrequencyLimit", ClassLimit, time.Minute},
	{"LimitExceeded", ClassConfig, 0}, // the application's own daily limits: somebody has to raise them
	{"RequestLimitExceeded", ClassLimit, time.Second},
	{"FailedOperation.InsufficientBalanceInSmsPackage", ClassConfig, 0},
	{"FailedOperation.SignatureIncorrectOrUnapproved", ClassConfig, 0},
	{"FailedOperation.TemplateIncorrectOrUnapproved", ClassConfig, 0},
	{"FailedOperation.TemplateUnapprovedOrNotExist", ClassConfig, 0},
	{"FailedOperation.ContainSensitiveWord", ClassMistake, 0},
	{"FailedOperation.TemplateParamSetNotMatchApprovedTemplate", ClassMistake, 0},
	{"InvalidParameter", ClassMistake, 0},
	{"MissingParameter", ClassMistake, 0},
	{"UnsupportedOperation", ClassMistake, 0},
	{"InternalError.RequestTimeException", ClassConfig, 0}, // our clock is off
	{"InternalError", ClassBusy, 0},
	{"ResourceUnavailable", ClassBusy, 0},
	{"UnauthorizedOperation", ClassConfig, 0},
	{"AuthFailure", ClassConfig, 0},
	{"InvalidAction", ClassMistake, 0},
	{"", ClassMistake, 0},
}

// ClassOf is the class of Tencent's code, and how long to wait.
func ClassOf(code string) (Class, time.Duration) {
	best := tencentCodes[len(tencentCodes)-1]
	for _, c := range tencentCodes {
		if strings.HasPrefix(code, c.prefix) && len(c.prefix) > len(best.prefix) {
			best = c
		}
	}
	return best.class, best.after
}

// TC3 signs requests by Tencent Cloud's TC3-HMAC-SHA256.
type TC3 struct{ SecretID, SecretKey, Service string }

// signedHeaders are what the signature covers beside the body.
const signedHeaders = "content-type;host;x-tc-action"

// Authorization is the header of a POST of a JSON body to / at a host.
func (k TC3) Authorization(host, action string, at time.Time, body []byte) string {
	date := at.UTC().Format("2006-01-02")
	scope := date + "/" + k.Service + "/tc3_request"
	canonical := fmt.Sprintf("POST\n/\n\ncontent-type:%s\nhost:%s\nx-tc-action:%s\n\n%s\n%s",
		tencentType, host, strings.ToLower(action), signedHeaders, digest(body))
	text := fmt.Sprintf("TC3-HMAC-SHA256\n%d\n%s\n%s", at.Unix(), scope, digest([]byte(canonical)))
	key := []byte("TC3" + k.SecretKey)
	for _, part := range []string{date, k.Service, "tc3_request"} {
		key = mac(key, part)
	}
	return fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		k.SecretID, scope, signedHeaders, hex.EncodeToString(mac(key, text)))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
