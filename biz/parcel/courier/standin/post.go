package standin

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"kuacheng/biz/parcel/courier"
)

// Fault is a way in which a carrier's callbacks go wrong. Each is a row of the table of hostile input in the
// courier reference.
type Fault string

const (
	FaultDuplicate    Fault = "duplicate"     // four times
	FaultReorder      Fault = "reorder"       // the newer before the older
	FaultLate         Fault = "late"          // one scan is told only with the next
	FaultTamper       Fault = "tamper"        // changed under way; the carrier repeats the true one later
	FaultReplay       Fault = "replay"        // an older body once more
	FaultLostReply    Fault = "lost_reply"    // the answer does not arrive, so it comes again
	FaultSlow         Fault = "slow"          // the body stops in the middle
	FaultFuture       Fault = "future"        // the carrier's clock runs ahead
	FaultGBK          Fault = "gbk"           // words in another charset
	FaultOversize     Fault = "oversize"      // a body over the limit
	FaultDoctype      Fault = "doctype"       // XML with a document type
	FaultDoubleField  Fault = "double_field"  // a field twice
	FaultOtherCarrier Fault = "other_carrier" // under another company
	FaultAbort        Fault = "abort"         // the carrier gives its watch up
	FaultRecode       Fault = "recode"        // the same scan again with a finer code
)

var faults = []Fault{
	FaultDuplicate, FaultReorder, FaultLate, FaultTamper, FaultReplay, FaultLostReply, FaultSlow, FaultFuture, FaultGBK, FaultOversize,
	FaultDoctype, FaultDoubleField, FaultOtherCarrier, FaultAbort, FaultRecode,
}

// push is one callback to be posted.
type push struct {
	url    string
	ctype  string
	make   func() (body []byte, header http.Header) // anew for each try: some signatures hold the time
	mangle func(body []byte) []byte                 // what goes wrong, the first time only
	slow   bool
	deaf   bool // the answer is not heard
}

// retry is a push with what is left of the carrier's patience.
type retry struct {
	push
	office office
	left   int
	every  time.Duration
	at     time.Time
}

// faulty makes a parcel's callbacks, and makes them go wrong.
func (s *Server) faulty(o office, p *parcel, fresh int, f Fault) []push {
	posts := o.pushes(p, fresh, f)
	last := len(posts) - 1
	if last < 0 {
		return nil
	}
	switch f {
	case FaultDuplicate:
		posts = append(posts, posts[last], posts[last], posts[last])
	case FaultReorder:
		slices.Reverse(posts)
	case FaultTamper:
		posts[last].mangle = tamper
	case FaultReplay:
		if old := p.last; old != nil {
			again := posts[last]
			again.mangle = func([]byte) []byte { return old }
			posts = append(posts, again)
		}
	case FaultLostReply:
		lost := posts[last]
		lost.deaf = true
		posts = append(posts[:last:last], lost, posts[last])
	case FaultSlow:
		posts[last].slow = true
	case FaultOversize:
		posts[last].mangle = func(body []byte) []byte {
			return append(body[:len(body):len(body)], append([]byte("&pad="), bytes.Repeat([]byte("x"), 1<<20)...)...)
		}
	}
	p.last, _ = posts[last].make()
	return posts
}

// tamper changes one digit of a body and leaves its form alone.
func tamper(body []byte) []byte {
	body = bytes.Clone(body)
	for i := len(body) / 2; i < len(body); i++ {
		if body[i] >= '0' && body[i] < '9' && body[i-1] != '%' && body[i-2] != '%' {
			body[i]++
			break
		}
	}
	return body
}

// post sends a push once, and remembers to try again when the carrier would.
func (s *Server) post(ctx context.Context, r retry) Posted {
	body, header := r.make()
	if r.mangle != nil {
		body = r.mangle(body)
	}
	posted := Posted{URL: courier.RedactURL(r.url)}
	status, answer, err := s.send(ctx, r.push, body, header)
	if err == nil {
		posted.Status, posted.Body = status, string(answer)
	}
	if (err != nil || !r.office.accepted(status, answer)) && !r.deaf && r.left > 0 {
		r.left--
		r.at = s.cfg.Clock.Now().Add(r.every)
		r.mangle, r.slow = nil, false
		s.mu.Lock()
		s.due = append(s.due, r)
		s.mu.Unlock()
	}
	return posted
}

func (s *Server) send(ctx context.Context, p push, body []byte, header http.Header) (int, []byte, error) {
	var reader io.Reader = bytes.NewReader(body)
	if p.slow {
		half := len(body) / 2
		reader = io.MultiReader(bytes.NewReader(body[:half]), &pause{ctx, s.cfg.SlowPause}, bytes.NewReader(body[half:]))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, reader)
	if err != nil {
		return 0, nil, err
	}
	req.ContentLength = int64(len(body))
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", p.ctype)
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode, answer, err
}

// pause is a reader that gives nothing for a while.
type pause struct {
	ctx context.Context
	d   time.Duration
}

func (p *pause) Read([]byte) (int, error) {
	timer := time.NewTimer(p.d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
	return 0, io.EOF
}

// Retry posts again what the carriers would by now, on the sandbox's clock.
func (s *Server) Retry(ctx context.Context) []Posted {
	now := s.cfg.Clock.Now()
	s.mu.Lock()
	var ready, rest []retry
	for _, r := range s.due {
		if r.at.After(now) {
			rest = append(rest, r)
		} else {
			ready = append(ready, r)
		}
	}
	s.due = rest
	s.mu.Unlock()
	var posted []Posted
	for _, r := range ready {
		posted = append(posted, s.post(ctx, r))
	}
	return posted
}

// Run calls Retry until ctx ends, looking at the clock so often.
func (s *Server) Run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.Retry(ctx)
		}
	}
}
