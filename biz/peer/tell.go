package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const (
	// tellFor is how long a peer is told again before people are told that it does not answer.
	tellFor = 24 * time.Hour
	// firstDelay grows with the age of what is to be told, up to lastDelay.
	firstDelay = 2 * time.Second
	lastDelay  = 30 * time.Minute
	// batch is how many events without a file go together.
	batch = 20
)

var errCityGone = errors.New("peer: the peer is not configured any more")

// Tell is the handler of what has happened to a shared matter: what waited for it here may now happen, and the peer
// is told everything that it has not answered yet, in order. So it does not matter which event brings it, or how
// often: a peer that was away hears all of it from the next one.
func (s *Service) Tell(ctx context.Context, no string, e model.Event) error {
	m, err := s.Matters.Peek(ctx, no)
	if fault.Code(err) == "not_found" {
		return nil
	}
	if err != nil {
		return err
	}
	if m.Peer == nil {
		return nil
	}
	c, ok := s.cities[m.Peer.Region]
	if !ok {
		return outbox.Final(errCityGone)
	}
	if err := s.follow(ctx, c, m); err != nil {
		return err
	}
	if !c.linked() {
		return nil
	}
	if err := s.news(ctx, c, no); err != nil {
		return s.later(ctx, c, no, e, err)
	}
	return nil
}

// follow keeps the ledger in step with the matter, and looks again at what waits.
func (s *Service) follow(ctx context.Context, c *City, m *model.Matter) error {
	if len(m.PeerNews(0)) == 0 && m.HandledByPeer() {
		return nil // never handed in: the peer has nothing to do with it
	}
	_, err := s.ledgers.Upsert(ctx, m.ID, func() *model.PeerLedger { return model.NewPeerLedger(m.ID, c.Region, m.Peer.Role) },
		func(l *model.PeerLedger) error {
			if !l.End(m.Times.Ended) && l.Rev > 0 {
				return store.ErrUnchanged
			}
			return nil
		})
	if err != nil {
		return err
	}
	return s.unpark(ctx, c, m.ID)
}

// later says when to try again; after a day people are told, and the comparison of the two cities takes over.
func (s *Service) later(ctx context.Context, c *City, no string, e model.Event, cause error) error {
	var l *lineError
	if !errors.As(cause, &l) {
		return cause
	}
	age := s.now().Sub(e.At)
	if age >= tellFor {
		if err := s.differ(ctx, no, model.PeerDifference{What: model.DiffersSilent, Detail: l.code}); err != nil {
			return err
		}
		return outbox.Final(cause)
	}
	delay := max(firstDelay, min(age/4, lastDelay), s.line(c.Region).wait(time.Now()))
	return outbox.Later(cause, delay)
}

// news tells the peer all that it has not answered yet.
func (s *Service) news(ctx context.Context, c *City, no string) error {
	for {
		l, err := s.ledger(ctx, no)
		if err != nil || l == nil {
			return err
		}
		m, err := s.Matters.Peek(ctx, no)
		if err != nil {
			return err
		}
		news := m.PeerNews(l.Sent)
		if len(news) == 0 {
			return nil
		}
		if wait := s.line(c.Region).wait(time.Now()); wait > 0 {
			return &lineError{"resting"}
		}
		if err := s.send(ctx, c, m, l, news); err != nil {
			return err
		}
	}
}

// send tells the first of the news, or the first few where they are short, and keeps the answers.
func (s *Service) send(ctx context.Context, c *City, m *model.Matter, l *model.PeerLedger, news []model.PeerEvent) error {
	n := 1
	for n < min(len(news), batch) && short(news[n-1]) && short(news[n]) {
		n++
	}
	news = news[:n]
	if !short(news[0]) {
		if err := s.enclose(ctx, c, m, l, &news[0]); err != nil {
			return err
		}
	}
	results, err := s.post(ctx, c, news...)
	if err != nil {
		return err
	}
	now := s.now()
	_, err = s.ledgers.Update(ctx, m.ID, func(l *model.PeerLedger) error {
		for i, r := range results {
			l.Told(news[i], r.Status, r.Code, now)
		}
		return nil
	})
	return err
}

// short reports whether an event goes as it is, with nothing sealed and no file before it.
func short(e model.PeerEvent) bool {
	return !slices.Contains([]string{model.PeerFiled, model.PeerSupplementSupplied, model.PeerMaterialsAdded, model.PeerDeliveryChanged,
		model.PeerResultDocument, model.PeerDispatched}, e.Type)
}

