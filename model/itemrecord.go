package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// ItemVersion is a published version. It never changes again, except that a later one takes over.
type ItemVersion struct {
	Item        Item      `json:"item"`
	ValidFrom   Date      `json:"valid_from"`
	PublishedAt time.Time `json:"published_at"`
	By          Actor     `json:"by"`
	Reason      string    `json:"reason,omitempty"`
}

// ItemRecord is an item of the catalogue with all its versions, as a document; its id is the item's code. Old
// versions stay: matters in flight go on under theirs.
type ItemRecord struct {
	Head          `json:",inline"`
	Versions      []ItemVersion `json:"versions"` // oldest first
	Draft         *Item         `json:"draft,omitempty"`
	WithdrawnFrom Date          `json:"withdrawn_from,omitempty"` // no new matters from this day on
	WithdrawnFor  string        `json:"withdrawn_for,omitempty"`
}

// At is the version with a number.
func (r *ItemRecord) At(version int) (*Item, bool) {
	for i := range r.Versions {
		if r.Versions[i].Item.Version == version {
			return &r.Versions[i].Item, true
		}
	}
	return nil, false
}

// Current is the version under which a matter is started on a date; none before the first is valid or after
// the item was withdrawn.
func (r *ItemRecord) Current(on Date) (*Item, bool) {
	if r.WithdrawnFrom != "" && r.WithdrawnFrom <= on {
		return nil, false
	}
	for i := len(r.Versions) - 1; i >= 0; i-- {
		if r.Versions[i].ValidFrom <= on {
			return &r.Versions[i].Item, true
		}
	}
	return nil, false
}

// PutDraft keeps a version in the making; nobody but the bureau sees it. Its number is the next one, whatever
// it says.
func (r *ItemRecord) PutDraft(it Item) error {
	if it.Code != r.ID {
		return fault.New("validation_failed").Field("code")
	}
	it.Version = r.last() + 1
	r.Draft = &it
	return nil
}

func (r *ItemRecord) last() int {
	if n := len(r.Versions); n > 0 {
		return r.Versions[n-1].Item.Version
	}
	return 0
}

// Publish makes the draft a version that is valid from a day on, not before the one it follows. The draft is
// checked whole and its materials are resolved now: a later change of a normalised material touches no
// published version.
func (r *ItemRecord) Publish(refs References, from Date, by Actor, reason string, now time.Time) error {
	if r.Draft == nil {
		return fault.New("not_found").Say("没有待发布的草稿")
	}
	if n := len(r.Versions); from < DateOf(now) || n > 0 && from < r.Versions[n-1].ValidFrom {
		return fault.New("validation_failed").Say("生效日期不能早于今天或上一版本").Field("valid_from")
	}
	it := *r.Draft
	it.Situations = slices.Clone(it.Situations)
	for i := range it.Situations {
		it.Situations[i].Materials = slices.Clone(it.Situations[i].Materials)
	}
	if err := it.Resolve(refs); err != nil {
		return fault.New("validation_failed").With("problem", err.Error()).Because(err)
	}
	r.Versions = append(r.Versions, ItemVersion{Item: it, ValidFrom: from, PublishedAt: moment(now), By: by, Reason: reason})
	r.Draft, r.WithdrawnFrom, r.WithdrawnFor = nil, "", ""
	return nil
}

// Withdraw stops new matters from a day on; those in flight go on.
func (r *ItemRecord) Withdraw(from Date, reason string) error {
	if len(r.Versions) == 0 {
		return fault.New("not_found")
	}
	if reason == "" {
		return fault.New("reason_required").Field("reason")
	}
	r.WithdrawnFrom, r.WithdrawnFor = from, reason
	return nil
}
