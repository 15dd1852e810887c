package model

import (
	"strings"
	"time"
	"unicode"
)

// ParcelEffect is what a parcel's state means for the matters in it (domain.md §5).
type ParcelEffect struct {
	Event     string // the matter's event; "" for none
	CloseDays int    // with deliver: calendar days to wait before close, for a dispute
	ByPerson  bool   // a person must send the event after asking the carrier: a courier's word is not enough
}

// MatterEvent says which event of the matter the folded state means. The same state always means the same
// event; whether it still applies is the matter's to say.
func (p *Parcel) MatterEvent() ParcelEffect {
	if p.ReplacedBy != "" || !p.moves() {
		return ParcelEffect{}
	}
	materials := p.Direction == ParcelMaterials
	switch p.State {
	case ParcelDelivered:
		switch {
		case materials:
			return ParcelEffect{Event: "arrive"}
		case p.Consignee.Kind == PartyHall:
			return ParcelEffect{Event: "reach_hall"}
		case p.SignedBy == SignedOther || p.SignedBy == SignedLocker:
			return ParcelEffect{Event: "deliver", CloseDays: 3}
		}
		return ParcelEffect{Event: "deliver"}
	case ParcelReturned, ParcelCancelled:
		if materials {
			return ParcelEffect{Event: "bounce"}
		}
		return ParcelEffect{Event: "fail_delivery"}
	case ParcelLost:
		if materials {
			return ParcelEffect{Event: "lose", ByPerson: true}
		}
		return ParcelEffect{Event: "fail_delivery"}
	}
	return ParcelEffect{}
}

// moves says that the parcel carries what a matter waits for; papers sent back to their owner move nothing.
func (p *Parcel) moves() bool {
	for _, c := range p.Contents {
		if (c == ContentMaterials && p.Direction == ParcelMaterials) || (c == ContentResult && p.Direction == ParcelResult) {
			return true
		}
	}
	return false
}

// PublicEvent is what anyone may see of a row: our own sentence and the city. The carrier's words name
// couriers and signers and are shown to the owner and to staff in scope only.
type PublicEvent struct {
	At    time.Time
	State ParcelState
	Event ParcelEvent
	Text  string
	Place string
	Row   string // key of the row, by which Words are found
}

var parcelSentences = map[ParcelEvent]string{
	EventOrdered: "已下单，等待揽收", EventCollected: "快递员已揽收", EventInTransit: "快件运输中", EventArrivedCity: "快件已到达收件城市",
	EventOutForDelivery: "快件派送中", EventAtPickupPoint: "快件已到代收点，等待领取", EventDeliveryFailed: "派送未成功，将再次派送",
	EventDamaged: "快件异常，正在核实", EventRejected: "收件人拒收", EventReturning: "快件退回中", EventDelivered: "快件已签收",
	EventLost: "快件遗失，正在核查", EventReturned: "快件已退回寄件人", EventCancelled: "寄件已取消",
}

var signerSentences = map[SignedBy]string{
	SignedSelf: "快件已由本人签收", SignedOther: "快件已由他人代收", SignedLocker: "快件已存入快递柜或驿站",
}

// PublicEvents is the parcel's way for anyone who holds its code, oldest first. What two channels tell alike
// is shown once, and history rows not at all.
func (p *Parcel) PublicEvents() []PublicEvent {
	var events []PublicEvent
	for _, s := range p.Steps() {
		if s.Old || s.Event == "" {
			continue
		}
		e := PublicEvent{At: s.Row.At, State: s.State, Event: s.Event, Text: sentence(s), Place: publicPlace(s.Row.Place), Row: s.Row.Key}
		if n := len(events); n > 0 && events[n-1].Event == e.Event && events[n-1].At.Equal(e.At) {
			continue
		}
		events = append(events, e)
	}
	return events
}

// publicPlace lets nothing pass but the name of a place: couriers write names and numbers into this field, too.
func publicPlace(place string) string {
	city := CityOf(place)
	for _, suffix := range []string{"市", "州", "盟", "地区", "县", "区"} {
		if strings.HasSuffix(city, suffix) && len([]rune(city)) <= 12 && !strings.ContainsFunc(city, notHan) {
			return city
		}
	}
	return ""
}

func notHan(r rune) bool { return !unicode.Is(unicode.Han, r) }

func sentence(s ParcelStep) string {
	switch s.Event {
	case EventDelivered, EventDeliveredByOther:
		if text, ok := signerSentences[s.Row.SignedBy]; ok {
			return text
		}
		if s.Event == EventDeliveredByOther {
			return signerSentences[SignedOther]
		}
	}
	return parcelSentences[s.Event]
}

// Chinese names a parcel's state for people.
func (s ParcelState) Chinese() string {
	return map[ParcelState]string{
		ParcelCreated: "待揽收", ParcelCollected: "已揽收", ParcelInTransit: "运输中", ParcelOutForDelivery: "派送中",
		ParcelAtPickupPoint: "待领取", ParcelProblem: "异常", ParcelReturning: "退回中", ParcelDelivered: "已签收",
		ParcelLost: "遗失", ParcelReturned: "已退回", ParcelCancelled: "已取消",
	}[s]
}
