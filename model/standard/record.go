// Package standard is the care of the catalogue (事项动态管理): drafts of an item's standard, their check, what they change, and from
// which day a version holds. The item itself is model's.
package standard

import (
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Turn is what an item is from a day on, until its next turn.
type Turn struct {
	From     model.Date  `json:"from"` // "" has always been so
	Item     *model.Item `json:"item,omitempty"`
	At       time.Time   `json:"at"` // when it was decided
	By       model.Actor `json:"by"`
	Reason   string      `json:"reason,omitempty"`
	Proposal string      `json:"proposal,omitempty"` // to which both sides agreed
	Basis    string      `json:"basis,omitempty"`    // or the paper in which they did
}

// Withdrawn reports a turn from which on no new matter is started. Those in flight go on.
func (t Turn) Withdrawn() bool { return t.Item == nil }

// Draft is a version in the making; nobody but the bureau sees it.
type Draft struct {
	Item model.Item  `json:"item"`
	By   model.Actor `json:"by"`
	At   time.Time   `json:"at"`
}

// Record is an item with all its versions, as a document; its id is the item's code. Old versions stay: matters in flight go on under
// theirs. Turns are in the order in which they begin.
type Record struct {
	model.Head `json:",inline"`
	Turns      []Turn `json:"turns"`
	Draft      *Draft `json:"draft,omitempty"`
}

// NewRecord is the record of an item that the program was built with, or, with nil, of one that is not published yet.
func NewRecord(code string, built *model.Item) *Record {
	r := &Record{Head: model.Head{ID: code}}
	if built != nil {
		r.Turns = []Turn{{Item: built, By: model.System}}
	}
	return r
}

// On is the turn in force on a date; false before the first.
func (r *Record) On(d model.Date) (Turn, bool) {
	for i := len(r.Turns) - 1; i >= 0; i-- {
		if r.Turns[i].From <= d {
			return r.Turns[i], true
		}
	}
	return Turn{}, false
}

// Current is the version under which a matter is started on a date; none before the first or while the item is withdrawn.
func (r *Record) Current(d model.Date) (*model.Item, bool) {
	t, ok := r.On(d)
	return t.Item, ok && !t.Withdrawn()
}

// Latest is the version in force on a date, or the last one before the item was withdrawn; for matters in flight.
func (r *Record) Latest(d model.Date) (*model.Item, bool) {
	for i := len(r.Turns) - 1; i >= 0; i-- {
		if t := r.Turns[i]; t.From <= d && !t.Withdrawn() {
			return t.Item, true
		}
	}
	return nil, false
}

// Next is the first day after d on which something changes; "" when nothing is to come.
func (r *Record) Next(d model.Date) model.Date {
	for _, t := range r.Turns {
		if t.From > d {
			return t.From
		}
	}
	return ""
}

// last is the newest version, in force or to come.
func (r *Record) last() *model.Item {
	for i := len(r.Turns) - 1; i >= 0; i-- {
		if !r.Turns[i].Withdrawn() {
			return r.Turns[i].Item
		}
	}
	return nil
}

// Base is what a draft is compared with: the newest version; nil for an item that has none.
func (r *Record) Base() *model.Item { return r.last() }

// PutDraft keeps a version in the making; one that was there is replaced. Its number is the next one, whatever it says.
func (r *Record) PutDraft(it model.Item, by model.Actor, now time.Time) error {
	if it.Code != r.ID {
		return fault.New("validation_failed").Field("code").Say("事项编码与地址中的不一致")
	}
	it.Version = 1
	if last := r.last(); last != nil {
		it.Version = last.Version + 1
	}
	r.Draft = &Draft{Item: it, By: by, At: moment(now)}
	return nil
}

// DropDraft gives a draft up.
func (r *Record) DropDraft() error {
	if r.Draft == nil {
		return fault.New("not_found").Say("没有草稿")
	}
	r.Draft = nil
	return nil
}

// Release is how a draft is published.
type Release struct {
	From            model.Date
	Reason          string
	Proposal, Basis string
}

// Publish makes the draft a version that holds from a day on. It is checked whole, and its materials are resolved now: a later change
// of a normalised material touches no published version. Whatever asks more of people, or touches what the other city has agreed to,
// needs a proposal that both sides agreed to, or the paper in which they did: 409 consent_required.
func (r *Record) Publish(refs model.References, places Places, to Release, by model.Actor, now time.Time) error {
	if r.Draft == nil {
		return fault.New("not_found").Say("没有待发布的草稿")
	}
	if err := r.mayTurn(to.From, to.Reason, now); err != nil {
		return err
	}
	if faults := Check(r.Draft.Item, refs, places); len(faults) > 0 {
		return fault.New("validation_failed").Say("草稿未通过检查，请先修改").With("faults", faults)
	}
	if base := r.Base(); !Minor(base, &r.Draft.Item, refs) && to.Proposal == "" && to.Basis == "" {
		return fault.New("consent_required")
	}
	it := cloned(r.Draft.Item)
	if err := it.Resolve(refs); err != nil {
		return fault.New("validation_failed").With("problem", err.Error()).Because(err)
	}
	r.turn(Turn{From: to.From, Item: &it, Reason: to.Reason, Proposal: to.Proposal, Basis: to.Basis}, by, now)
	r.Draft = nil
	return nil
}

// Withdraw stops new matters from a day on; those in flight go on.
func (r *Record) Withdraw(from model.Date, reason string, by model.Actor, now time.Time) error {
	if n := len(r.Turns); n == 0 || r.Turns[n-1].Withdrawn() {
		return fault.New("transition_not_allowed").Say("该事项没有在用的版本，无需下架")
	}
	if err := r.mayTurn(from, reason, now); err != nil {
		return err
	}
	r.turn(Turn{From: from, Reason: reason}, by, now)
	return nil
}

// Recall takes back the last turn while its day has not come: a version becomes the draft again, unless there is another.
func (r *Record) Recall(now time.Time) error {
	n := len(r.Turns)
	if n == 0 || r.Turns[n-1].From <= model.DateOf(now) {
		return fault.New("transition_not_allowed").Say("没有尚未生效的版本可撤回；已生效的请发布新版本")
	}
	last := r.Turns[n-1]
	if r.Draft != nil {
		r.Draft.Item.Version--
	} else if !last.Withdrawn() {
		r.Draft = &Draft{Item: *last.Item, By: last.By, At: last.At}
	}
	r.Turns = slices.Clone(r.Turns[:n-1])
	r.Emit(model.KindCatalogueChanged, moment(now), nil)
	return nil
}

func (r *Record) mayTurn(from model.Date, reason string, now time.Time) error {
	if reason == "" {
		return fault.New("reason_required").Field("reason")
	}
	if n := len(r.Turns); from < model.DateOf(now) || n > 0 && from < r.Turns[n-1].From {
		return fault.New("validation_failed").Say("生效日期不能早于今天，也不能早于已排定的上一次变更").Field("valid_from")
	}
	return nil
}

func (r *Record) turn(t Turn, by model.Actor, now time.Time) {
	t.At, t.By = moment(now), by
	r.Turns = append(slices.Clone(r.Turns), t)
	r.Emit(model.KindCatalogueChanged, t.At, nil)
}

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// cloned is an item whose lists are its own as deep as Resolve writes.
func cloned(it model.Item) model.Item {
	it.Situations = slices.Clone(it.Situations)
	for i := range it.Situations {
		it.Situations[i].Materials = slices.Clone(it.Situations[i].Materials)
	}
	return it
}

// SetRegion adds a region to those that handle the item, or takes it off, as a version of its own: all else stays, so that every county
// works by the city's standard (一事项一标准). A draft in the making stays too.
func (r *Record) SetRegion(refs model.References, places Places, region string, offered bool, from model.Date, reason string, by model.Actor, now time.Time) error {
	base, ok := r.Current(from)
	if !ok || base != r.last() {
		return fault.New("transition_not_allowed").Say("该事项届时不在用，或已有排定的新版本")
	}
	if err := r.mayTurn(from, reason, now); err != nil {
		return err
	}
	it := cloned(*base)
	switch at := slices.Index(it.HandlingRegions, region); {
	case (at >= 0) == offered:
		return fault.New("transition_not_allowed").Say("该地区已是如此")
	case offered:
		it.HandlingRegions = append(slices.Clone(it.HandlingRegions), region)
		slices.Sort(it.HandlingRegions)
	default:
		it.HandlingRegions = slices.Delete(slices.Clone(it.HandlingRegions), at, at+1)
	}
	it.Version++
	if faults := Check(it, refs, places); len(faults) > 0 {
		return fault.New("validation_failed").Say("该地区不能承接这个事项").With("faults", faults)
	}
	if err := it.Resolve(refs); err != nil {
		return fault.New("validation_failed").With("problem", err.Error()).Because(err)
	}
	r.turn(Turn{From: from, Item: &it, Reason: reason, Basis: "县区承接市级标准"}, by, now)
	if r.Draft != nil {
		r.Draft.Item.Version = it.Version + 1
	}
	return nil
}
