package signal

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"kuacheng/model"
	"kuacheng/model/ledger"
)

// Mark is one thing that a watch remembers.
type Mark struct {
	Ref string    `json:"ref"`
	At  time.Time `json:"at"`
}

// Watch remembers what one subject did within a window, each thing once however often it is told; in the order of time.
type Watch struct {
	model.Head `json:",inline"`
	Marks      []Mark         `json:"marks,omitempty"`
	Counts     map[string]int `json:"counts,omitempty"` // by day
}

// maxMarks bounds a watch; the oldest are forgotten first.
const maxMarks = 300

// How long watches are kept that nothing has been added to.
const idle = (Window + 10) * 24 * time.Hour

// NewWatch is an empty watch.
func NewWatch(id string) *Watch { return &Watch{Head: model.Head{ID: id}} }

// DecisionsID is the watch over a person's decisions of a day.
func DecisionsID(who string, day model.Date) string { return "decisions:" + who + ":" + string(day) }

// SeatsID is the watch over the seats that an applicant held in vain.
func SeatsID(applicant string) string { return "seats:" + applicant }

// LooksID is the watch over how often a member of staff looks at unmasked data.
func LooksID(viewer string) string { return "looks:" + viewer }

// MatterID is the watch that wakes when time alone shows something in a matter.
func MatterID(no string) string { return "matter:" + no }

// Count notes what a day has come to, whichever is told last, and forgets what no window reaches; false when nothing changes.
func (w *Watch) Count(day model.Date, n int) bool {
	if w.Counts[string(day)] >= n {
		return false
	}
	next, last := map[string]int{string(day): n}, day
	for d := range w.Counts {
		last = max(last, model.Date(d))
	}
	for d, x := range w.Counts {
		if d != string(day) && model.Date(d) > last.Add(-Window) {
			next[d] = x
		}
	}
	w.Counts = next
	w.WakeAt(last.Start().UTC().Add(idle))
	return true
}

// Before lists what was counted on the days of a window before a day.
func (w *Watch) Before(day model.Date, window int) (out []int) {
	for d, n := range w.Counts {
		if x := model.Date(d); x < day && x >= day.Add(-window) {
			out = append(out, n)
		}
	}
	return out
}

// Mark remembers a thing, and forgets what lies before the window that ends with the latest; false when nothing changes.
func (w *Watch) Mark(m Mark, window time.Duration) bool {
	m.At = moment(m.At)
	if slices.ContainsFunc(w.Marks, func(x Mark) bool { return x.Ref == m.Ref }) {
		return false
	}
	if n := len(w.Marks); n > 0 && w.Marks[n-1].At.Sub(m.At) > window {
		return false
	}
	w.Marks = append(w.Marks, m)
	slices.SortFunc(w.Marks, func(a, b Mark) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Ref, b.Ref)) })
	last := w.Marks[len(w.Marks)-1].At
	w.Marks = slices.DeleteFunc(w.Marks, func(x Mark) bool { return last.Sub(x.At) > window })
	w.Marks = slices.Clone(w.Marks[max(0, len(w.Marks)-maxMarks):])
	w.WakeAt(last.Add(idle))
	return slices.ContainsFunc(w.Marks, func(x Mark) bool { return x.Ref == m.Ref })
}

// within is the most marks in any stretch of a length, and the last of that stretch.
func (w *Watch) within(length time.Duration) (most []Mark) {
	from := 0
	for to := range w.Marks {
		for w.Marks[to].At.Sub(w.Marks[from].At) > length {
			from++
		}
		if to-from+1 > len(most) {
			most = w.Marks[from : to+1]
		}
	}
	return most
}

// bulkWithin is the stretch in which decisions are counted.
const bulkWithin = 10 * time.Minute

// DecisionsKept is how long a day's decisions are looked at together.
const DecisionsKept = 24 * time.Hour

// InDecisions finds that a person decided many matters at once; a larger number is another occasion.
func (b Book) InDecisions(w *Watch, a Act) (Firing, bool) {
	most := w.within(bulkWithin)
	if float64(len(most)) <= b[Bulk].Threshold {
		return Firing{}, false
	}
	first, last := most[0].At, most[len(most)-1].At
	f := b.find(Bulk, OfPerson, a.By, string(model.DateOf(a.At)), strconv.Itoa(len(most)), last, map[string]string{
		"org": a.Org, "who": a.By, "from": model.NoticeTime(first), "at": model.NoticeTime(last),
	})
	f.Org, f.Region, f.Matter, f.Figures.Numerator = a.Org, a.Region, a.Matter, int64(len(most))
	return f, true
}

