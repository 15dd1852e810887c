package model

import (
	"slices"
	"strings"
	"time"
)

// Notice is one thing told to one person: it stands in the inbox for good, and may besides go out through
// other channels. Exactly one exists for each event and person, because its id is made of the two.
//
// Title, Text and Values hold no person's name, number, phone or address (domain §11), so they are not sealed.
type Notice struct {
	Head `json:",inline"`

	Recipient string        `json:"recipient"` // applicant or staff id
	To        RecipientKind `json:"to"`
	Key       string        `json:"key"` // row of the catalogue: "booking_confirmed"
	Title     string        `json:"title"`
	Text      string        `json:"text"`
	Ref       NoticeRef     `json:"ref"`
	At        time.Time     `json:"at"` // when it happened, not when it was sent
	ReadAt    *time.Time    `json:"read_at,omitempty"`

	Urgent    bool `json:"urgent,omitempty"`    // U: not held back by quiet hours
	Important bool `json:"important,omitempty"` // S: must reach the person; tried even without a known credit

	// Expires is when telling it makes no sense any more; it then stays in the inbox and is not sent.
	Expires *time.Time `json:"expires,omitempty"`

	// Template, TemplateVersion and Values are what the message is made from, kept so that a later try sends
	// what the first one meant, whatever the configuration has become.
	Template        string            `json:"template,omitempty"`
	TemplateVersion string            `json:"template_version,omitempty"`
	Values          map[string]string `json:"values,omitempty"`

	// SMS are the parameters of its text for SMS, kept for the same reason.
	SMS []string `json:"sms,omitempty"`

	Channels []Delivery `json:"channels,omitempty"`
}

// RecipientKind says in which inbox a notice stands.
type RecipientKind string

const (
	ToApplicant RecipientKind = "applicant"
	ToStaff     RecipientKind = "staff"
)

// NoticeRef is what a notice is about.
type NoticeRef struct {
	Kind string `json:"kind"` // matter, booking, parcel, policy, problem …
	ID   string `json:"id"`
}

// The kinds of the events that carry a notice out of the house.
const (
	NoticeSend    = "notice_send" // by WeChat
	NoticeSendSMS = "notice_send_sms"
)

// NoticeID is the identity of the notice that an event gives to a person. The same event told again is the
// same notice. It stands in the path of a URL, where # and / would mean something else.
func NoticeID(event, recipient string) string {
	return strings.NewReplacer("#", ".", "/", "~").Replace(event + ":" + recipient)
}

// OncePerState stands in for the event id where a subject gives at most one notice per state, however often
// it enters it (domain §11: a parcel).
func OncePerState(subject, state string) string { return subject + "/" + state }

// NoticeDraft is what a caller knows about a notice that is to be.
type NoticeDraft struct {
	Event     string // id of the event, or OncePerState
	Recipient string
	To        RecipientKind
	Key       string
	Ref       NoticeRef
	At        time.Time
	Expires   time.Time // zero: the catalogue's life of the key, or never
	Vars      map[string]string
}

// NewNotice composes the notice of a draft. With a WeChat template of this version ("" if the account has
// none) it is put on its way: at once, or after the quiet hours.
func NewNotice(d NoticeDraft, templateVersion string, now time.Time) (*Notice, error) {
	kind, err := noticeKind(d.Key)
	if err != nil {
		return nil, err
	}
	title, text, values, err := Compose(d.Key, d.Vars)
	if err != nil {
		return nil, err
	}
	n := &Notice{
		Head:      Head{ID: NoticeID(d.Event, d.Recipient)},
		Recipient: d.Recipient, To: d.To, Key: d.Key, Title: title, Text: text, Ref: d.Ref, At: moment(d.At),
		Urgent: kind.Urgent, Important: kind.Important,
	}
	n.rest()
	n.setExpires(d.Expires, kind.Life)
	n.SMS = smsParams(d.Key, d.Vars)
	if kind.Template == "" || d.To != ToApplicant {
		return n, nil
	}
	n.Template, n.TemplateVersion, n.Values = kind.Template, templateVersion, values
	n.Channels = []Delivery{{Channel: ChannelWeChat, State: DeliveryWaiting, At: moment(now)}}
	if templateVersion == "" {
		n.Settled(ChannelWeChat, DeliverySkipped, ReasonNoTemplate, now)
		return n, nil
	}
	n.schedule(now)
	return n, nil
}

func (n *Notice) setExpires(at time.Time, life time.Duration) {
	if at.IsZero() && life > 0 {
		at = n.At.Add(life)
	}
	if !at.IsZero() {
		at = moment(at)
		n.Expires = &at
	}
}

// schedule puts the notice on its way, or lets it sleep until people are awake.
func (n *Notice) schedule(now time.Time) {
	if until, quiet := QuietUntil(now); quiet && !n.Urgent {
		n.WakeAt(until)
		return
	}
	n.rest()
	for _, d := range n.Channels {
		switch {
		case d.State != DeliveryWaiting:
		case d.Channel == ChannelWeChat:
			n.Emit(NoticeSend, moment(now), nil)
		case d.Channel == ChannelSMS:
			n.Emit(NoticeSendSMS, moment(now), nil)
		}
	}
}

// Stale says why a notice is not to be sent any more, "" when it is. The state is the subject's now, "" when it
// has none.
func (n *Notice) Stale(state string, now time.Time) string {
	if n.Expires != nil && !now.Before(*n.Expires) {
		return ReasonExpired
	}
	if state != "" && now.Sub(n.At) > freshFor && n.Depends() && !slices.Contains(n.while(), state) {
		return ReasonStale
	}
	return ""
}

// freshFor is how long a notice is news whatever has happened since: who acts within the minute still wants to
// see what they acted on. Staleness is for what lay in a queue or through the night.
const freshFor = time.Minute

// Depends tells whether the state of the subject matters to Stale, so that nobody looks it up in vain.
func (n *Notice) Depends() bool { return len(n.while()) > 0 }

func (n *Notice) while() []string {
	kind, _ := NoticeKindOf(n.Key)
	return kind.While[n.Ref.Kind]
}

// MergeWithin is how close two notices of the same key and subject must be for the later to speak for both.
const MergeWithin = 10 * time.Minute

// Supersedes tells whether n says all that the older notice said, so that the older one need not be sent. Both
// stay in the inbox.
func (n *Notice) Supersedes(older *Notice) bool {
	if n.Recipient != older.Recipient || n.Key != older.Key || n.Ref != older.Ref || n.ID == older.ID {
		return false
	}
	gap := n.At.Sub(older.At)
	return gap > 0 && gap < MergeWithin || gap == 0 && n.ID > older.ID
}

// MarkRead notes the first reading.
func (n *Notice) MarkRead(now time.Time) {
	if n.ReadAt == nil {
		t := moment(now)
		n.ReadAt = &t
	}
}

// Quiet hours, Beijing time (domain §11, assumed).
const (
	quietFrom = 22 * 60
	quietTo   = 8 * 60
)

// QuietUntil tells whether people are asleep, and until when to wait then.
func QuietUntil(now time.Time) (time.Time, bool) {
	d := DateOf(now)
	switch {
	case now.Before(d.At(quietTo)):
		return d.At(quietTo), true
	case !now.Before(d.At(quietFrom)):
		return d.Add(1).At(quietTo), true
	}
	return time.Time{}, false
}

// DigestAt is the next 08:30, when staff are told of lights (domain §11).
func DigestAt(now time.Time) time.Time {
	d := DateOf(now)
	if at := d.At(8*60 + 30); now.Before(at) {
		return at
	}
	return d.Add(1).At(8*60 + 30)
}
