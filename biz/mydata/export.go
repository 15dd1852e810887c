package mydata

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/trust"
)

// Ask begins a copy of all that is held of a person who was met in person; a repeated request gets the first answer. Faults:
// identity_required, export_running, export_limit.
func (s *Service) Ask(ctx context.Context, person string, request once.Request, render func(*trust.Export) ([]byte, error)) (answer []byte, err error) {
	a, err := s.Accounts.Get(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("mydata: reading applicant: %w", err)
	}
	if a.IdentityLevel < model.IdentityInPerson {
		return nil, fault.New("identity_required").Say("副本含您的全部个人信息，请先携带身份证件到窗口核验身份").With("identity_level", a.IdentityLevel)
	}
	draw, now := request.Draw(0), s.Clock.Now()
	id := "ex" + hex.EncodeToString(draw[:])
	x, err := s.copies(ctx, person)
	if err != nil {
		return nil, err
	}
	made, err := request.Made(x.Origin)
	if err != nil {
		return nil, err
	}
	if !made { // what cannot be written down is not done, and what is refused is not written down
		if err := draft(x).Ask(id, now); err != nil {
			return nil, err
		}
		if err := s.noted(ctx, person, id, "申请个人信息副本"); err != nil {
			return nil, err
		}
	}
	fresh := func() *trust.Exports { return &trust.Exports{Head: model.Head{ID: person}} }
	_, err = s.exports.Upsert(ctx, person, fresh, func(x *trust.Exports) error {
		answer = nil
		made, err := request.Made(x.Origin)
		if err != nil {
			return err
		}
		if made {
			if answer, err = request.Answer(x.Origin); err == nil {
				err = store.ErrUnchanged
			}
			return err
		}
		if err := x.Ask(id, now); err != nil {
			return err
		}
		if answer, err = render(x.Last()); err != nil {
			return err
		}
		x.Origin = request.Origin(answer, now)
		return nil
	})
	return answer, err
}

// draft is a copy of a document that others read too, to try something on.
func draft(x *trust.Exports) *trust.Exports {
	c := *x
	c.Items, c.Outbox = slices.Clone(x.Items), slices.Clone(x.Outbox)
	return &c
}

func (s *Service) noted(ctx context.Context, person, id, why string) error {
	return s.Audit.Disclosed(ctx, trust.Access{
		ID: id, At: s.Clock.Now(), Viewer: person, Role: model.RoleApplicant, Subject: person, Field: "all", Why: why, Kind: trust.Exported,
	})
}

// Get gives one of a person's copies; anybody else's is not found, whoever asks.
func (s *Service) Get(ctx context.Context, person, id string) (*trust.Export, error) {
	x, err := s.copies(ctx, person)
	if err != nil {
		return nil, err
	}
	if e := x.Of(id); e != nil {
		return e, nil
	}
	return nil, fault.New("not_found").Say("未找到该副本")
}

// Last is a person's latest copy; nil for none.
func (s *Service) Last(ctx context.Context, person string) (*trust.Export, error) {
	x, err := s.copies(ctx, person)
	if err != nil {
		return nil, err
	}
	return x.Last(), nil
}

