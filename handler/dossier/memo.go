package dossier

import (
	"context"
	"time"

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
	on   int64 // the civil day
	body []byte
}

// of reports whether an answer was made of these documents.
func (a *answer) of(docs int, doc func(i int) any) bool {
	if len(a.docs) != docs {
		return false
	}
	for i, d := range a.docs {
		if d != doc(i) {
			return false
		}
	}
	return true
}

// NewMemo makes an empty one.
func NewMemo() *Memo {
	return &Memo{answers: otter.Must(&otter.Options[memoKey, *answer]{
		MaximumWeight: memoBytes,
		Weigher:       func(k memoKey, a *answer) uint32 { return uint32(256 + len(k.id) + len(k.name) + pinned*len(a.body)) },
	})}
}

// source is what an answer is made of.
type source struct {
	name string
	docs int
	doc  func(i int) any
	next string // of a page
	show func() (any, error)
}

// render gives the remembered answer, or makes it.
func (d *Desk) render(who model.Actor, s source) ([]byte, error) {
	if d.Memo == nil || who.Org != "" { // what staff see holds people
		v, err := s.show()
		if err != nil {
			return nil, err
		}
		return door.Render(v)
	}
	on := civilDay(d.Show.Now())
	key := memoKey{who.Role, who.ID, s.name}
	if a, ok := d.Memo.answers.GetIfPresent(key); ok && a.on == on && a.next == s.next && a.of(s.docs, s.doc) {
		return a.body, nil
	}
	v, err := s.show()
	if err != nil {
		return nil, err
	}
	a := &answer{docs: make([]any, s.docs), next: s.next, on: on}
	for i := range a.docs {
		a.docs[i] = s.doc(i)
	}
	if a.body, err = door.Render(v); err == nil {
		d.Memo.answers.Set(key, a)
	}
	return a.body, err
}

// civilDay counts the days of +08:00.
func civilDay(t time.Time) int64 { return (t.Unix() + 8*60*60) / (24 * 60 * 60) }

// MatterAnswer is Matter as it is sent.
func (d *Desk) MatterAnswer(ctx context.Context, m *model.Matter, who model.Actor) ([]byte, error) {
	about, err := d.about(ctx, m, who)
	if err != nil {
		return nil, err
	}
	return d.render(who, source{
		name: m.ID, docs: 3 + len(about.Parcels),
		doc: func(i int) any {
			switch i {
			case 0:
				return m
			case 1:
				return about.Booking
			case 2:
				return about.Review
			}
			return about.Parcels[i-3]
		},
		show: func() (any, error) { return d.Show.Matter(m, who, about), nil },
	})
}

// PageAnswer is Lines as it is sent.
func (d *Desk) PageAnswer(ctx context.Context, matters []*model.Matter, next string, who model.Actor) ([]byte, error) {
	name := "page"
	if len(matters) > 0 {
		name = matters[0].ID + " page" // pages that begin alike take turns in one place; docs and next tell them apart
	}
	return d.render(who, source{
		name: name, docs: len(matters), doc: func(i int) any { return matters[i] }, next: next,
		show: func() (any, error) { return d.Lines(ctx, matters, next, who) },
	})
}
