package wechat

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// Inlet opens what WeChat pushes to us (消息推送, wechat.md §4). The library's own receiver neither checks
// msg_signature nor refuses a plaintext body in secure mode, so this one stands on its cryptography alone.
type Inlet struct {
	AppID   string
	Tokens  []string // several mean rotation: all are accepted
	AESKeys []string // EncodingAESKey; none is plaintext mode, in which the signature does not cover the body

	Now func() time.Time // the real clock: the window of signatures does not move with the sandbox's
}

var (
	// ErrForged is a push that WeChat has not signed, or not for us, or long ago.
	ErrForged = errors.New("wechat push: not signed by WeChat")
	// ErrUnreadable is an authentic one that cannot be read, and will not be when it is repeated.
	ErrUnreadable = errors.New("wechat push: cannot be read")
)

const (
	// MaxPush is the longest body that is read.
	MaxPush = 256 << 10
	// pushWindow bounds how old a signature may be. WeChat repeats a push within seconds, perhaps under its first
	// timestamp.
	pushWindow = 10 * time.Minute
	// maxEntries bounds the entries of one event.
	maxEntries = 100
)

// Echo answers the console's question when the address is saved: plain in every mode.
func (p *Inlet) Echo(q url.Values) (string, error) {
	if !p.signed(q, "signature") {
		return "", ErrForged
	}
	return q.Get("echostr"), nil
}

// signed compares in constant time, with every token.
func (p *Inlet) signed(q url.Values, name string, more ...string) bool {
	given, ok := []byte(q.Get(name)), 0
	for _, token := range p.Tokens {
		if token == "" {
			continue
		}
		want := util.Signature(append([]string{token, q.Get("timestamp"), q.Get("nonce")}, more...)...)
		ok |= subtle.ConstantTimeCompare([]byte(want), given)
	}
	return ok == 1
}

func (p *Inlet) fresh(q url.Values) bool {
	sec, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	return err == nil && p.Now().Sub(time.Unix(sec, 0)).Abs() < pushWindow
}

// Open verifies, decrypts and reads one push. Whether it is encrypted is our setting, never the address's word.
func (p *Inlet) Open(q url.Values, body []byte) (Pushed, error) {
	if !p.fresh(q) {
		return Pushed{}, ErrForged
	}
	if len(p.AESKeys) == 0 {
		if !p.signed(q, "signature") {
			return Pushed{}, ErrForged
		}
		return readPush(body)
	}
	var envelope struct{ Encrypt string }
	if decode(body, &envelope) != nil || envelope.Encrypt == "" || !p.signed(q, "msg_signature", envelope.Encrypt) {
		return Pushed{}, ErrForged
	}
	for _, key := range p.AESKeys {
		// DecryptMsg recovers its own panics, and checks that the message is for our app id.
		if _, plain, err := util.DecryptMsg(p.AppID, envelope.Encrypt, key); err == nil {
			return readPush(plain)
		}
	}
	return Pushed{}, ErrForged
}

// decode reads JSON or XML by what the body begins with: which of them is a setting of WeChat's console that can
// change at any time.
func decode(body []byte, into any) error {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return xml.Unmarshal(body, into)
	}
	return json.Unmarshal(body, into)
}

// Pushed is one event as WeChat tells it.
type Pushed struct {
	From  string // openid
	Event string
	At    time.Time
	List  []PushEntry // of the subscription events

	// Of wxa_media_check.
	TraceID string
	ErrCode int64 // ≠ 0: not checked
	Suggest string
	Label   int
}

// PushEntry is what one event says of one template.
type PushEntry struct {
	TemplateID string
	Status     string // accept, reject; of a send: success or why not
	MsgID      string
	ErrorCode  string // of a send: "0" is success
}

// entry matches both WeChat's JSON and its XML.
type entry struct {
	TemplateId, SubscribeStatusString, ErrorStatus string
	MsgID, ErrorCode                               text
}

// entries are one object when there is one, and an array of them when there are more.
type entries []entry

func (l *entries) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("{")) {
		*l = make(entries, 1)
		return json.Unmarshal(b, &(*l)[0])
	}
	return json.Unmarshal(b, (*[]entry)(l))
}

type wirePush struct {
	FromUserName, MsgType, Event string
	CreateTime                   text    // the documents show a string, WeChat sends a number
	List                         entries `xml:"-"`
	Popup                        entries `json:"-" xml:"SubscribeMsgPopupEvent>List"`
	Change                       entries `json:"-" xml:"SubscribeMsgChangeEvent>List"`
	Sent                         entries `json:"-" xml:"SubscribeMsgSentEvent>List"`
	TraceID                      string  `json:"trace_id" xml:"trace_id"`
	ErrCode                      int64   `json:"errcode" xml:"errcode"`
	Result                       struct {
		Suggest string `json:"suggest" xml:"suggest"`
		Label   int    `json:"label" xml:"label"`
	} `json:"result" xml:"result"`
}

func readPush(body []byte) (Pushed, error) {
	var w wirePush
	if decode(body, &w) != nil {
		return Pushed{}, ErrUnreadable
	}
	sec, err := strconv.ParseInt(string(w.CreateTime), 10, 64)
	if err != nil || sec < 0 || sec > 1<<36 || w.MsgType != "event" || !shortWord(w.Event) || w.Event == "" || !shortWord(w.FromUserName) || !shortWord(w.TraceID) {
		return Pushed{}, ErrUnreadable
	}
	out := Pushed{
		From: w.FromUserName, Event: w.Event, At: time.Unix(sec, 0).UTC(),
		TraceID: w.TraceID, ErrCode: w.ErrCode, Suggest: w.Result.Suggest, Label: w.Result.Label,
	}
	list := append(append(append(w.List, w.Popup...), w.Change...), w.Sent...)
	if len(list) > maxEntries || !shortWord(out.Suggest) {
		return Pushed{}, ErrUnreadable
	}
	for _, e := range list {
		status := e.SubscribeStatusString
		if status == "" {
			status = e.ErrorStatus
		}
		x := PushEntry{TemplateID: e.TemplateId, Status: clip(status), MsgID: string(e.MsgID), ErrorCode: string(e.ErrorCode)}
		if !shortWord(x.TemplateID) || !shortWord(x.MsgID) || !shortWord(x.ErrorCode) {
			return Pushed{}, ErrUnreadable
		}
		out.List = append(out.List, x)
	}
	return out, nil
}

// shortWord is what an id, a name or a code of WeChat's looks like; it ends on documents.
func shortWord(s string) bool {
	return len(s) <= 128 && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// clip keeps what is in words short.
func clip(s string) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > 64 {
		return string(r[:64])
	}
	return s
}