func (s *Service) copies(ctx context.Context, person string) (*trust.Exports, error) {
	x, err := s.exports.Get(ctx, person)
	if errors.Is(err, store.ErrNotFound) {
		return &trust.Exports{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mydata: reading copies: %w", err)
	}
	return x, nil
}

// Ticket is the secret of a copy's link; "" when there is no good one. It is made from the index key, and stored nowhere.
func (s *Service) Ticket(e *trust.Export) string {
	if e.State != trust.ExportReady || e.Used || !s.Clock.Now().Before(*e.Until) {
		return ""
	}
	return s.ticket(e.ID, e.Link)
}

func (s *Service) ticket(id string, link int) string {
	n := strconv.Itoa(link)
	return n + "." + s.Keeper.Blind("export link", id+"/"+n)
}

// Renew gives a copy a new link after the last one was used.
func (s *Service) Renew(ctx context.Context, person, id string) (*trust.Export, error) {
	x, err := s.exports.Update(ctx, person, func(x *trust.Exports) error {
		renewed, err := x.Relink(id, s.Clock.Now())
		if err == nil && !renewed {
			return store.ErrUnchanged
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found").Say("未找到该副本")
	}
	if err != nil {
		return nil, err
	}
	return x.Of(id), nil
}

// Open uses a link, once, and gives the copy. Faults: not_found, export_not_ready, export_gone.
func (s *Service) Open(ctx context.Context, person, id, ticket string) (content io.Reader, size int64, err error) {
	if _, err := s.Get(ctx, person, id); err != nil {
		return nil, 0, err
	}
	n, _, _ := strings.Cut(ticket, ".")
	link, err := strconv.Atoi(n)
	if err != nil || subtle.ConstantTimeCompare([]byte(ticket), []byte(s.ticket(id, link))) != 1 {
		return nil, 0, fault.New("export_gone")
	}
	x, err := s.exports.Update(ctx, person, func(x *trust.Exports) error { return x.Claim(id, link, s.Clock.Now()) })
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, fault.New("not_found").Say("未找到该副本")
	}
	if err != nil {
		return nil, 0, err
	}
	if err := s.noted(ctx, person, id+"/"+n, "下载个人信息副本"); err != nil {
		return nil, 0, err
	}
	e := x.Of(id)
	return s.Files.ReadParts(context.WithoutCancel(ctx), runFolder(id, e.Run), e.Parts), e.Size, nil
}

// Build makes a copy: the outbox.Handler of trust.KindExport. An attempt that was cut off is begun anew, and one that was overtaken
// leaves nothing behind.
func (s *Service) Build(ctx context.Context, person string, e model.Event) error {
	id, run := e.Ref["export"], 0
	begun := false
	_, err := s.exports.Update(ctx, person, func(x *trust.Exports) error {
		if run, begun = x.Begin(id); !begun {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !begun {
		return nil // erased, or built
	}
	if err != nil {
		return fmt.Errorf("mydata: beginning a copy: %w", err)
	}
	parts, size, err := s.write(ctx, person, runFolder(id, run))
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, seal.ErrShredded):
		return s.giveUp(ctx, person, id) // the person is no more
	case err != nil:
		return err
	}
	finished := false
	_, err = s.exports.Update(ctx, person, func(x *trust.Exports) error {
		if finished = x.Finish(id, run, parts, size, s.Clock.Now()); !finished {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("mydata: finishing a copy: %w", err)
	}
	if !finished {
		return s.Files.DeleteFolder(ctx, runFolder(id, run))
	}
	for n := 1; n < run; n++ { // of attempts that were cut off
		if err := s.Files.DeleteFolder(ctx, runFolder(id, n)); err != nil {
			return err
		}
	}
	return nil
}

func runFolder(id string, run int) string { return folder(id) + "/" + strconv.Itoa(run) }

func (s *Service) giveUp(ctx context.Context, person, id string) error {
	if err := s.Files.DeleteFolder(ctx, folder(id)); err != nil {
		return err
	}
	_, err := s.exports.Update(ctx, person, func(x *trust.Exports) error {
		if !x.Fail(id) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Ready tells a person that their copy can be taken: the outbox.Handler of trust.KindExportReady.
func (s *Service) Ready(ctx context.Context, person string, e model.Event) error {
	x, err := s.copies(ctx, person)
	if err != nil {
		return err
	}
	c := x.Of(e.Ref["export"])
	if c == nil || c.State != trust.ExportReady {
		return nil
	}
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: person, To: model.ToApplicant, Key: "data_export_ready", Ref: model.NoticeRef{Kind: "export", ID: c.ID}, At: e.At,
		Expires: *c.Until, Vars: map[string]string{"until": model.NoticeTime(*c.Until)},
	})
	return err
}

// NewDevice tells a person that somebody has signed in with another kind of device than before: the outbox.Handler of
// model.KindNewDevice.
func (s *Service) NewDevice(ctx context.Context, person string, e model.Event) error {
	_, err := s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: person, To: model.ToApplicant, Key: "login_new_device", Ref: model.NoticeRef{Kind: "account", ID: person}, At: e.At,
		Vars: map[string]string{"at": model.NoticeTime(e.At)},
	})
	return err
}

// Wake wipes what is over. The file goes first: after a crash in between it is looked for again. An attempt at building that goes on
// meanwhile finds that it has failed, and wipes what it has written.
func (s *Service) Wake(ctx context.Context, person string) error {
	x, err := s.exports.Get(ctx, person)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("mydata: reading copies: %w", err)
	}
	now := s.Clock.Now()
	for _, id := range draft(x).Expire(now) {
		if err := s.Files.DeleteFolder(ctx, folder(id)); err != nil {
			return err
		}
	}
	_, err = s.exports.Update(ctx, person, func(x *trust.Exports) error {
		x.Expire(now)
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("mydata: ending copies: %w", err)
	}
	return nil
}
