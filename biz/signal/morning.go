package signal

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/signal"
)

// WakeMorning begins a working day.
func (s *Service) WakeMorning(ctx context.Context, id string) error {
	_, err := s.mornings.Update(ctx, id, func(m *signal.Morning) error {
		if !m.Begin(s.Clock.Now(), s.Catalogue.Calendar) {
			return store.ErrUnchanged
		}
		return nil
	})
	return err
}

// Morning tells every organisation what it owes, and measures what changes though nothing happens: the outbox.Handler of
// signal.KindMorning. Cut off and begun again, it tells nobody twice.
func (s *Service) Morning(ctx context.Context, _ string, e model.Event) error {
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	day := model.Date(e.Ref["date"])
	for _, o := range s.Catalogue.Orgs().All() {
		if err := s.digest(ctx, o, day, e.At); err != nil {
			return err
		}
	}
	if err := s.measureAll(ctx, book); err != nil {
		return err
	}
	return s.peers(ctx, book)
}

// digest tells an organisation how many matters wait for it under which light; one that owes nothing is left in peace.
func (s *Service) digest(ctx context.Context, o model.Organisation, day model.Date, at time.Time) error {
	counts, first, err := s.Matters.Owed(ctx, o.ID)
	if err != nil || first == nil {
		return err
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: "digest:" + o.ID + ":" + string(day), Recipient: o.ID, To: model.ToStaff, Key: "staff_digest",
		Ref: model.NoticeRef{Kind: "matter", ID: first.ID}, At: at,
		Vars: s.about(first, map[string]string{
			"yellow": strconv.FormatInt(counts[string(model.LightYellow)], 10), "red": strconv.FormatInt(counts[string(model.LightRed)], 10),
			"overdue": strconv.FormatInt(counts[string(model.LightOverdue)], 10),
		}),
	})
	if err != nil {
		return fmt.Errorf("signal: telling %s what it owes: %w", o.ID, err)
	}
	return nil
}

// about is what a notice says of a matter.
func (s *Service) about(m *model.Matter, v map[string]string) map[string]string {
	v["matter_no"], v["item"] = m.ID, cmp.Or(m.Item.Short, m.Item.Name)
	if due, ok := m.DueAt(s.Catalogue.Calendar); ok {
		v["due"] = model.NoticeDate(model.DateOf(due))
	}
	return v
}

// Lit tells those above an organisation of a light that has turned red or overdue, once for each matter and light: an
// outbox.Handler of model.KindMatterLight, after the organisation itself has been told.
func (s *Service) Lit(ctx context.Context, no string, e model.Event) error {
	light := model.Light(e.Ref["light"])
	if light != model.LightRed && light != model.LightOverdue {
		return nil
	}
	m, err := s.Matters.Peek(ctx, no)
	if err != nil || m.OwedBy == "" {
		return ignored(err)
	}
	to := []string{s.above(m.OwedBy, m.To)}
	if to[0] == "" || to[0] == m.OwedBy { // of another city's own: the handling region's hears of it
		to[0] = s.Bureau(m.To)
	}
	if watch := s.Bureau(m.To); light == model.LightOverdue && watch != to[0] {
		to = append(to, watch)
	}
	for _, org := range to {
		if org == "" || org == m.OwedBy {
			continue
		}
		_, err := s.Notices.Give(ctx, model.NoticeDraft{
			Event: "escalate:" + no + ":" + string(light), Recipient: org, To: model.ToStaff, Key: "staff_escalated",
			Ref: model.NoticeRef{Kind: "matter", ID: no}, At: e.At,
			Vars: s.about(m, map[string]string{"org": s.orgName(m.OwedBy), "what": map[model.Light]string{model.LightRed: "亮红灯", model.LightOverdue: "超期"}[light]}),
		})
		if err != nil {
			return fmt.Errorf("signal: telling %s of %s: %w", org, no, err)
		}
	}
	return nil
}

// above is the organisation over another one: its parent, or whoever supervises its region.
func (s *Service) above(id, region string) string {
	o, ok := s.Catalogue.Orgs().Get(id)
	switch {
	case ok && o.Parent != "":
		return o.Parent
	case ok:
		region = o.Region
	}
	return s.Bureau(region)
}

// peers looks for cities whose systems have been silent for too long.
func (s *Service) peers(ctx context.Context, book signal.Book) error {
	talks, err := s.Peers.Talks(ctx)
	if err != nil {
		return err
	}
	for _, t := range talks {
		if !t.Linked {
			continue
		}
		f, ok := book.InTalk(t.Region, latest(t.HeardAt, t.AnsweredAt), s.Clock.Now(), s.Catalogue.Calendar)
		if !ok {
			continue
		}
		f.Vars["peer"], f.Region = s.Catalogue.Regions.Name(t.Region), s.Catalogue.Rollout().Home()
		if err := s.fire(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func latest(times ...*time.Time) (last time.Time) {
	for _, t := range times {
		if t != nil && t.After(last) {
			last = *t
		}
	}
	return last
}
