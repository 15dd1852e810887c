// Package model holds the nouns of cross-city services and their rules: matter, booking, parcel, item and
// the rest. It is pure: no I/O, no clock, no HTTP. Time, identifiers and randomness come in as parameters,
// so every rule can be tested as a table and replayed from facts.
package model

import (
	"strconv"
	"time"
)

// Head is what every stored document begins with; embed it with `json:",inline"`, so that JSON and BSON
// both flatten it. The store owns Rev; the model
// writes Outbox (through Emit) and Wake.
type Head struct {
	ID  string `json:"_id"`
	Rev int64  `json:"rev"` // optimistic concurrency: raised by one with each write

	// Seq numbers the events this document has ever emitted, so that event ids are unique without randomness.
	Seq int64 `json:"seq,omitempty"`

	// Outbox holds the events not yet carried out. An event leaves when its handler has done its work.
	Outbox []Event `json:"outbox,omitempty"`

	// Wake is the next moment at which this document needs attention; nil when none does.
	Wake *time.Time `json:"wake,omitempty"`

	// Origin remembers the request that made the document, so that the same request gets the same answer.
	Origin *Origin `json:"origin,omitempty"`
}

// DocHead lets the store reach the head of any document that embeds one.
func (h *Head) DocHead() *Head { return h }

// Event is something that has happened to a document and still has an effect to bring about elsewhere.
// It carries ids only, never a person's data: it travels through Redis.
type Event struct {
	ID     string            `json:"id"`
	Kind   string            `json:"kind"`
	At     time.Time         `json:"at"`
	Ref    map[string]string `json:"ref,omitempty"`
	Failed string            `json:"failed,omitempty"` // why it was given up; people decide
}

// Origin is the idempotency record that a created document carries for at least 24 hours.
type Origin struct {
	Key    string    `json:"key"`    // digest of caller and Idempotency-Key
	Body   string    `json:"body"`   // digest of the request body
	Answer string    `json:"answer"` // sealed: the answer that was given
	At     time.Time `json:"at"`
}

// Emit appends an event to the outbox, to be carried out after the write that this change is part of.
func (h *Head) Emit(kind string, at time.Time, ref map[string]string) Event {
	h.Seq++
	e := Event{ID: h.ID + "#" + strconv.FormatInt(h.Seq, 10), Kind: kind, At: at, Ref: ref}
	h.Outbox = append(h.Outbox, e)
	return e
}

// Settle removes an event that has been carried out; it reports whether it was there.
func (h *Head) Settle(eventID string) bool {
	for i, e := range h.Outbox {
		if e.ID == eventID {
			h.Outbox = append(h.Outbox[:i:i], h.Outbox[i+1:]...)
			return true
		}
	}
	return false
}

// WakeAt sets the next moment of attention; a zero time means none.
func (h *Head) WakeAt(t time.Time) {
	if t.IsZero() {
		h.Wake = nil
		return
	}
	h.Wake = &t
}

// Sealed is a personal datum in sealed form: base64 of key id, nonce and SM4-GCM ciphertext. Only
// biz/seal opens it.
type Sealed string
