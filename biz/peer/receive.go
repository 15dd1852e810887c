package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"kuacheng/biz/signature"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	// MaxBody is the longest message: one file of ten MiB in its envelope, and some room.
	MaxBody = 16 << 20
	// maxPlain is the longest event that brings no file.
	maxPlain = 256 << 10
	// MaxEvents is how many events one message may hold.
	MaxEvents = 100
)

// Message is the body of a post between cities.
type Message struct {
	From   string            `json:"from,omitempty"` // the sender's region, so that a message cannot be played back to its sender
	Events []json.RawMessage `json:"events"`
}

// Result is what became of one event.
type Result struct {
	ID      string                 `json:"id"`
	Status  string                 `json:"status"`
	Code    string                 `json:"code,omitempty"`
	Message string                 `json:"message,omitempty"`
	Differs []model.ManifestAnswer `json:"differences,omitempty"` // of a manifest
}

// Admits reports whether a message that announces a key could be a peer's at all, so that nobody else's long body
// is read.
func (s *Service) Admits(region, key string) bool {
	c, ok := s.cities[region]
	if !ok {
		return false
	}
	for _, k := range c.Keys {
		if k.ID == key {
			return true
		}
	}
	return false
}

// Receive takes a message from a peer and says of each event what became of it. A bad event spoils none of the good
// ones beside it. An error of the server's own ends the message: the peer sends it again, and what was taken is then
// a duplicate.
func (s *Service) Receive(ctx context.Context, region string, header func(string) string, body []byte) ([]Result, error) {
	c, ok := s.cities[region]
	if !ok {
		return nil, fault.New("key_unknown")
	}
	if err := s.authentic(ctx, c, header, body); err != nil {
		return nil, err
	}
	events, err := read(region, body)
	if err != nil {
		return nil, err
	}
	s.heard(ctx, c)
	results := make([]Result, 0, len(events))
	for _, raw := range events {
		r, err := s.one(ctx, c, raw)
		if err != nil {
			return nil, fmt.Errorf("peer: %s: %w", region, err)
		}
		s.events.WithLabelValues(region, "in", r.Status).Inc()
		results = append(results, r)
	}
	return results, nil
}

// authentic checks signature, time and nonce, by the real clock. The nonce is kept in the store, so that a replay is
// seen by every process and after a restart.
func (s *Service) authentic(ctx context.Context, c *City, header func(string) string, body []byte) error {
	nonce, err := signature.Verify(header, body, c.Keys, time.Now())
	switch {
	case errors.Is(err, signature.ErrUnknownKey):
		return fault.New("key_unknown")
	case errors.Is(err, signature.ErrTime):
		return fault.New("timestamp_out_of_range")
	case err != nil:
		return fault.New("signature_invalid")
	}
	err = s.nonces.Insert(ctx, model.NewPeerNonce(c.Region, nonce, s.now()))
	if errors.Is(err, store.ErrDuplicate) {
		return fault.New("nonce_replayed")
	}
	if err != nil {
		return fmt.Errorf("peer: keeping a nonce: %w", err)
	}
	return nil
}

func read(region string, body []byte) ([]json.RawMessage, error) {
	var m Message
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, fault.New("bad_request") // the decoder's own words may quote the body
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.New("bad_request")
	}
	switch {
	case m.From != "" && m.From != region:
		return nil, fault.New("bad_request").Field("from")
	case len(m.Events) == 0:
		return nil, fault.New("bad_request").Field("events")
	case len(m.Events) > MaxEvents:
		return nil, fault.New("too_many_events")
	}
	return m.Events, nil
}

// one takes one event. What is refused is told in the result; an error is the server's own.
func (s *Service) one(ctx context.Context, c *City, raw json.RawMessage) (Result, error) {
	var e model.PeerEvent
	if err := json.Unmarshal(raw, &e); err != nil {
		var id struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(raw, &id) // an id that cannot be read is none
		return rejected(clipID(id.ID), fault.New("bad_request")), nil
	}
	if err := e.Check(); err != nil {
		return rejected(clipID(e.ID), err), nil
	}
	if len(raw) > maxPlain && e.Type != model.PeerMaterial && e.Type != model.PeerResultDocument {
		return rejected(e.ID, fault.New("payload_too_large")), nil
	}
	if e.Type == model.PeerManifest {
		return s.answer(ctx, c, &e)
	}
	o, err := s.take(ctx, c, &e)
	if err != nil {
		return Result{}, err
	}
	return Result{ID: e.ID, Status: o.status, Code: o.code, Message: o.message}, nil
}

func rejected(id string, err error) Result {
	f := fault.From(err)
	return Result{ID: id, Status: model.PeerRejected, Code: f.Code, Message: f.Message}
}

// clipID gives back what came as an id, so far as it can be one.
func clipID(id string) string {
	if len(id) > 64 {
		return ""
	}
	return id
}

// heard notes, once a minute at most, that a peer has spoken.
func (s *Service) heard(ctx context.Context, c *City) {
	now := s.now()
	_, err := s.talks.Upsert(ctx, c.Region, func() *model.PeerCity { return &model.PeerCity{Head: model.Head{ID: c.Region}} },
		func(t *model.PeerCity) error {
			if t.HeardAt != nil && now.Sub(*t.HeardAt).Abs() < time.Minute {
				return store.ErrUnchanged
			}
			t.HeardAt = &now
			return nil
		})
	if err != nil {
		s.Log.WarnContext(ctx, "that a peer was heard is not noted", "peer", c.Region, "error", err)
	}
}

func (s *Service) wakeNonce(ctx context.Context, id string) error {
	if err := s.nonces.Delete(ctx, id); err != nil && !missing(err) {
		return err
	}
	return nil
}

// wakeFile forgets that a file came; the file stays with the matter that names it.
func (s *Service) wakeFile(ctx context.Context, id string) error {
	if err := s.files.Delete(ctx, id); err != nil && !missing(err) {
		return err
	}
	return nil
}
