package standin

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// Push says where and how the stand-in pushes events, as WeChat's console does. Without a URL it pushes nothing.
type Push struct {
	URL    string
	Token  string
	AESKey string // "" is plaintext mode
	Format string // "json", "xml"; "" is both in turn, as nobody can rely on a console's setting
}

// PushFault is a way in which a push goes wrong.
type PushFault string

const (
	PushTwice   PushFault = "duplicate" // the same push again
	PushReorder PushFault = "reorder"   // after the next one
	PushForge   PushFault = "tamper"    // with a signature that is not WeChat's; the true one is lost
	PushReplay  PushFault = "replay"    // an hour old, once more after the true one
	PushPlain   PushFault = "plain"     // a plaintext body, signed as one, beside the true one
)

// PushFaults are all of them.
var PushFaults = []PushFault{PushTwice, PushReorder, PushForge, PushReplay, PushPlain}

// event is one push that is to be made.
type event struct {
	from, name, wrap string
	at               time.Time
	entries          []map[string]string
	fetch            string         // of wxa_media_check: the picture's address
	media            map[string]any // of wxa_media_check, beside the common fields
	fault            PushFault
}

// FailPush makes the next push go wrong.
func (s *Server) FailPush(f PushFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushFaults = append(s.pushFaults, f)
}

// LoseSend lets the next message be taken, and never shown: WeChat gives the consent back and says so in a push.
func (s *Server) LoseSend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.losing++
}

// tell queues a push; the caller holds the lock.
func (s *Server) tell(e event) {
	if s.cfg.Push.URL == "" {
		return
	}
	e.at = s.clock.Now()
	if len(s.pushFaults) > 0 {
		e.fault, s.pushFaults = s.pushFaults[0], s.pushFaults[1:]
	}
	s.events = append(s.events, e)
	select {
	case s.news <- struct{}{}:
	default: // somebody has been told
	}
}

// Run makes the pushes until ctx ends. One that is not answered 200 within five seconds comes again, three times.
func (s *Server) Run(ctx context.Context) {
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-s.news:
		}
		for _, e := range s.takeEvents() {
			s.push(ctx, e, n)
			n++
		}
	}
}

// takeEvents empties the queue, in the order in which faults want it.
func (s *Server) takeEvents() (out []event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var late []event
	for _, e := range s.events {
		if e.fault == PushReorder {
			late = append(late, e)
			continue
		}
		out = append(out, e)
	}
	s.events = nil
	return append(out, late...)
}

func (s *Server) push(ctx context.Context, e event, n int) {
	p, now := s.cfg.Push, time.Now()
	if e.fetch != "" {
		judgeMedia(ctx, e)
	}
	body := s.encode(e, n)
	switch e.fault {
	case PushForge:
		p.Token += "x"
	case PushPlain:
		plain := p
		plain.AESKey = ""
		_ = s.post(ctx, plain, bytes.ReplaceAll(body, []byte("reject"), []byte("accept")), now)
	}
	for range 4 {
		if s.post(ctx, p, body, now) == nil || e.fault == PushForge {
			break
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
	switch e.fault {
	case PushTwice:
		_ = s.post(ctx, p, body, now) // its answer does not matter
	case PushReplay:
		_ = s.post(ctx, p, body, now.Add(-time.Hour))
	}
}

type pushError struct{ status int }

func (e pushError) Error() string {
	return "wechat stand-in: a push was answered " + strconv.Itoa(e.status)
}

func (s *Server) post(ctx context.Context, p Push, body []byte, at time.Time) error {
	ctx, done := context.WithTimeout(ctx, 5*time.Second)
	defer done()
	ts, nonce := strconv.FormatInt(at.Unix(), 10), strconv.FormatInt(at.UnixNano()%1e9, 10)
	q := url.Values{"timestamp": {ts}, "nonce": {nonce}, "signature": {util.Signature(p.Token, ts, nonce)}}
	if p.AESKey != "" {
		random := make([]byte, 16)
		_, _ = rand.Read(random) // never fails
		secret, err := util.EncryptMsg(random, body, s.cfg.AppID, p.AESKey)
		if err != nil {
			return err
		}
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", util.Signature(p.Token, ts, nonce, string(secret)))
		if bytes.HasPrefix(body, []byte("<")) {
			body = []byte("<xml><ToUserName><![CDATA[gh_sandbox]]></ToUserName><Encrypt><![CDATA[" + string(secret) + "]]></Encrypt></xml>")
		} else if body, err = json.Marshal(map[string]string{"ToUserName": "gh_sandbox", "Encrypt": string(secret)}); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/xml")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err == nil && (res.StatusCode != http.StatusOK || string(answer) != "success" && len(answer) != 0) {
		err = pushError{res.StatusCode}
	}
	return err
}

// encode writes an event as WeChat may: JSON or XML, the time as a number or as text, one entry bare or in a list.
func (s *Server) encode(e event, n int) []byte {
	if s.cfg.Push.Format == "xml" || s.cfg.Push.Format == "" && n%2 == 1 {
		return e.xml()
	}
	out := map[string]any{
		"ToUserName": "gh_sandbox", "FromUserName": e.from, "MsgType": "event", "Event": e.name, "CreateTime": e.at.Unix(),
	}
	if n%4 == 2 {
		out["CreateTime"] = strconv.FormatInt(e.at.Unix(), 10)
	}
	for k, v := range e.media {
		out[k] = v
	}
	switch len(e.entries) {
	case 0:
	case 1:
		out["List"] = e.entries[0]
	default:
		out["List"] = e.entries
	}
	b, _ := json.Marshal(out) // maps of text and numbers
	return b
}

func (e event) xml() []byte {
	var b strings.Builder
	field := func(name, value string) {
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(value)) // a Builder takes everything
		b.WriteString("</" + name + ">")
	}
	b.WriteString("<xml>")
	field("ToUserName", "gh_sandbox")
	field("FromUserName", e.from)
	field("CreateTime", strconv.FormatInt(e.at.Unix(), 10))
	field("MsgType", "event")
	field("Event", e.name)
	if len(e.entries) > 0 {
		b.WriteString("<" + e.wrap + ">")
		for _, entry := range e.entries {
			b.WriteString("<List>")
			for k, v := range entry {
				field(k, v)
			}
			b.WriteString("</List>")
		}
		b.WriteString("</" + e.wrap + ">")
	}
	for k, v := range e.media {
		switch v := v.(type) {
		case string:
			field(k, v)
		case int64:
			field(k, strconv.FormatInt(v, 10))
		case map[string]any:
			b.WriteString("<" + k + ">")
			field("suggest", v["suggest"].(string))
			field("label", strconv.Itoa(v["label"].(int)))
			b.WriteString("</" + k + ">")
		}
	}
	b.WriteString("</xml>")
	return []byte(b.String())
}
