package mydata

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kuacheng/biz/matter"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/fault"
	"kuacheng/model/kiosk"
	"kuacheng/model/trust"
)

func (s *Service) countAccount(ctx context.Context, person string) (int64, error) {
	_, err := s.Accounts.Get(ctx, person)
	if err != nil {
		return 0, gone(err)
	}
	return 1, nil
}

func (s *Service) eachAccount(ctx context.Context, person string, put put) error {
	a, err := s.Accounts.Get(ctx, person)
	if err != nil {
		return err
	}
	plain := map[string]string{}
	for _, field := range []string{"name", "id_number", "phone"} {
		if plain[field], err = readable(s.Accounts.Reveal(a, field)); err != nil {
			return err
		}
	}
	wechat := []object{}
	for _, w := range a.Identities {
		wechat = append(wechat, of("appid", w.AppID, "openid", w.OpenID, "since", w.Since))
	}
	var legal any
	if a.Legal != nil {
		legal = of("name", a.Legal.Name, "uscc", a.Legal.USCC)
	}
	return put(of("id", a.ID, "kind", a.Kind, "name", plain["name"], "id_type", string(a.Person.IDType), "id_number", plain["id_number"],
		"phone", plain["phone"], "identity_level", a.IdentityLevel, "verified_at", a.VerifiedAt, "legal_person", legal, "wechat", wechat,
		"unionid", a.UnionID, "devices", a.Devices, "message_credits", a.Credits, "created_at", a.CreatedAt, "seen_at", a.SeenAt))
}

// readable lets what nobody can read any more be nothing.
func readable(plain string, err error) (string, error) {
	if errors.Is(err, seal.ErrShredded) {
		return "", nil
	}
	return plain, err
}

// matters walks through a person's own matters, the latest first.
func (s *Service) matters(ctx context.Context, person string, each func(*model.Matter) error) error {
	return walk(func(cursor string) (store.Page[model.Matter], error) {
		return s.Matters.Mine(ctx, person, matter.Filter{Limit: page, Cursor: cursor})
	}, each)
}

func (s *Service) org(id string) string {
	if o, ok := s.Catalogue.Orgs().Get(id); ok {
		return o.Name
	}
	return id
}

func (s *Service) eachMatter(ctx context.Context, person string, put put) error {
	return s.matters(ctx, person, func(m *model.Matter) error {
		delivery, err := s.delivery(m)
		if err != nil {
			return err
		}
		trail := []object{}
		for _, e := range m.Trail {
			trail = append(trail, of("seq", e.Seq, "at", e.At, "event", e.Event, "event_name", model.TrailName(e.Event), "role", string(e.Role),
				"org", s.org(e.Org), "from", string(e.From), "to", string(e.To), "why", e.Why, "data", e.Data, "hash", e.Hash))
		}
		var decision any
		if d := m.Decision; d != nil {
			decision = of("outcome", d.Outcome, "note", d.Note, "reason", model.ReasonName(d.Reason), "law", d.Law, "remedies", d.Remedies,
				"org", s.org(d.Org), "at", d.At)
		}
		names := s.Catalogue.Regions
		return put(of("no", m.ID, "item_code", m.Item.Code, "item", m.Item.Name, "situation", m.Situation.Name, "mode", string(m.Mode),
			"state", string(m.State), "state_name", m.State.Name(), "receiving_region", names.Name(m.From), "handling_region", names.Name(m.To),
			"receiving_org", s.org(m.ROrg), "handling_org", s.org(m.HOrg), "agent", m.Agent, "delivery", delivery,
			"opened_at", m.Times.Opened, "submitted_at", m.Times.Submitted, "received_at", m.Times.Received, "accepted_at", m.Times.Accepted,
			"decided_at", m.Times.Decided, "delivered_at", m.Times.Delivered, "ended_at", m.Times.Ended, "decision", decision,
			"kept_until", m.KeptUntil(), "trail", trail))
	})
}

func (s *Service) delivery(m *model.Matter) (object, error) {
	d, err := s.Matters.FilingDelivery(m)
	if errors.Is(err, seal.ErrShredded) {
		return of("method", string(m.Delivery.Method)), nil
	}
	if err != nil {
		return nil, err
	}
	var address any
	if a := d.Address; a != nil {
		address = of("name", a.Name, "phone", a.Phone, "region", s.Catalogue.Regions.FullName(a.Region), "detail", a.Detail)
	}
	return of("method", string(d.Method), "hall", d.Hall, "address", address), nil
}

