package peer

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// wakeCity makes the day's comparison due, and sets the next one.
func (s *Service) wakeCity(ctx context.Context, region string) error {
	now := s.now()
	_, err := s.talks.Update(ctx, region, func(t *model.PeerCity) error {
		t.Schedule(now)
		t.Emit(model.KindPeerCompare, now, nil)
		return nil
	})
	if missing(err) {
		return nil
	}
	return err
}

// Compare asks for a comparison now.
func (s *Service) Compare(ctx context.Context, region string) error {
	c, ok := s.cities[region]
	if !ok || !c.linked() {
		return fault.New("peer_unknown")
	}
	_, err := s.talks.Update(ctx, region, func(t *model.PeerCity) error {
		t.Emit(model.KindPeerCompare, s.now(), nil)
		return nil
	})
	return err
}

// compare tells the peer how every matter in flight stands here, page by page, hears where it stands otherwise
// there, and repairs what the record decides. The peer does the same with its own half.
func (s *Service) compare(ctx context.Context, region string) error {
	c, ok := s.cities[region]
	if !ok || !c.linked() {
		return nil
	}
	report := model.PeerReport{At: s.now()}
	manifest := model.Manifest{}
	for {
		next, err := s.page(ctx, c, &manifest)
		if err != nil {
			return err
		}
		if err := s.comparePage(ctx, c, manifest, &report); err != nil {
			if _, down := err.(*lineError); down {
				return outbox.Later(err, max(time.Minute, s.line(region).wait(time.Now())))
			}
			return err
		}
		if next == "" {
			break
		}
		manifest = model.Manifest{After: manifest.Until}
	}
	_, err := s.talks.Update(ctx, region, func(t *model.PeerCity) error {
		t.Report = &report
		return nil
	})
	s.Log.InfoContext(ctx, "compared with a peer", "peer", region, "compared", report.Compared, "equal", report.Equal,
		"repaired", report.Repaired, "open", report.Open)
	return err
}

// page fills a manifest with what comes after its beginning; next is empty at the end.
func (s *Service) page(ctx context.Context, c *City, m *model.Manifest) (next string, err error) {
	m.Items = []model.ManifestItem{}
	err = s.live(ctx, c, func(l *model.PeerLedger) (bool, error) {
		if l.ID <= m.After {
			return true, nil
		}
		if len(m.Items) == model.MaxManifest {
			m.Until = m.Items[len(m.Items)-1].No
			next = m.Until
			return false, nil
		}
		x, err := s.Matters.Peek(ctx, l.ID)
		if fault.Code(err) == "not_found" {
			return true, nil // known from the peer only
		}
		if err != nil {
			return false, err
		}
		m.Items = append(m.Items, model.Standing(x, l))
		return true, nil
	})
	return next, err
}

