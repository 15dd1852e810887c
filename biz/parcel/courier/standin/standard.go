package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"kuacheng/biz/signature"
	"kuacheng/model"
)

// standard plays a partner who speaks the house format: signed increments of up to a hundred events. Nothing is
// asked of it.
type standard struct{ s *Server }

const standardEvents = 100

type standardEvent struct {
	ID       string `json:"id"`
	Waybill  string `json:"waybill"`
	Type     string `json:"type"`
	At       string `json:"at"`
	Seq      int    `json:"seq"`
	Place    string `json:"place,omitempty"`
	Text     string `json:"text,omitempty"`
	SignedBy string `json:"signed_by,omitempty"`
	Company  string `json:"company,omitempty"`
}

func (o *standard) serve(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

func (o *standard) offers(f Fault) bool {
	return f != FaultDoctype && f != FaultAbort && f != FaultRecode
}

// patience is that of the agreement: quickly at first, then daily for a week.
func (o *standard) patience() []time.Duration {
	waits := []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour}
	return append(waits, slices.Repeat([]time.Duration{24 * time.Hour}, 6)...)
}

func (o *standard) accepted(status int, body []byte) bool {
	var a struct {
		Results []struct{ ID, Status string }
	}
	return status == http.StatusOK && json.Unmarshal(body, &a) == nil && len(a.Results) > 0
}

var standardSigner = map[model.ParcelEvent]string{model.EventDelivered: "self", model.EventDeliveredByOther: "other"}

func (o *standard) pushes(p *parcel, _ int, f Fault) []push {
	var events []standardEvent
	for _, r := range p.untold() {
		n := slices.IndexFunc(p.rows, func(other row) bool { return other.at.Equal(r.at) && other.event == r.event }) + 1
		e := standardEvent{
			ID: fmt.Sprintf("ev-%s-%d", p.waybill, n), Waybill: p.waybill, Type: string(r.event), At: r.at.In(model.Beijing).Format(time.RFC3339),
			Seq: n, Place: r.city, Text: r.words, SignedBy: standardSigner[r.event],
		}
		if f == FaultOtherCarrier {
			e.Company = otherCompany(p.company)
		}
		events = append(events, e)
	}
	if f == FaultReorder {
		slices.Reverse(events)
	}
	var pushes []push
	for len(events) > 0 {
		n := min(len(events), standardEvents)
		pushes = append(pushes, o.push(p, events[:n], f))
		events = events[n:]
	}
	return pushes
}

// push signs anew at each try. The time in a signature is the real one: the receiver's window does not follow the
// sandbox's clock.
func (o *standard) push(p *parcel, events []standardEvent, f Fault) push {
	text := []byte(compact(map[string]any{"events": events}))
	signed := func(text []byte) message {
		m := message{url: p.callback, ctype: typeJSON, header: http.Header{}, body: text}
		signature.Sign(m.header, o.s.cfg.Standard.Keys[0], text, time.Now())
		return m
	}
	one := push{make: func() message { return signed(text) }}
	switch f {
	case FaultGBK:
		one.mangle = func(message) message { return signed([]byte(inGBK(string(text)))) }
	case FaultDoubleField:
		one.mangle = func(message) message {
			return signed(append([]byte(`{"Events":[],`), bytes.Clone(text[1:])...))
		}
	}
	return one
}
