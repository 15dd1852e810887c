package dossier

import (
	"context"
	"slices"

	"github.com/maypok86/otter/v2"

	"kuacheng/handler/door"
	"kuacheng/model"
)

const (
	memoBytes = 16 << 20
	// pinned counts an answer several times over, for the documents that it keeps in memory.
	pinned = 4
)

// Memo remembers answers to applicants in the form in which they were sent. An answer stands while the documents
// that it was made of are the very ones that the store gives, on the same civil date: nothing else is in it. It is
// of use only with a store that gives the same document twice, one that nobody else writes.
type Memo struct {
	answers *otter.Cache[memoKey, *answer]
}

// memoKey is who asked, in what role, for what.
type memoKey struct {
	role     model.Role
	id, name string
}

type answer struct {
	docs []any // pointers to the documents
	next string
	on   model.Date
	body []byte
}

// NewMemo makes an empty one.
func NewMemo() *Memo {
	return &Memo{answers: otter.Must(&otter.Options[memoKey, *answer]{
		MaximumWeight: memoBytes,
		Weigher:       func(k memoKey, a *answer) uint32 { return uint32(256 + len(k.id) + len(k.name) + pinned*len(a.body)) },
	})}
}

// render gives the remembered answer, or makes it.
func (d *Desk) render(who model.Actor, name string, docs []any, next string, show func() (any, error)) ([]byte, error) {
	on := model.DateOf(d.Show.Now())
	key := memoKey{who.Role, who.ID, name}
	remembers := d.Memo != nil && who.Org == "" // what staff see holds people
	if remembers {
		if a, ok := d.Memo.answers.GetIfPresent(key); ok && a.on == on && a.next == next && slices.Equal(a.docs, docs) {
			return a.body, nil
		}
	}
	v, err := show()
	if err != nil {
		return nil, err
	}
	body, err := door.Render(v)
	if err == nil && remembers {
		d.Memo.answers.Set(key, &answer{docs, next, on, body})
	}
	return body, err
}

// MatterAnswer is Matter as it is sent.
func (d *Desk) MatterAnswer(ctx context.Context, m *model.Matter, who model.Actor) ([]byte, error) {
	about, err := d.about(ctx, m, who)
	if err != nil {
		return nil, err
	}
	docs := []any{m, about.Booking, about.Review}
	for _, p := range about.Parcels {
		docs = append(docs, p)
	}
	return d.render(who, m.ID, docs, "", func() (any, error) { return d.Show.Matter(m, who, about), nil })
}

// PageAnswer is Lines as it is sent.
func (d *Desk) PageAnswer(ctx context.Context, matters []*model.Matter, next string, who model.Actor) ([]byte, error) {
	docs, name := make([]any, 0, len(matters)), "page"
	for _, m := range matters {
		docs = append(docs, m)
	}
	if len(matters) > 0 {
		name += matters[0].ID // pages that begin alike take turns in one place; docs and next tell them apart
	}
	return d.render(who, name, docs, next, func() (any, error) { return d.Lines(ctx, matters, next, who) })
}
