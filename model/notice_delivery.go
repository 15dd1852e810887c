package model

import (
	"slices"
	"time"

	"kuacheng/model/retention"
)

// Channel is a way out besides the inbox.
type Channel string

const (
	// ChannelWeChat is the subscription message of the mini-program.
	ChannelWeChat Channel = "wechat"
	// ChannelSMS is for what cannot wait and did not get through by WeChat.
	ChannelSMS Channel = "sms"
)

// DeliveryState is how far a notice has come in one channel.
type DeliveryState string

const (
	DeliveryWaiting DeliveryState = "waiting" // to be sent, now or at Wake
	DeliverySending DeliveryState = "sending" // handed to the channel; its answer is not written down yet
	DeliverySent    DeliveryState = "sent"
	DeliveryUnknown DeliveryState = "unknown" // the channel may or may not have delivered it
	DeliveryFailed  DeliveryState = "failed"
	DeliverySkipped DeliveryState = "skipped" // not sent on purpose; Reason says why
)

// Delivery is the record of one channel.
type Delivery struct {
	Channel Channel       `json:"channel"`
	State   DeliveryState `json:"state"`
	At      time.Time     `json:"at"` // of the last change of State
	Reason  string        `json:"reason,omitempty"`
	Tries   int           `json:"tries,omitempty"`
	Since   *time.Time    `json:"since,omitempty"`   // the first try
	Message string        `json:"message,omitempty"` // the channel's own id of the message

	// Unknowns counts tries whose outcome nobody knows. One is tried again; a refusal for want of consent after
	// it means that the message has probably been delivered. Two are enough (wechat.md §3).
	Unknowns int `json:"unknowns,omitempty"`
}

// Why a channel was not used, or failed. Codes of the channel itself are written as "wechat_47003".
const (
	ReasonNoTemplate  = "no_template"  // the account has no such template
	ReasonStopped     = "stopped"      // the channel has just refused the template as such
	ReasonNoAccount   = "no_account"   // the person has no mini-program identity
	ReasonNoCredit    = "no_credit"    // no consent is left, and the notice does not matter enough to try
	ReasonRefused     = "refused"      // the person has switched it off, or the consent was used up
	ReasonStale       = "stale"        // the subject has moved on
	ReasonExpired     = "expired"      // its time is over
	ReasonMerged      = "merged"       // a newer one of the same kind says more
	ReasonLikelySent  = "likely_sent"  // of an unknown outcome
	ReasonPageRefused = "page_refused" // sent, but it opens no page: that is not published yet
	ReasonGivenUp     = "given_up"     // tried as often as makes sense
	ReasonReached     = "reached"      // another channel has brought it meanwhile
	ReasonNoPhone     = "no_phone"     // no number that takes SMS
)

const (
	// claimFor is how long a try may take before it counts as lost; the client gives up long before.
	claimFor = 30 * time.Second
	// maxUnknowns is how many tries with an unknown outcome a message gets.
	maxUnknowns = 2
	// MaxTries is how often a channel is tried while it is down.
	MaxTries = 10
	// FallBackAfter is how long WeChat may be down before what cannot wait goes by SMS (domain §11).
	FallBackAfter = 10 * time.Minute
)

// Delivery is the record of a channel, nil when the notice does not use it.
func (n *Notice) Delivery(c Channel) *Delivery {
	if i := slices.IndexFunc(n.Channels, func(d Delivery) bool { return d.Channel == c }); i >= 0 {
		return &n.Channels[i]
	}
	return nil
}

// Open tells whether something is still to be done in the channel. One that failed is open too: it is only
// asked again when people have put its event back into the queue.
func (d *Delivery) Open() bool {
	if d == nil {
		return false
	}
	switch d.State {
	case DeliverySent, DeliverySkipped:
		return false
	case DeliveryUnknown:
		return d.Unknowns < maxUnknowns && d.Reason == ""
	}
	return true
}

// Claim is the answer to who may try now.
type Claim string

const (
	ClaimMine Claim = "mine" // the caller; the record says "sending" until Settled
	ClaimBusy Claim = "busy" // another, who has begun and not finished
	ClaimDone Claim = "done" // nobody: there is nothing left to do
)

// Claim takes the channel for one try, in the same write that counts it: whoever finds "sending" later knows
// that a message may be out. A try that was begun and never finished counts as one of unknown outcome.
func (n *Notice) Claim(c Channel, now time.Time) Claim {
	d := n.Delivery(c)
	if !d.Open() {
		return ClaimDone
	}
	if d.State == DeliverySending && now.Sub(d.At) < claimFor {
		return ClaimBusy
	}
	if d.lost(now); d.Unknowns >= maxUnknowns {
		n.Settled(c, DeliveryUnknown, "", now)
		return ClaimDone
	}
	d.State, d.Reason, d.At = DeliverySending, "", moment(now)
	if d.Tries++; d.Since == nil {
		at := d.At
		d.Since = &at
	}
	return ClaimMine
}