// SeatsKept is how long seats held in vain are looked at together.
func (b Book) SeatsKept() time.Duration { return time.Duration(b[NoShowAbuse].Window) * 24 * time.Hour }

// InSeats finds that a person held and gave up, or left empty, many seats.
func (b Book) InSeats(w *Watch, applicant, org, region string) (Firing, bool) {
	n := len(w.Marks)
	if n == 0 || float64(n) <= b[NoShowAbuse].Threshold {
		return Firing{}, false
	}
	first, last := w.Marks[0].At, w.Marks[n-1].At
	f := b.find(NoShowAbuse, OfApplicant, applicant, string(model.DateOf(last)[:7]), w.Marks[n-1].Ref, last, map[string]string{
		"from": model.NoticeDate(model.DateOf(first)), "to": model.NoticeDate(model.DateOf(last)),
	})
	f.Org, f.Region, f.Figures.Numerator = org, region, int64(n)
	return f, true
}

// CarrierDay counts the parcels that one courier company was handed on a day. Its id is CarrierDayID.
type CarrierDay struct {
	model.Head `json:",inline"`
	Company    string         `json:"company"`
	Date       model.Date     `json:"date"`
	Parcels    int64          `json:"parcels"`
	Bad        []string       `json:"bad,omitempty"` // ids of those lost or returned
	Taken      []ledger.Taken `json:"taken,omitempty"`
}

// CarrierDayID is the id of a day.
func CarrierDayID(company string, day model.Date) string { return company + ":" + string(day) }

// NewCarrierDay is an empty day.
func NewCarrierDay(company string, day model.Date) *CarrierDay {
	d := &CarrierDay{Head: model.Head{ID: CarrierDayID(company, day)}, Company: company, Date: day}
	d.WakeAt(day.Start().UTC().Add(idle))
	return d
}

const (
	remembered = time.Hour // as the ledger's tallies do
	lastTaken  = 64
	maxBad     = 1000
)

// Handed counts a parcel once, however often it is told within the hour.
func (d *CarrierDay) Handed(parcel string, now time.Time) bool {
	if slices.ContainsFunc(d.Taken, func(x ledger.Taken) bool { return x.Event == parcel }) {
		return false
	}
	for len(d.Taken) > lastTaken && now.Sub(d.Taken[0].At) > remembered {
		d.Taken = d.Taken[1:]
	}
	d.Taken = append(d.Taken, ledger.Taken{Event: parcel, At: moment(now)})
	d.Parcels++
	return true
}

// Failed notes that a parcel was lost or came back, once for good.
func (d *CarrierDay) Failed(parcel string) bool {
	if slices.Contains(d.Bad, parcel) || len(d.Bad) >= maxBad {
		return false
	}
	d.Bad = append(d.Bad, parcel)
	return true
}

// InCarrier finds that too many of a company's parcels were lost or came back.
func (b Book) InCarrier(company, region string, days []*CarrierDay, today model.Date) (Firing, bool) {
	var bad, all int64
	for _, d := range days {
		bad, all = bad+int64(len(d.Bad)), all+d.Parcels
	}
	r := b[ParcelTrouble]
	if !r.off(bad, all) {
		return Firing{}, false
	}
	f := b.find(ParcelTrouble, OfCarrier, company, string(today[:7]), string(today), today.Start(), map[string]string{
		"carrier": company, "from": model.NoticeDate(r.Begins(today)), "to": model.NoticeDate(today),
	})
	f.Region, f.Figures.Numerator, f.Figures.Denominator = region, bad, all
	return f, true
}

// Unit remembers the last matters that each rule over an organisation was touched by: those behind its figures. Its id is the organisation's.
type Unit struct {
	model.Head `json:",inline"`
	Recent     map[string][]Mark `json:"recent"` // each with the day on which it was handed in
}

// NewUnit is a unit without examples.
func NewUnit(org string) *Unit {
	return &Unit{Head: model.Head{ID: org}, Recent: map[string][]Mark{}}
}

// Touch remembers a matter; false when it is remembered.
func (u *Unit) Touch(ids []string, no string, day model.Date) (changed bool) {
	if u.Recent == nil {
		u.Recent = map[string][]Mark{}
	}
	for _, id := range ids {
		if list := u.Recent[id]; !slices.ContainsFunc(list, func(x Mark) bool { return x.Ref == no }) {
			list = append(slices.Clone(list), Mark{Ref: no, At: moment(day.Start())})
			u.Recent[id], changed = list[max(0, len(list)-maxMatters):], true
		}
	}
	return changed
}