// live goes through what is compared with a peer, in the order of numbers, until each says no.
func (s *Service) live(ctx context.Context, c *City, each func(*model.PeerLedger) (bool, error)) error {
	for cursor := ""; ; {
		page, err := s.ledgers.Find(ctx, store.Query{Index: "live", Eq: []any{c.Region}, Limit: 100, Cursor: cursor})
		if err != nil {
			return fmt.Errorf("peer: listing: %w", err)
		}
		for _, l := range page.Items {
			if more, err := each(l); err != nil || !more {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

func (s *Service) comparePage(ctx context.Context, c *City, m model.Manifest, report *model.PeerReport) error {
	results, err := s.post(ctx, c, model.PeerEvent{
		ID: "manifest-" + rand.Text(), Type: model.PeerManifest, At: s.now(), Data: model.PeerData{Manifest: &m},
	})
	if err != nil {
		return err
	}
	if results[0].Status != model.PeerApplied {
		return &lineError{"manifest_" + results[0].Code}
	}
	there := map[string]model.ManifestAnswer{}
	for _, a := range results[0].Differs {
		there[a.No] = a
	}
	for _, it := range m.Items {
		report.Compared++
		a, differs := there[it.No]
		if !differs {
			report.Equal++
			if err := s.agree(ctx, it.No); err != nil {
				return err
			}
			continue
		}
		delete(there, it.No)
		if err := s.resolve(ctx, it.No, a, report); err != nil {
			return err
		}
	}
	for _, a := range there { // the peer has them, and they are not here
		if !m.Covers(a.No) || !numbered(a.No) {
			continue
		}
		report.Compared++
		report.Open++
		if err := s.unknownHere(ctx, c, a.No, a.Role, a.State); err != nil {
			return err
		}
	}
	return nil
}

func numbered(no string) bool {
	parsed, err := model.ParseMatterNo(no)
	return err == nil && parsed == no
}

// resolve does what the comparison of one matter asks for on this side.
func (s *Service) resolve(ctx context.Context, no string, a model.ManifestAnswer, report *model.PeerReport) error {
	m, err := s.Matters.Peek(ctx, no)
	if err != nil {
		return err
	}
	now := s.now()
	_, err = s.ledgers.Update(ctx, no, func(l *model.PeerLedger) error {
		if a.What == model.DiffersMissing {
			if l.Role == model.PeerHandles { // what was received here is filed again
				report.Repaired++
				l.Rewind(0, now)
				return nil
			}
			report.Open++
			return changed(l.Differ(model.PeerDifference{What: model.DiffersMissing, Ours: m.State, Since: now}))
		}
		f := model.Compare(model.Standing(m, l), model.ManifestItem{No: no, State: a.State, Last: a.Last, Heard: a.Heard})
		return s.mend(m, l, f, a.State, a.Heard, report)
	})
	return err
}

// mend repairs what the record decides: lacking news are told again, rejected ones once more. What is left is a
// problem.
func (s *Service) mend(m *model.Matter, l *model.PeerLedger, f model.Finding, theirs model.MatterState, heard int, report *model.PeerReport) error {
	now := s.now()
	switch {
	case f.Rewind || f.What != "" && len(l.Refused) > 0:
		report.Repaired++
		l.Rewind(heard, now)
		if f.What != "" && l.Differs == nil {
			l.Differ(model.PeerDifference{What: f.What, Ours: m.State, Theirs: theirs, Since: now})
		}
		return nil
	case f.Behind:
		report.Repaired++ // by the peer
		return store.ErrUnchanged
	case f.What != "":
		report.Open++
		return changed(l.Differ(model.PeerDifference{What: f.What, Ours: m.State, Theirs: theirs, Since: now}))
	}
	report.Equal++
	return changed(l.Agree())
}

func changed(yes bool) error {
	if yes {
		return nil
	}
	return store.ErrUnchanged
}

func (s *Service) agree(ctx context.Context, no string) error {
	_, err := s.ledgers.Update(ctx, no, func(l *model.PeerLedger) error { return changed(l.Agree()) })
	return err
}

// unknownHere keeps for people that the peer has a matter that this city has lost or never had.
func (s *Service) unknownHere(ctx context.Context, c *City, no string, role model.PeerRole, theirs model.MatterState) error {
	_, err := s.ledgers.Upsert(ctx, no, func() *model.PeerLedger { return model.NewPeerLedger(no, c.Region, role) },
		func(l *model.PeerLedger) error {
			if l.Peer != c.Region {
				return store.ErrUnchanged
			}
			return changed(l.Differ(model.PeerDifference{What: model.DiffersHere, Theirs: theirs, Since: s.now()}))
		})
	return err
}

// answer compares a peer's manifest with the record here, tells what differs, and does this side's half of the
// repairs.
func (s *Service) answer(ctx context.Context, c *City, e *model.PeerEvent) (Result, error) {
	m := e.Data.Manifest
	r := Result{ID: e.ID, Status: model.PeerApplied, Differs: []model.ManifestAnswer{}}
	listed := map[string]bool{}
	for _, there := range m.Items {
		listed[there.No] = true
		a, err := s.standing(ctx, c, m, there)
		if err != nil {
			return r, err
		}
		if a != nil {
			r.Differs = append(r.Differs, *a)
		}
	}
	err := s.live(ctx, c, func(l *model.PeerLedger) (bool, error) {
		if !m.Covers(l.ID) || listed[l.ID] {
			return m.Until == "" || l.ID <= m.Until, nil
		}
		a, err := s.unlisted(ctx, m, l)
		if err == nil && a != nil {
			r.Differs = append(r.Differs, *a)
		}
		return len(r.Differs) < 2*model.MaxManifest, err
	})
	return r, err
}

// standing compares one item; nil where both stand alike.
func (s *Service) standing(ctx context.Context, c *City, page *model.Manifest, there model.ManifestItem) (*model.ManifestAnswer, error) {
	a := &model.ManifestAnswer{No: there.No, What: model.DiffersMissing, Role: there.Role}
	l, err := s.ledger(ctx, there.No)
	if err != nil {
		return nil, err
	}
	m, err := s.Matters.Peek(ctx, there.No)
	switch {
	case fault.Code(err) == "not_found":
		if there.Role == model.PeerReceives && !page.Look && l == nil { // received here once, and lost
			err = s.unknownHere(ctx, c, there.No, model.PeerHandles, there.State)
			return a, err
		}
		return a, nil
	case err != nil:
		return nil, err
	case l == nil || l.Peer != c.Region:
		return a, nil
	}
	here := model.Standing(m, l)
	f := model.Compare(here, there)
	if !page.Look {
		_, err = s.ledgers.Update(ctx, l.ID, func(l *model.PeerLedger) error {
			return s.mend(m, l, f, there.State, there.Heard, &model.PeerReport{})
		})
		if err != nil {
			return nil, err
		}
	}
	if !f.Rewind && !f.Behind && f.What == "" {
		return nil, nil
	}
	a.What, a.State, a.Last, a.Heard = f.What, here.State, here.Last, here.Heard
	return a, nil
}

// unlisted is a matter that the peer ought to know and does not list: it is filed again where it was received here.
func (s *Service) unlisted(ctx context.Context, page *model.Manifest, l *model.PeerLedger) (*model.ManifestAnswer, error) {
	m, err := s.Matters.Peek(ctx, l.ID)
	if fault.Code(err) == "not_found" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	here := model.Standing(m, l)
	if m.State.Ended() || here.Last == 0 && l.Heard == 0 {
		return nil, nil // the peer may have stopped comparing it a little earlier; what it lacks it is asked for by the list from here
	}
	a := &model.ManifestAnswer{No: l.ID, What: model.DiffersHere, Role: reverse(l.Role), State: here.State, Last: here.Last, Heard: here.Heard}
	if page.Look {
		return a, nil
	}
	now := s.now()
	_, err = s.ledgers.Update(ctx, l.ID, func(l *model.PeerLedger) error {
		if l.Role == model.PeerHandles {
			l.Rewind(0, now)
			return nil
		}
		return changed(l.Differ(model.PeerDifference{What: model.DiffersMissing, Ours: here.State, Since: now}))
	})
	return a, err
}

// reverse is what this city is to a matter in the peer's eyes.
func reverse(r model.PeerRole) model.PeerRole {
	if r == model.PeerHandles {
		return model.PeerReceives
	}
	return model.PeerHandles
}
