package signal

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"kuacheng/model"
	"kuacheng/model/ledger"
)

// Rates are what a unit's rules are measured by, added up over the matters that it was handed.
type Rates struct {
	Matters, Overdue, Refused, Asked, Rated, Stars int64
}

// ByDay are the rates of one unit by the day on which the matters were handed in.
type ByDay map[model.Date]Rates

// Add adds a cell of the ledger.
func (d ByDay) Add(day model.Date, c ledger.Cell, s ledger.Sums) {
	r := d[day]
	r.Matters += s.Matters
	r.Asked += s.Asked
	r.Rated += s.Rated
	r.Stars += s.Stars
	if c.Light == model.LightOverdue {
		r.Overdue += s.Matters
	} else {
		r.Overdue += s.Broken
	}
	if c.State == model.MatterRefused {
		r.Refused += s.Matters
	}
	d[day] = r
}

// Since adds up what was handed in from a day on.
func (d ByDay) Since(first model.Date) (out Rates) {
	for day, r := range d {
		if day < first {
			continue
		}
		out.Matters += r.Matters
		out.Overdue += r.Overdue
		out.Refused += r.Refused
		out.Asked += r.Asked
		out.Rated += r.Rated
		out.Stars += r.Stars
	}
	return out
}

// quotients are what each rule over a unit divides.
var quotients = map[string]func(Rates) (part, whole int64){
	OverdueRate:    func(r Rates) (int64, int64) { return r.Overdue, r.Matters },
	RefusalRate:    func(r Rates) (int64, int64) { return r.Refused, r.Matters },
	CorrectionRate: func(r Rates) (int64, int64) { return r.Asked, r.Matters },
	ReviewGap:      func(r Rates) (int64, int64) { return r.Stars, r.Rated },
}

// off reports whether a quotient is beyond a rule's threshold: above it, or below it for stars.
func (r Rule) off(part, whole int64) bool {
	switch {
	case whole == 0 || whole < int64(r.Minimum):
		return false
	case r.Unit == Percent:
		return float64(part)*100 > r.Threshold*float64(whole)
	}
	return float64(part) < r.Threshold*float64(whole)
}

// InRates finds what a unit's sums show on a day: one signal for each rule and month, found again on each day on which it stands.
// recent are the matters behind each rule, peers what other units of its line come to.
func (b Book) InRates(org, region string, d ByDay, peers Peers, now time.Time, recent map[string][]Mark) (out []Firing) {
	today := model.DateOf(now)
	add := func(r Rule, part, whole int64, more map[string]string) *Firing {
		first := r.Begins(today)
		f := b.find(r.ID, OfOrg, org, string(today[:7]), string(today), now, map[string]string{
			"org": org, "from": model.NoticeDate(first), "to": model.NoticeDate(today),
		})
		for name, value := range more {
			f.Vars[name] = value
		}
		f.Org, f.Region = org, region
		f.Figures.Numerator, f.Figures.Denominator = part, whole
		for _, m := range recent[r.ID] {
			if model.DateOf(m.At) >= first {
				f.Examples = append(f.Examples, m.Ref)
			}
		}
		out = append(out, f)
		return &out[len(out)-1]
	}
	for _, x := range Rules {
		r, quotient := b[x.ID], quotients[x.ID]
		if quotient == nil {
			continue
		}
		if part, whole := quotient(d.Since(r.Begins(today))); r.off(part, whole) {
			add(r, part, whole, nil)
		}
	}
	r := b[RefusalPeers]
	own := d.Since(r.Begins(today))
	if own.Refused < leastRefused || own.Matters < int64(r.Minimum) || peers.Matters < int64(r.Minimum) ||
		float64(own.Refused)*float64(peers.Matters) <= r.Threshold*float64(peers.Refused)*float64(own.Matters) {
		return out
	}
	f := add(r, own.Refused, own.Matters, map[string]string{
		"share": percent(own.Refused, own.Matters), "units": strconv.Itoa(peers.Units), "peers": strconv.FormatInt(peers.Matters, 10),
		"peers_refused": strconv.FormatInt(peers.Refused, 10), "peers_share": percent(peers.Refused, peers.Matters),
	})
	if peers.Refused == 0 {
		f.Variant = "none"
	}
	return out
}

func percent(part, whole int64) string {
	return Figures{Numerator: part, Denominator: whole, Unit: Percent}.rate()
}

// leastRefused are the refusals under which a unit is not compared with others.
const leastRefused = 3

