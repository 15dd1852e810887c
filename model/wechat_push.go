package model

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// WechatPush is one thing that WeChat has pushed, kept so that it is taken once however often it comes, and
// worked at after WeChat has its answer.
type WechatPush struct {
	Head     `json:",inline"`
	Event    string    `json:"event"`
	OpenID   string    `json:"openid,omitempty"`
	Template string    `json:"template,omitempty"` // WeChat's id of it
	Status   string    `json:"status,omitempty"`   // accept, reject; of a send: success or why not
	MsgID    string    `json:"msgid,omitempty"`
	Code     string    `json:"code,omitempty"` // of a send: "0" is success; of a check: not "0" is not checked
	TraceID  string    `json:"trace_id,omitempty"`
	Suggest  string    `json:"suggest,omitempty"`
	Label    int       `json:"label,omitempty"`
	At       time.Time `json:"at"`       // by WeChat
	Received time.Time `json:"received"` // by us
}

// KindWechatPush is the event of a push that is to be worked at.
const KindWechatPush = "wechat_push"

// pushKept is how long a push is remembered: far longer than a signature is fresh.
const pushKept = 7 * 24 * time.Hour

// NewWechatPush gives a push its identity: of a send's outcome the message's id, of a check's verdict its trace,
// of the rest who, when, what and which template (wechat.md §4).
func NewWechatPush(p WechatPush, now time.Time) *WechatPush {
	parts := []string{p.Event, p.OpenID, p.At.UTC().Format(time.RFC3339), p.Template}
	switch {
	case p.MsgID != "":
		parts = []string{p.Event, p.MsgID}
	case p.TraceID != "":
		parts = []string{p.Event, p.TraceID}
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	p.Head = Head{ID: "wp_" + hex.EncodeToString(sum[:16])}
	p.At, p.Received = moment(p.At), moment(now)
	p.Emit(KindWechatPush, p.Received, nil)
	p.WakeAt(p.Received.Add(pushKept))
	return &p
}

// Forgettable tells whether a push has been kept long enough and worked at.
func (p *WechatPush) Forgettable(now time.Time) bool {
	return len(p.Outbox) == 0 && now.Sub(p.Received) >= pushKept
}

// Snooze looks again tomorrow: its work is not done.
func (p *WechatPush) Snooze(now time.Time) { p.WakeAt(moment(now.Add(24 * time.Hour))) }
