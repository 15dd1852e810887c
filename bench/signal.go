package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/ledger"
	"kuacheng/biz/matter"
	"kuacheng/biz/peer"
	"kuacheng/biz/signal"
	"kuacheng/biz/store"
	"kuacheng/model"
	rules "kuacheng/model/signal"
)

// marked are the matters, each as if papers had been asked for twice: a signal every one.
type marked struct{ *matter.Service }

func (x marked) Peek(ctx context.Context, no string) (*model.Matter, error) {
	m, err := x.Service.Peek(ctx, no)
	if err != nil {
		return nil, err
	}
	twice := *m
	twice.Counts.Corrections = 2
	return &twice, nil
}

// unheard stands in for whom signals tell, and for other cities.
type unheard struct{}

func (unheard) Give(context.Context, model.NoticeDraft) (bool, error) { return true, nil }

func (unheard) Talks(context.Context) ([]peer.Talk, error) { return nil, nil }

// everyWhich is how many matters there are for each that has a signal.
const everyWhich = 100

// watches measures the signals of n matters: what one change costs, a page of them, and a morning.
func watches(ctx context.Context, db *store.DB, matters *matter.Service, books *ledger.Service, n int, out *asksOf) error {
	s, err := signal.New(ctx, signal.Config{
		DB: db, Clock: clock.Real{}, Catalogue: matters.Catalogue, Matters: marked{matters}, Ledger: books, Peers: unheard{}, Notices: unheard{},
		Bureau: func(region string) string { return region + "-ZS" },
	})
	if err != nil {
		return err
	}
	next := 0
	change := func() error {
		no := fmt.Sprintf("KC441500%012d", next*5)
		next += everyWhich / 5
		m, err := matters.Peek(ctx, no)
		if err != nil {
			return err
		}
		to := *m.Counted
		to.Asked = 1
		return s.Counted(ctx, no, moved(m.Counted, &to))
	}
	for range n/everyWhich/5 - asked {
		if err := change(); err != nil {
			return err
		}
	}
	if out.change, err = middle(change); err != nil {
		return err
	}
	boss := model.Actor{Role: model.RoleSupervisor, Region: "441500"}
	out.signals, err = middle(func() error {
		found, err := s.List(ctx, boss, signal.Filter{Limit: page})
		if err == nil && len(found.Items) < page {
			err = fmt.Errorf("%d signals of %d matters are no page", len(found.Items), n)
		}
		return err
	})
	if err != nil {
		return err
	}
	today := map[string]string{"date": string(model.DateOf(time.Now()))}
	out.morning, err = middle(func() error {
		return s.Morning(ctx, rules.MorningID, model.Event{ID: "m", Kind: rules.KindMorning, At: time.Now(), Ref: today})
	})
	return err
}

// moved is the event of a change in what is counted.
func moved(from, to *model.Counted) model.Event {
	ref := map[string]string{}
	for name, x := range map[string]*model.Counted{"from": from, "to": to} {
		text, _ := json.Marshal(x) // strings and numbers
		ref[name] = string(text)
	}
	return model.Event{ID: "e", Kind: model.KindMatterCounted, At: time.Now(), Ref: ref}
}
