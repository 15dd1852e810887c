package model

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// CourierMessage is a verified push as it came. Its id is a digest of its bytes, so the same push is one
// document however often it comes, and a second insert is the whole defence against replays.
type CourierMessage struct {
	Head `json:",inline"`

	Carrier     Carrier    `json:"carrier"`
	ContentType string     `json:"content_type"`
	Body        Sealed     `json:"body"`
	ReceivedAt  time.Time  `json:"received_at"`
	ReadAt      *time.Time `json:"read_at,omitempty"` // when its rows were last taken
	Alerts      []string   `json:"alerts,omitempty"`  // what could not be read in it
}

// CourierMessageReceived is the event of a new message: read it.
const CourierMessageReceived = "courier_message"

// CourierMessageID is the document id of a push.
func CourierMessageID(c Carrier, body []byte) string {
	h := sha256.New()
	h.Write([]byte(c))
	h.Write([]byte("\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// NewCourierMessage keeps a push; body is sealed by the caller, id is CourierMessageID of the open one.
func NewCourierMessage(id string, c Carrier, contentType string, body Sealed, now time.Time) *CourierMessage {
	now = moment(now)
	m := &CourierMessage{Head: Head{ID: id}, Carrier: c, ContentType: contentType, Body: body, ReceivedAt: now}
	m.Emit(CourierMessageReceived, now, nil)
	m.WakeAt(now.Add(parcelKeep))
	return m
}

// Read records that the message's rows have been taken, and what was odd about them.
func (m *CourierMessage) Read(alerts []string, now time.Time) {
	now = moment(now)
	m.ReadAt, m.Alerts = &now, alerts
}

// Expired says that the message has been kept long enough.
func (m *CourierMessage) Expired(now time.Time) bool {
	return !now.Before(m.ReceivedAt.Add(parcelKeep))
}
