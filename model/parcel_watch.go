package model

import (
	"hash/fnv"
	"time"
)

// SubscriptionState is how far we are with asking a carrier for a parcel's news.
type SubscriptionState string

const (
	SubscriptionNone    SubscriptionState = ""        // nothing to ask: the carrier pushes by contract
	SubscriptionPending SubscriptionState = "pending" // to be asked for, or asked without an answer
	SubscriptionActive  SubscriptionState = "active"
	SubscriptionEnded   SubscriptionState = "ended"   // signed, says the carrier
	SubscriptionAborted SubscriptionState = "aborted" // given up by the carrier; perhaps asked again later
	SubscriptionRefused SubscriptionState = "refused" // carrier or number are wrong: people look
)

// Subscription is the bookkeeping of one parcel's subscription.
type Subscription struct {
	State   SubscriptionState `json:"state,omitempty"`
	Tries   int               `json:"tries,omitempty"`   // in a row without an answer
	Renewed int               `json:"renewed,omitempty"` // times asked again after an abort
	Code    string            `json:"code,omitempty"`    // the carrier's last answer
	At      *time.Time        `json:"at,omitempty"`      // of the last change
	NextAt  *time.Time        `json:"next_at,omitempty"`
}

// Waits between tries to subscribe, and before asking again after an abort: not before 30 minutes, at most
// twice a number, since the quota is four a month (couriers.md §11).
var (
	subscribeWaits = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour}
	renewWaits     = []time.Duration{30 * time.Minute, 24 * time.Hour}
)

// SubscribeAnswer is what a carrier's answer to a subscription means.
type SubscribeAnswer string

const (
	SubscribeTaken   SubscribeAnswer = "taken"   // or taken before
	SubscribeLater   SubscribeAnswer = "later"   // their fault, or no answer
	SubscribeStopped SubscribeAnswer = "stopped" // our account: key, quota; every parcel of the channel waits
	SubscribeRefused SubscribeAnswer = "refused" // this parcel: company or number
)

// Subscribed records a carrier's answer. After refusals, and when the tries are used up, people are told.
func (p *Parcel) Subscribed(answer SubscribeAnswer, code string, now time.Time) {
	now = moment(now)
	s := &p.Subscription
	s.Code, s.At, s.NextAt = code, &now, nil
	switch answer {
	case SubscribeTaken:
		s.State, s.Tries = SubscriptionActive, 0
	case SubscribeRefused:
		s.State = SubscriptionRefused
		p.Emit(ParcelUnsubscribed, now, map[string]string{"reason": "refused", "code": code})
	case SubscribeStopped:
		s.State = SubscriptionPending
		next := now.Add(time.Hour)
		s.NextAt = &next
	case SubscribeLater:
		s.State = SubscriptionPending
		next := now.Add(subscribeWaits[min(s.Tries, len(subscribeWaits)-1)])
		s.NextAt = &next
		if s.Tries++; s.Tries == len(subscribeWaits) {
			p.Emit(ParcelUnsubscribed, now, map[string]string{"reason": "no_answer", "code": code})
		}
	}
	p.rest(now)
}

// SubscriptionOver records that a carrier has ended its watch. An abort is an alert and a reason to ask
// again, never a state of the parcel.
func (p *Parcel) SubscriptionOver(aborted bool, reason string, now time.Time) {
	now = moment(now)
	s := &p.Subscription
	if s.State == SubscriptionEnded || !p.Carrier.Subscribes() {
		return
	}
	s.Code, s.At, s.NextAt = reason, &now, nil
	s.State = SubscriptionEnded
	if aborted {
		s.State = SubscriptionAborted
		if p.Open() && s.Renewed < len(renewWaits) {
			next := now.Add(renewWaits[s.Renewed])
			s.NextAt = &next
			s.Renewed++
		} else if p.Open() {
			p.Emit(ParcelUnsubscribed, now, map[string]string{"reason": "aborted"})
		}
	}
	p.rest(now)
}

// Polls counts how often a carrier was asked about this parcel.
type Polls struct {
	Last  *time.Time `json:"last,omitempty"`
	Day   Date       `json:"day,omitempty"`
	Count int        `json:"count,omitempty"` // on Day
}

const (
	pollGap    = 2 * time.Hour
	pollsADay  = 6 // a carrier locks a number at 48 queries a day
	pollOpens  = 7 * 60
	pollCloses = 23 * 60
)

// MayPoll says that the carrier may be asked now.
func (p *Parcel) MayPoll(now time.Time) bool {
	day := DateOf(now)
	spent := p.Polls.Day == day && p.Polls.Count >= pollsADay
	soon := p.Polls.Last != nil && now.Before(p.Polls.Last.Add(pollGap))
	return p.Open() && !spent && !soon && !now.Before(day.At(pollOpens)) && now.Before(day.At(pollCloses))
}

// Poll has the carrier asked, if that may be now.
func (p *Parcel) Poll(now time.Time) {
	now = moment(now)
	if !p.MayPoll(now) {
		return
	}
	if day := DateOf(now); p.Polls.Day != day {
		p.Polls.Day, p.Polls.Count = day, 0
	}
	p.Polls.Count++
	p.Polls.Last = &now
	p.Emit(ParcelPollDue, now, nil)
	p.rest(now)
}