// eachMaterial lists the materials of which something is there, and the results.
func (s *Service) eachMaterial(ctx context.Context, person string, put put) error {
	return s.matters(ctx, person, func(m *model.Matter) error {
		for _, mm := range m.Materials {
			if mm.State == model.MaterialMissing {
				continue
			}
			file, licence, shared := "", any(nil), any(nil)
			if mm.File != nil {
				file = fileName(m.ID, mm.Code, mm.File)
			}
			if mm.Licence != nil {
				licence = of("kind", mm.Licence.Kind, "id", mm.Licence.ID, "digest", mm.Licence.Digest)
			}
			if mm.Shared != nil {
				shared = of("source", mm.Shared.Source, "result", mm.Shared.Result, "serial", mm.Shared.Serial, "at", mm.Shared.At)
			}
			if err := put(of("matter_no", m.ID, "code", mm.Code, "name", mm.Name, "state", string(mm.State), "note", mm.Note, "put_at", mm.PutAt,
				"on_paper", mm.OnPaper, "file", file, "licence", licence, "shared", shared)); err != nil {
				return err
			}
		}
		if m.Result == nil {
			return nil
		}
		return put(of("matter_no", m.ID, "code", "result", "name", m.Item.ResultName, "put_at", m.Result.At, "file", fileName(m.ID, "result", m.Result)))
	})
}

func (s *Service) eachBooking(ctx context.Context, person string, put put) error {
	return walk(func(cursor string) (store.Page[model.Booking], error) {
		return s.Bookings.Mine(ctx, person, "", page, cursor)
	}, func(b *model.Booking) error {
		steps := []object{}
		for _, x := range b.Steps {
			steps = append(steps, of("at", x.At, "event", string(x.Event), "to", string(x.To), "note", x.Note))
		}
		return put(of("id", b.ID, "matter_no", b.Matter, "item", b.Item, "purpose", string(b.Purpose), "hall", b.HallName, "starts_at", b.Starts,
			"ends_at", b.Ends, "state", string(b.State), "state_name", b.State.Name(), "ticket", b.Ticket, "window", b.Window, "steps", steps))
	})
}