// lost counts a try that was begun and never finished as one of unknown outcome.
func (d *Delivery) lost(now time.Time) {
	if d.State == DeliverySending && now.Sub(d.At) >= claimFor {
		d.Unknowns++
	}
}

// Settled writes down what became of a channel.
func (n *Notice) Settled(c Channel, s DeliveryState, reason string, now time.Time) {
	if d := n.Delivery(c); d != nil {
		d.State, d.Reason, d.At = s, reason, moment(now)
	}
	if !slices.ContainsFunc(n.Channels, func(d Delivery) bool { return d.Channel != c && d.State == DeliveryWaiting }) {
		n.rest() // unless it is another channel's
	}
}

// Dropped writes down that a channel is not used for a reason. What has an unknown try behind it stays unknown:
// it may have been delivered.
func (n *Notice) Dropped(c Channel, reason string, now time.Time) {
	if d := n.Delivery(c); d != nil && (d.Unknowns > 0 || d.State == DeliverySending) {
		n.Settled(c, DeliveryUnknown, reason, now)
		return
	}
	n.Settled(c, DeliverySkipped, reason, now)
}

// Doubted writes down a try whose outcome nobody knows, and tells whether it is worth another.
func (n *Notice) Doubted(c Channel, now time.Time) (again bool) {
	d := n.Delivery(c)
	d.Unknowns++
	n.Settled(c, DeliveryUnknown, "", now)
	return d.Open()
}

// Reported takes what a channel says later of a message that it took or may have taken: failure is "" when it
// arrived. lost tells that the message never counted. Told again, it changes nothing.
func (n *Notice) Reported(c Channel, message, failure string, now time.Time) (changed, lost bool) {
	d := n.Delivery(c)
	switch {
	case d == nil || d.State != DeliverySent && d.State != DeliveryUnknown:
		return false, false
	case failure != "":
		d.Message = message
		n.Settled(c, DeliveryFailed, failure, now)
		return true, true
	case d.State == DeliverySent:
		return false, false
	}
	d.Message = message
	n.Settled(c, DeliverySent, "", now)
	return true, false
}

// Postponed lets the channel wait until a moment of the server's clock.
func (n *Notice) Postponed(c Channel, until, now time.Time) {
	if d := n.Delivery(c); d != nil {
		if d.lost(now); d.Unknowns >= maxUnknowns {
			n.Settled(c, DeliveryUnknown, "", now)
			return
		}
	}
	n.Settled(c, DeliveryWaiting, "", now)
	n.WakeAt(moment(until))
}

// rest lets the notice be until it has been kept long enough.
func (n *Notice) rest() { n.WakeAt(n.keptUntil()) }

func (n *Notice) keptUntil() time.Time { return retention.Notice.End(n.At) }

// Expired reports whether the notice has been kept as long as it may.
func (n *Notice) Expired(now time.Time) bool { return !now.Before(n.keptUntil()) }

// Woken puts a notice whose time has come on its way; it is false when that is not so (any more).
func (n *Notice) Woken(now time.Time) bool {
	if n.Wake == nil || now.Before(*n.Wake) {
		return false
	}
	n.rest()
	n.schedule(now)
	return true
}

// Missed tells whether WeChat will not bring the notice though it is still worth bringing. Of an unknown outcome
// nobody can say, so what cannot wait is rather told twice.
func (n *Notice) Missed() bool {
	d := n.Delivery(ChannelWeChat)
	if d == nil {
		return true
	}
	switch d.State {
	case DeliveryFailed:
		return d.Reason != ReasonExpired
	case DeliverySkipped:
		return d.Reason != ReasonStale && d.Reason != ReasonExpired && d.Reason != ReasonMerged
	case DeliveryUnknown:
		return d.Unknowns >= maxUnknowns && d.Reason == ""
	}
	return false
}

// MayFallBack tells whether the notice is one of those that SMS may bring.
func (n *Notice) MayFallBack() bool {
	return n.To == ToApplicant && NoticeSMS(n.Key) != "" && len(n.SMS) == len(smsVars(n.Key)) && n.Delivery(ChannelSMS) == nil
}

// FallBack puts a notice that WeChat does not bring on its way by SMS, once; at night only what is urgent.
func (n *Notice) FallBack(now time.Time) {
	if !n.Missed() || !n.MayFallBack() {
		return
	}
	n.Channels = append(n.Channels, Delivery{Channel: ChannelSMS, State: DeliveryWaiting, At: moment(now)})
	n.schedule(now)
}