// pollAt is when, from now on, the carrier should be asked, should nothing be heard until then: pushes are lost, and those
// of a carrier with a wrong key never pass the door (couriers.md §11).
func (p *Parcel) pollAt(now time.Time) time.Time {
	if !p.Open() || p.Carrier == CarrierStandard {
		return time.Time{}
	}
	wait, since := 24*time.Hour, p.lastNews()
	if p.State == ParcelOutForDelivery {
		wait = 6 * time.Hour
	}
	if l := p.Polls.Last; l != nil && l.After(since) {
		since = *l
	}
	at := since.Add(wait + p.spread())
	if at.Before(now) {
		at = now
	}
	if p.Polls.Count >= pollsADay && DateOf(at) == p.Polls.Day {
		at = p.Polls.Day.Add(1).At(pollOpens).Add(p.spread())
	}
	if l := p.Polls.Last; l != nil && at.Before(l.Add(pollGap)) {
		at = l.Add(pollGap)
	}
	switch day := DateOf(at); {
	case at.Before(day.At(pollOpens)):
		at = day.At(pollOpens).Add(p.spread())
	case !at.Before(day.At(pollCloses)):
		at = day.Add(1).At(pollOpens).Add(p.spread())
	}
	return moment(at)
}

// spread keeps the parcels of one day from being asked about in the same minute.
func (p *Parcel) spread() time.Duration {
	h := fnv.New32a()
	h.Write([]byte(p.ID))
	return time.Duration(h.Sum32()%1800) * time.Second
}

// lastNews is the arrival of the latest row, or the hand-over.
func (p *Parcel) lastNews() time.Time {
	last := p.SentAt
	for _, r := range p.Rows {
		if r.ReceivedAt.After(last) {
			last = r.ReceivedAt
		}
	}
	return last
}

// Rules of silence (domain.md §5).
const (
	SilentNotCollected = "not_collected" // 24 h: the sender's inbox
	SilentStalled      = "stalled"       // 72 h without an event
	SilentPickup       = "pickup"        // a day at the pickup point: a reminder
	SilentWaiting      = "waiting"       // 48 h out for delivery or at the pickup point: a notice
	SilentTenDays      = "ten_days"      // the supervisor asks the carrier
)

type silence struct {
	rule  string
	since time.Time
	due   time.Time
}

// silences lists what is to be remarked if nothing comes, each with the fact that it counts from.
func (p *Parcel) silences() []silence {
	if !p.Open() {
		return nil
	}
	var all []silence
	add := func(rule string, since time.Time, wait time.Duration) {
		if done, ok := p.Silence[rule]; !ok || !done.Equal(since) {
			all = append(all, silence{rule, since, since.Add(wait)})
		}
	}
	news := p.lastNews()
	if p.State == ParcelCreated {
		add(SilentNotCollected, p.SentAt, 24*time.Hour)
	}
	if p.State == ParcelAtPickupPoint {
		add(SilentPickup, p.StateAt, 24*time.Hour)
	}
	if p.State == ParcelOutForDelivery || p.State == ParcelAtPickupPoint {
		add(SilentWaiting, p.StateAt, 48*time.Hour)
	}
	add(SilentStalled, news, 72*time.Hour)
	add(SilentTenDays, news, 10*24*time.Hour)
	return all
}

// Retention (domain.md §13): what leads to a person goes a month after the end, the rest after a year.
const (
	parcelWipe = 30 * 24 * time.Hour
	parcelKeep = 365 * 24 * time.Hour
)

// Expired says that the document has been kept long enough.
func (p *Parcel) Expired(now time.Time) bool {
	return !p.Open() && !now.Before(p.keepUntil())
}

// keepUntil is when a parcel that is not open any more may go: one that nobody came to use as soon as parked rows.
func (p *Parcel) keepUntil() time.Time {
	if p.Abandoned() {
		return p.lastNews().Add(parkedFor)
	}
	return p.StateAt.Add(parcelKeep)
}

// Tick does what is due: remarks silences, asks for polls and subscriptions, wipes what leads to a person.
// Done twice, it says nothing twice.
func (p *Parcel) Tick(now time.Time) {
	now = moment(now)
	for _, s := range p.silences() {
		if s.due.After(now) {
			continue
		}
		if p.Silence == nil {
			p.Silence = map[string]time.Time{}
		}
		p.Silence[s.rule] = s.since
		p.Emit(ParcelSilent, now, map[string]string{"rule": s.rule, "state": string(p.State)})
	}
	if at := p.pollAt(now); !at.IsZero() && !at.After(now) {
		p.Poll(now)
	}
	if at := p.Subscription.NextAt; p.Open() && at != nil && !at.After(now) {
		p.Subscription.NextAt = nil
		p.Emit(ParcelSubscribeDue, now, nil)
	}
	if !p.Open() && !now.Before(p.StateAt.Add(parcelWipe)) {
		p.PhoneTail = ""
	}
	p.rest(now)
}

// rest sets wake to the next moment at which Tick has something to do.
func (p *Parcel) rest(now time.Time) {
	var next time.Time
	at := func(t time.Time) { next = earlier(next, t) }
	for _, s := range p.silences() {
		at(s.due)
	}
	at(p.pollAt(now))
	if n := p.Subscription.NextAt; n != nil && p.Open() {
		at(*n)
	}
	if !p.Open() && p.PhoneTail != "" {
		at(p.StateAt.Add(parcelWipe))
	} else if !p.Open() {
		at(p.keepUntil())
	}
	for _, c := range p.Claims {
		at(c.At.Add(claimWait))
	}
	p.WakeAt(next)
}
