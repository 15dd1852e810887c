// Package courier speaks the wire formats of couriers: what they push to this server, and what it asks of
// them. A carrier is one file that implements Carrier; adding one touches nothing else but the list that the
// program is started with. The package knows rows and waybills, not matters: biz/parcel decides what they
// mean. Formats, codes and their sources are in the courier reference; vectors of it are in the tests.
package courier

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"kuacheng/model"
)

// Request is a push as it came over the wire.
type Request struct {
	Header      http.Header
	Query       url.Values
	ContentType string
	Body        []byte    // whole and raw: signatures are over these bytes
	ReceivedAt  time.Time // the server's clock
	From        string    // the caller's address, by which bad signatures are counted
	ID          string    // of the request, for answers that name it
	Wall        time.Time // the machine's own: the sandbox moves no window of a signature
}

// Reply is an answer in the carrier's own form.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Row is one line of a parcel's way as a carrier told it: what may be stored, and the carrier's words, which
// must be sealed first (model.ParcelRow.Text).
type Row struct {
	model.ParcelRow
	Words string
}

// News is what a push says of a subscription rather than of a parcel.
type News struct {
	Company    string
	Waybill    string
	Over       bool   // the carrier has ended its watch
	Aborted    bool   // … without a signature
	Reason     string // a word of ours: no_record, no_change, given_up
	NewCompany string // the carrier believes that the number is this company's
}

// Alert is something a person should look at: one for each channel, kind and code and day, never one a message.
type Alert struct {
	Kind string // code_unknown, code_without_state, shape, waybill, time, undecipherable, truncated
	Code string // the carrier's code, or where in the message; never a person's data
}

// Push is what a verified message tells.
type Push struct {
	Rows   []Row
	News   []News
	Alerts []Alert
}

// alert adds an alert once.
func (p *Push) alert(kind, code string) {
	a := Alert{Kind: kind, Code: code}
	for _, b := range p.Alerts {
		if a == b {
			return
		}
	}
	p.Alerts = append(p.Alerts, a)
}

// Shipment is what a carrier is told of a parcel, and no more: no name, no street, no full phone number.
type Shipment struct {
	Company   string // kuaidi100's code
	Waybill   string
	PhoneTail string // last four digits, where the company wants them
	From, To  string // province, city, district
	Order     string // our number of the parcel
}

// Verdict is what the house made of a push; the carrier puts it into its own words. The zero value is success.
type Verdict struct {
	Refusal *Refusal // nil: taken
	Results []Result // of an Answering carrier
	Now     time.Time
	Request string // the request's id, where the carrier's form has a place for it
}

// Result is what became of one event of an Answering carrier.
type Result struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// Carrier is one channel. Verify and Read go nowhere and are safe for concurrent use: the worker
// reads a stored message by the same Read long after it was verified. Subscribe and Query go out.
type Carrier interface {
	Name() model.Carrier

	// Limits are the bounds that Receive applies before Verify sees a byte.
	Limits() Limits

	// Verify checks a push's signature and structure. A refusal is always answered in the same words.
	Verify(r Request) *Refusal

	// Read takes the rows out of a verified push. What it cannot understand becomes an alert, never an error:
	// one bad row must not lose the good ones beside it.
	Read(r Request) Push

	// Reply is the exact answer that this carrier expects.
	Reply(r Request, v Verdict) Reply

	// Subscribe asks for a parcel's news. The code is the carrier's, for the record.
	Subscribe(ctx context.Context, s Shipment) (answer model.SubscribeAnswer, code string)

	// Query asks for a parcel's way now. "Nothing found" is an empty push and no error.
	Query(ctx context.Context, s Shipment, now time.Time) (Push, error)
}

// Answering is a carrier that is told what became of each of its events, so its pushes are worked within the
// request, and a replay ends at the event's id instead of at the message's digest.
type Answering interface {
	Carrier
	Events(r Request) []Event
}

// Doubting is a carrier whose pushes nobody signs, so that some of what they tell may have to be asked for.
type Doubting interface {
	Carrier
	Doubts(r Row) bool
}

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Set is the carriers of one server, by name.
type Set map[model.Carrier]Carrier

// NewSet lists carriers by their names.
func NewSet(carriers ...Carrier) Set {
	set := make(Set, len(carriers))
	for _, c := range carriers {
		set[c.Name()] = c
	}
	return set
}
