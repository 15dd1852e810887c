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

// message is what is posted.
type message struct {
	url    string
	ctype  string
	header http.Header
	body   []byte
}

// push is one callback to be posted.
type push struct {
	make   func() message          // anew for each try: some signatures hold the time
	mangle func(m message) message // what goes wrong, the first time only
	slow   bool
	deaf   bool // the answer is not heard
}

// always is a push that is the same at each try.
func always(m message) push { return push{make: func() message { return m }} }

// body changes the bytes of a message.
func body(change func(b []byte) []byte) func(message) message {
	return func(m message) message {
		m.body = change(bytes.Clone(m.body))
		return m
	}
}

// retry is a push with what is left of the carrier's patience.
type retry struct {
	push
	office office
	parcel *parcel
	waits  []time.Duration
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
		if posts[last].mangle == nil { // where nothing is signed, the office spoils the token instead
			posts[last].mangle = body(tamper)
		}
	case FaultReplay:
		if old := p.last; old != nil {
			again := posts[last]
			again.mangle = func(message) message { return *old }
			posts = append(posts, again)
		}
	case FaultLostReply:
		lost := posts[last]
		lost.deaf = true
		posts = append(posts[:last:last], lost, posts[last])
	case FaultSlow:
		posts[last].slow = true
	case FaultOversize:
		posts[last].mangle = body(func(b []byte) []byte { return append(b, bytes.Repeat([]byte(" "), 1<<20)...) })
	}
	return posts
}

// tamper changes one digit of a body and leaves its form alone.
func tamper(b []byte) []byte {
	for i := len(b) / 2; i < len(b); i++ {
		if b[i] >= '0' && b[i] < '9' && b[i-1] != '%' && b[i-2] != '%' {
			b[i]++
			break
		}
	}
	return b
}

// post sends a push once, and remembers to try again when the carrier would.
func (s *Server) post(ctx context.Context, r retry) Posted {
	m := r.make()
	sent := m
	s.mu.Lock()
	r.parcel.last = &sent
	s.mu.Unlock()
	if r.mangle != nil {
		m = r.mangle(m)
	}
	posted := Posted{URL: courier.RedactURL(m.url)}
	status, answer, err := s.send(ctx, m, r.slow)
	if err == nil {
		posted.Status, posted.Body = status, string(answer)
	}
	if (err != nil || !r.office.accepted(status, answer)) && !r.deaf && len(r.waits) > 0 {
		r.at = s.cfg.Clock.Now().Add(r.waits[0])
		r.waits, r.mangle, r.slow = r.waits[1:], nil, false
		s.mu.Lock()
		s.due = append(s.due, r)
		s.mu.Unlock()
	}
	return posted
}

func (s *Server) send(ctx context.Context, m message, slow bool) (int, []byte, error) {
	var reader io.Reader = bytes.NewReader(m.body)
	if slow {
		half := len(m.body) / 2
		reader = io.MultiReader(bytes.NewReader(m.body[:half]), &pause{ctx, s.cfg.SlowPause}, bytes.NewReader(m.body[half:]))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, reader)
	if err != nil {
		return 0, nil, err
	}
	req.ContentLength = int64(len(m.body))
	for name, values := range m.header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", m.ctype)
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