func (s *Service) eachParcel(ctx context.Context, person string, put put) error {
	return s.matters(ctx, person, func(m *model.Matter) error {
		for _, x := range m.Parcels {
			p, err := s.Parcels.Get(ctx, x.ID)
			if fault.Code(err) == "not_found" {
				continue // no longer kept, or another city's
			}
			if err != nil {
				return err
			}
			words, err := s.Parcels.Words(ctx, p)
			if err != nil && !errors.Is(err, seal.ErrShredded) {
				return err
			}
			rows := []object{}
			for _, r := range p.Rows {
				rows = append(rows, of("at", r.At, "event", string(r.Event), "place", r.Place, "text", words[r.Key]))
			}
			if err := put(of("matter_no", m.ID, "direction", string(p.Direction), "courier", p.Courier(), "waybill", p.Waybill, "state", string(p.State),
				"state_at", p.StateAt, "sent_at", p.SentAt, "signed_by", string(p.SignedBy), "events", rows)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) eachReview(ctx context.Context, person string, put put) error {
	return s.matters(ctx, person, func(m *model.Matter) error {
		r, err := s.Matters.Review(ctx, m.ID)
		if err != nil || r == nil || r.Defaulted {
			return err
		}
		first, second, err := s.Matters.Comments(r)
		if err != nil {
			return err
		}
		var again any
		if r.Second != nil {
			again = of("stars", r.Second.Stars, "tags", r.Second.Tags, "comment", second, "at", r.Second.At)
		}
		pictures, err := s.Pictures.Of(ctx, m.ID)
		if err != nil {
			return err
		}
		names := []string{}
		for _, p := range pictures {
			names = append(names, pictureName(p))
		}
		return put(of("matter_no", m.ID, "stars", r.Rating.Stars, "stars_name", model.StarsName(r.Rating.Stars), "tags", r.Rating.Tags, "comment", first,
			"at", r.Rating.At, "pictures", names, "answer", r.Answer, "answered_at", r.AnsweredAt, "again", again))
	})
}

func (s *Service) eachNotice(ctx context.Context, person string, put put) error {
	return walk(func(cursor string) (store.Page[model.Notice], error) {
		return s.Notices.Inbox(ctx, person, page, cursor)
	}, func(n *model.Notice) error {
		channels := []object{}
		for _, d := range n.Channels {
			channels = append(channels, of("channel", string(d.Channel), "state", string(d.State), "at", d.At))
		}
		return put(of("id", n.ID, "key", n.Key, "title", n.Title, "text", n.Text, "about", of("kind", n.Ref.Kind, "id", n.Ref.ID), "at", n.At,
			"read_at", n.ReadAt, "channels", channels))
	})
}

func (s *Service) eachProblem(ctx context.Context, person string, put put) error {
	return walk(func(cursor string) (store.Page[bureau.Problem], error) {
		return s.Problems.Raised(ctx, person, page, cursor)
	}, func(p *bureau.Problem) error {
		steps := []object{}
		for _, x := range p.Steps {
			steps = append(steps, of("at", x.At, "what", x.What, "org", s.org(x.Org), "text", x.Text))
		}
		return put(of("id", p.ID, "source", bureau.SourceName(p.Source), "title", p.Title, "text", p.Text, "matter_no", p.Matter, "state", string(p.State),
			"state_name", p.State.Name(), "unit", s.org(p.Unit), "opened_at", p.Opened, "due_on", string(p.Due), "steps", steps))
	})
}

func (s *Service) eachCertificate(ctx context.Context, person string, put put) error {
	today := model.DateOf(s.Clock.Now())
	return s.certificates(ctx, person, func(c *kiosk.Certificate) error {
		return put(of("no", c.ID, "name", c.Name, "matter_no", c.Matter, "org", s.org(c.Org), "issued_at", c.Issued, "valid_until", string(c.Until),
			"state", c.State(today), "state_name", kiosk.StateName(c.State(today)), "prints", c.Prints, "file", certificateName(c)))
	})
}

func (s *Service) certificates(ctx context.Context, person string, each func(*kiosk.Certificate) error) error {
	return walk(func(cursor string) (store.Page[kiosk.Certificate], error) {
		return s.Kiosks.Certificates(ctx, person, page, cursor)
	}, each)
}

func (s *Service) eachConsent(ctx context.Context, person string, put put) error {
	c, err := s.Consents.Of(ctx, person)
	if err != nil {
		return err
	}
	for _, x := range c.Steps {
		title := x.Purpose
		if p, ok := trust.PurposeOf(x.Purpose); ok {
			title = p.Title
		}
		if err := put(object{{"purpose", x.Purpose}, {"title", title}, {"version", x.Version}, {"granted", x.Granted}, {"at", at(x.At)}, {"via", x.Via}}); err != nil {
			return err
		}
	}
	return nil
}

// eachPolicy is of what policies the person was told, and why.
func (s *Service) eachPolicy(ctx context.Context, person string, put put) error {
	a, err := s.Policies.Say(ctx, person)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(a.Told)) {
		title := ""
		if p, err := s.Policies.Get(ctx, id); err == nil {
			title = p.Title
		}
		t := a.Told[id]
		if err := put(of("policy", id, "title", title, "at", t.At, "because_of_item", t.Item)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) eachSession(ctx context.Context, person string, put put) error {
	return walk(func(cursor string) (store.Page[model.Session], error) {
		return s.Accounts.SignIns(ctx, person, page, cursor)
	}, func(x *model.Session) error {
		return put(of("id", x.ID, "device", x.Device, "at", x.CreatedAt, "seen_at", x.SeenAt, "expires_at", x.ExpiresAt, "ended_at", x.EndedAt, "ended_why", x.EndedWhy))
	})
}

func (s *Service) eachKioskLogin(ctx context.Context, person string, put put) error {
	return walk(func(cursor string) (store.Page[kiosk.Login], error) {
		return s.Kiosks.Logins(ctx, person, page, cursor)
	}, func(l *kiosk.Login) error {
		return put(of("id", l.ID, "device", l.Device, "place", l.Place, "state", string(l.State), "at", l.Made, "used_at", l.Used))
	})
}

// entries gives those of the person's access log that are of a kind; of copies it says what the copies themselves do.
func (s *Service) entries(kind string) func(context.Context, string, put) error {
	return func(ctx context.Context, person string, put put) error {
		return walk(func(cursor string) (store.Page[trust.AccessDay], error) {
			return s.Audit.Of(ctx, trust.OfSubject, person, page, cursor)
		}, func(d *trust.AccessDay) error {
			for _, a := range slices.Backward(d.Entries) {
				if a.Kind != kind {
					continue
				}
				if err := put(of("at", a.At, "by", a.Viewer, "role", string(a.Role), "org", s.org(a.Org), "to", a.To, "to_kind", a.ToKind,
					"matter_no", a.Matter, "fields", strings.Split(a.Field, ","), "why", a.Why, "hash", a.Hash)); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (s *Service) eachExport(ctx context.Context, person string, put put) error {
	x, err := s.copies(ctx, person)
	if err != nil {
		return err
	}
	for _, e := range x.Items {
		fetched := []string{}
		for _, t := range e.Fetched {
			fetched = append(fetched, at(t))
		}
		if err := put(of("id", e.ID, "state", string(e.State), "asked_at", e.Asked, "ready_at", e.Ready, "size", e.Size, "fetched_at", fetched)); err != nil {
			return err
		}
	}
	return nil
}

func fileName(no, code string, f *model.MatterFile) string {
	folder := "材料"
	if code == "result" {
		folder, code = "结果", "结果"
	}
	return fmt.Sprintf("%s/%s/%s%s", folder, no, code, extension(f.Type))
}

func pictureName(p *model.ReviewPicture) string {
	return fmt.Sprintf("评价图片/%s/%d%s", p.No, p.N, extension(p.File.Type))
}

func certificateName(c *kiosk.Certificate) string { return "证明/" + c.ID + ".pdf" }

func extension(kind string) string {
	return map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}[kind]
}
