package signal

import (
	"fmt"
	"strconv"
	"time"

	"kuacheng/model"
	"kuacheng/model/ledger"
)

// Rates are what a unit's rules are measured by, added up over the matters that it was handed within a window.
type Rates struct {
	Matters, Overdue, Refused, Asked, Rated, Stars int64
}

// Add adds a cell of the ledger.
func (r *Rates) Add(c ledger.Cell, s ledger.Sums) {
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
func InRates(org, region string, r Rates, today model.Date, recent map[string][]string) (out []Firing) {
	for _, x := range Rules {
		quotient := quotients[x.ID]
		if quotient == nil {
			continue
		}
		part, whole := quotient(r)
		if !x.off(part, whole) {
			continue
		}
		f := find(x.ID, OfOrg, org, string(today[:7]), string(today), today.Start(), map[string]string{
			"org": org, "from": model.NoticeDate(x.Begins(today)), "to": model.NoticeDate(today),
		})
		f.Org, f.Region, f.Examples = org, region, recent[x.ID]
		f.Figures.Numerator, f.Figures.Denominator = part, whole
		out = append(out, f)
	}
	return out
}

// Begins is the first day of a rule's window that ends on a day.
func (r Rule) Begins(today model.Date) model.Date { return today.Add(1 - r.Window) }

// Window is the longest that a unit's sums are looked at.
const Window = 30

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
		CorrectionRate: to.Asked > from.Asked,
		ReviewGap:      to.Stars > 0 && to.Stars != from.Stars,
	} {
		if grew {
			ids = append(ids, id)
		}
	}
	return ids
}

// InDays finds that a decision took many times what its item usually takes. usual are the sums of the item's matters.
func InDays(m *model.Matter, usual ledger.Sums) (Firing, bool) {
	r, mean := rule(TooSlow), usual.MeanDays()
	if m.Counted == nil || m.Decision == nil || mean == nil || usual.Kept+usual.Broken < int64(r.Minimum) {
		return Firing{}, false
	}
	if days := float64(m.Counted.Days); days <= *mean*r.Threshold || days < leastSlow {
		return Firing{}, false
	}
	f := find(TooSlow, OfMatter, m.ID, "", "decided", m.Decision.At, map[string]string{
		"org": m.HOrg, "item": m.Item.Name, "decided": strconv.FormatInt(usual.Kept+usual.Broken, 10), "mean": fmt.Sprintf("%.1f", *mean),
	})
	f.Org, f.Region, f.Figures.Numerator = m.HOrg, m.To, m.Counted.Days
	return f, true
}

// leastSlow are the working days under which nothing is slow, however fast others are.
const leastSlow = 3

// InReveals finds that a person looked at more than is usual with them; before are their counts on the other days of the window on
// which they looked at all.
func InReveals(viewer, org, region string, today model.Date, count int, before []int) (Firing, bool) {
	r := rule(RevealSpike)
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
	f := find(RevealSpike, OfPerson, viewer, string(today), strconv.Itoa(count), today.Start().Add(time.Duration(count)*time.Second), map[string]string{
		"org": org, "who": viewer, "date": model.NoticeDate(today), "mean": fmt.Sprintf("%.1f", usual),
	})
	f.Org, f.Region, f.Figures.Numerator = org, region, int64(count)
	return f, true
}

// Finding makes a finding whose facts others have gathered; Org, Region and the rest are theirs to fill in.
func Finding(id, variant string, kind SubjectKind, subject, period, occasion string, at time.Time, vars map[string]string) Firing {
	f := find(id, kind, subject, period, occasion, at, vars)
	f.Variant = variant
	return f
}