// Begins is the first day of a rule's window that ends on a day.
func (r Rule) Begins(today model.Date) model.Date { return today.Add(1 - r.Window) }

// Reach is the longest window of the rules over a unit.
func (b Book) Reach() int {
	reach := b[RefusalPeers].Window
	for id := range quotients {
		reach = max(reach, b[id].Window)
	}
	return reach
}

// Peers are what the other units of a line come to together.
type Peers struct {
	Units            int
	Matters, Refused int64
}

// Line remembers what every unit of one line (条线) came to on a morning, so that one can be compared with the others at the cost of
// reading one document. Its id is the department's.
type Line struct {
	model.Head `json:",inline"`
	Units      map[string]Refusals `json:"units"`
}

// Refusals are those of one unit within the window.
type Refusals struct {
	Matters int64 `json:"n"`
	Refused int64 `json:"refused,omitempty"`
}

// NewLine is a line that nothing is known of.
func NewLine(dept string) *Line {
	return &Line{Head: model.Head{ID: dept}, Units: map[string]Refusals{}}
}

// Beside adds up the units of a line but one.
func (l *Line) Beside(org string) (p Peers) {
	for id, u := range l.Units {
		if id == org || u.Matters == 0 {
			continue
		}
		p.Units++
		p.Matters += u.Matters
		p.Refused += u.Refused
	}
	return p
}

// Touches lists the rules over a unit that a change of what the ledger counts of a matter may bring about.
func Touches(from, to *model.Counted) (ids []string) {
	if to == nil {
		return nil
	}
	if from == nil {
		from = &model.Counted{}
	}
	for id, grew := range map[string]bool{
		OverdueRate:    to.Light == model.LightOverdue && from.Light != model.LightOverdue || to.Broken > from.Broken,
		RefusalRate:    to.State == model.MatterRefused && from.State != model.MatterRefused,
		RefusalPeers:   to.State == model.MatterRefused && from.State != model.MatterRefused,
		CorrectionRate: to.Asked > from.Asked,
		ReviewGap:      to.Stars > 0 && to.Stars != from.Stars,
	} {
		if grew {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// InDays finds that a decision took many times what its item usually takes. usual are the sums of the item's matters.
func (b Book) InDays(m *model.Matter, usual ledger.Sums) (Firing, bool) {
	r, mean := b[TooSlow], usual.MeanDays()
	if m.Counted == nil || m.Decision == nil || mean == nil || usual.Kept+usual.Broken < int64(r.Minimum) {
		return Firing{}, false
	}
	if days := float64(m.Counted.Days); days <= *mean*r.Threshold || days < leastSlow {
		return Firing{}, false
	}
	f := b.find(TooSlow, OfMatter, m.ID, "", "decided", m.Decision.At, map[string]string{
		"org": m.HOrg, "item": m.Item.Name, "decided": strconv.FormatInt(usual.Kept+usual.Broken, 10), "mean": fmt.Sprintf("%.1f", *mean),
	})
	f.Org, f.Region, f.Figures.Numerator = m.HOrg, m.To, m.Counted.Days
	return f, true
}

// leastSlow are the working days under which nothing is slow, however fast others are.
const leastSlow = 3

// InReveals finds that a person looked at more than is usual with them; before are their counts on the other days of the window on
// which they looked at all.
func (b Book) InReveals(viewer, org, region string, today model.Date, count int, before []int) (Firing, bool) {
	r := b[RevealSpike]
	usual := float64(r.Minimum) / r.Threshold // who hardly looks may look as often as the minimum
	if len(before) > 0 {
		sum := 0
		for _, n := range before {
			sum += n
		}
		usual = max(usual, float64(sum)/float64(len(before)))
	}
	if float64(count) <= usual*r.Threshold {
		return Firing{}, false
	}
	f := b.find(RevealSpike, OfPerson, viewer, string(today), strconv.Itoa(count), today.Start().Add(time.Duration(count)*time.Second), map[string]string{
		"org": org, "who": viewer, "date": model.NoticeDate(today), "mean": fmt.Sprintf("%.1f", usual),
	})
	f.Org, f.Region, f.Figures.Numerator = org, region, int64(count)
	return f, true
}

// Finding makes a finding whose facts others have gathered; Org, Region and the rest are theirs to fill in.
func (b Book) Finding(id, variant string, kind SubjectKind, subject, period, occasion string, at time.Time, vars map[string]string) Firing {
	f := b.find(id, kind, subject, period, occasion, at, vars)
	f.Variant = variant
	return f
}