// enclose adds to an event what is for the peer's key alone, and sends ahead the files that it names.
func (s *Service) enclose(ctx context.Context, c *City, m *model.Matter, l *model.PeerLedger, e *model.PeerEvent) error {
	var content any
	var err error
	switch e.Type {
	case model.PeerFiled:
		f, err := s.Matters.Filing(ctx, m, *e)
		if err != nil {
			return err
		}
		if err := s.ahead(ctx, c, m, l, f.Materials); err != nil {
			return err
		}
		content = f
	case model.PeerSupplementSupplied, model.PeerMaterialsAdded:
		x := model.Supplement{Materials: m.FilingMaterials(addedBy(m, *e)...)}
		if err := s.ahead(ctx, c, m, l, x.Materials); err != nil {
			return err
		}
		content = x
	case model.PeerDeliveryChanged:
		if content, err = s.Matters.FilingDelivery(m); err != nil {
			return err
		}
	case model.PeerResultDocument:
		return s.document(ctx, c, m, e)
	case model.PeerDispatched:
		return s.documentAhead(ctx, c, m, l)
	}
	raw, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("peer: %w", err)
	}
	if e.Data.Sealed, err = c.Public.Seal(e, raw); err != nil {
		return err
	}
	return s.Matters.Disclose(ctx, m.ID, c.Region, e.Type, e.ID)
}

// addedBy names the material that one event added; none for all of them.
func addedBy(m *model.Matter, e model.PeerEvent) []string {
	if e.Type != model.PeerMaterialsAdded {
		return nil
	}
	return []string{m.Trail[e.Seq-1].Data["material"]}
}

// ahead sends the files of materials that the peer does not have yet, each in a message of its own.
func (s *Service) ahead(ctx context.Context, c *City, m *model.Matter, l *model.PeerLedger, materials []model.FilingMaterial) error {
	for _, mm := range m.Materials {
		named := slices.ContainsFunc(materials, func(x model.FilingMaterial) bool { return x.Code == mm.Code })
		if !named || mm.File == nil || slices.Contains(l.Files, mm.File.SHA256) {
			continue
		}
		if err := s.file1(ctx, c, m, l, mm.Code, mm.File); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) file1(ctx context.Context, c *City, m *model.Matter, l *model.PeerLedger, code string, f *model.MatterFile) error {
	content, err := s.Matters.Content(ctx, f)
	if err != nil {
		return err
	}
	e := model.PeerEvent{ID: m.ID + "#f" + f.SHA256[:24], Type: model.PeerMaterial, MatterNo: m.ID, At: f.At,
		Data: model.PeerData{Code: code, SHA256: f.SHA256}}
	return s.sendFile(ctx, c, l, e, content)
}

// sendFile sends one file and remembers that the peer has it. One that the peer will not have is left to the event
// that names it, which then is rejected for people to see.
func (s *Service) sendFile(ctx context.Context, c *City, l *model.PeerLedger, e model.PeerEvent, content []byte) (err error) {
	if e.Data.Sealed, err = c.Public.Seal(&e, content); err != nil {
		return err
	}
	results, err := s.post(ctx, c, e)
	if err != nil {
		return err
	}
	if results[0].Status == model.PeerRejected {
		s.Log.WarnContext(ctx, "a peer has rejected a file", "matter", l.ID, "peer", c.Region, "code", results[0].Code)
		return nil
	}
	_, err = s.ledgers.Update(ctx, l.ID, func(l *model.PeerLedger) error {
		if slices.Contains(l.Files, e.Data.SHA256) {
			return store.ErrUnchanged
		}
		l.Files = append(l.Files, e.Data.SHA256)
		return nil
	})
	return err
}

// document encloses the result document that an event announces; a later one has taken its place where the digests
// differ.
func (s *Service) document(ctx context.Context, c *City, m *model.Matter, e *model.PeerEvent) error {
	if m.Result == nil {
		return nil
	}
	e.Data.SHA256 = m.Result.SHA256
	content, err := s.Matters.Content(ctx, m.Result)
	if err != nil {
		return err
	}
	e.Data.Sealed, err = c.Public.Seal(e, content)
	return err
}

// documentAhead sends the result before the news that it is on its way: a decision letter that was rendered here has
// no entry on the trail that would bring it.
func (s *Service) documentAhead(ctx context.Context, c *City, m *model.Matter, l *model.PeerLedger) error {
	if m.Result == nil || slices.Contains(l.Files, m.Result.SHA256) {
		return nil
	}
	e := model.PeerEvent{ID: m.ID + "#r" + m.Result.SHA256[:24], Type: model.PeerResultDocument, MatterNo: m.ID, At: m.Result.At,
		Data: model.PeerData{SHA256: m.Result.SHA256}}
	content, err := s.Matters.Content(ctx, m.Result)
	if err != nil {
		return err
	}
	return s.sendFile(ctx, c, l, e, content)
}
