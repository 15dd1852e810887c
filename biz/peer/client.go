package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"kuacheng/biz/signature"
	"kuacheng/biz/store"
	"kuacheng/model"
)

// lineError is why a peer could not be told, in words that hold nothing of what was said.
type lineError struct{ code string }

func (e *lineError) Error() string  { return "peer: " + e.code }
func (e *lineError) Reason() string { return e.code }

// How long a peer that does not answer is left alone. The wait is this process's and doubles, so that a city that is
// down costs one question now and then and not one for each matter.
const (
	firstRest = time.Second
	lastRest  = 30 * time.Second
)

// line is what this process knows of the way to a peer.
type line struct {
	mu    sync.Mutex
	until time.Time
	rest  time.Duration
}

// wait is how long the peer is to be left alone yet.
func (l *line) wait(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until.Sub(now)
}

func (l *line) failed(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = min(max(2*l.rest, firstRest), lastRest)
	l.until = now.Add(l.rest)
}

func (l *line) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest, l.until = 0, time.Time{}
}

func (s *Service) line(region string) *line {
	l, _ := s.lines.LoadOrStore(region, &line{})
	return l.(*line)
}

// post sends events to a peer and gives its results, one for each event in their order.
func (s *Service) post(ctx context.Context, c *City, events ...model.PeerEvent) ([]Result, error) {
	l := s.line(c.Region)
	results, err := s.exchange(ctx, c, events)
	if ctx.Err() != nil {
		return nil, ctx.Err() // this process ends: nothing is known of the peer
	}
	if err != nil {
		l.failed(time.Now())
	} else {
		l.answered()
	}
	s.note(ctx, c, err)
	for _, r := range results {
		s.events.WithLabelValues(c.Region, "out", r.Status).Inc()
	}
	return results, err
}

func (s *Service) exchange(ctx context.Context, c *City, events []model.PeerEvent) ([]Result, error) {
	return exchange(ctx, s.HTTP, c.URL, s.Self, c.Keys[0], events)
}

// Send sends one event to a server as the system of a city, for the command line.
func Send(ctx context.Context, server, self string, key signature.Key, e model.PeerEvent) (Result, error) {
	where, err := url.Parse(server)
	if err != nil {
		return Result{}, &lineError{"url"}
	}
	results, err := exchange(ctx, &http.Client{Timeout: 30 * time.Second}, where, self, key, []model.PeerEvent{e})
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

func exchange(ctx context.Context, client *http.Client, where *url.URL, self string, key signature.Key, events []model.PeerEvent) ([]Result, error) {
	m := Message{From: self}
	for i := range events {
		raw, err := json.Marshal(events[i])
		if err != nil {
			return nil, fmt.Errorf("peer: %w", err)
		}
		m.Events = append(m.Events, raw)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, where.JoinPath("callbacks/peers", self).String(), bytes.NewReader(body))
	if err != nil {
		return nil, &lineError{"url"}
	}
	req.Header.Set("Content-Type", "application/json")
	signature.Sign(req.Header, key, body, time.Now())
	res, err := client.Do(req)
	if err != nil {
		return nil, &lineError{"unreachable"}
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, &lineError{fmt.Sprintf("status_%d", res.StatusCode)}
	}
	var answer struct {
		Results []Result `json:"results"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, MaxBody)).Decode(&answer); err != nil {
		return nil, &lineError{"answer_unreadable"}
	}
	if !answers(answer.Results, events) {
		return nil, &lineError{"answer_incomplete"}
	}
	return answer.Results, nil
}

// answers reports whether there is a result for each event, in order, with a status that means something.
func answers(results []Result, events []model.PeerEvent) bool {
	if len(results) != len(events) {
		return false
	}
	for i, r := range results {
		switch r.Status {
		case model.PeerApplied, model.PeerDuplicate, model.PeerIgnored, model.PeerRejected, model.PeerParked:
		default:
			return false
		}
		if r.ID != events[i].ID {
			return false
		}
	}
	return true
}

// note keeps how the line to a peer is, for people to see and for the comparison after a silence.
func (s *Service) note(ctx context.Context, c *City, failure error) {
	now := s.now()
	_, err := s.talks.Upsert(ctx, c.Region, func() *model.PeerCity { return &model.PeerCity{Head: model.Head{ID: c.Region}} },
		func(t *model.PeerCity) error {
			changed := false
			if failure == nil {
				changed = t.Answered(now)
			} else {
				changed = t.Failed(failure.Error(), now)
			}
			if !changed {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		s.Log.WarnContext(ctx, "how the line to a peer is, is not noted", "peer", c.Region, "error", err)
	}
}
