// Package picture keeps the pictures of reviews (好差评). They are the only uploads that others may see, so they are the
// only ones that WeChat checks: its check fetches a picture by a public address, which the papers of a matter must never have.
package picture

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"github.com/oklog/ulid/v2"

	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/biz/token"
	"kuacheng/biz/wechat"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Collection is the name of the pictures.
const Collection = "review_pictures"

// MaxBytes is the largest picture: what WeChat's check fetches.
const MaxBytes = 10 << 20

const (
	// openFor is how long the address that WeChat is given works: its check may take half an hour.
	openFor = time.Hour
	// askedFor is how long a check that cannot be begun is tried; then a person looks.
	askedFor = 2 * time.Hour
)

// Matters is what pictures need of matters.
type Matters interface {
	Get(ctx context.Context, who model.Actor, number string) (*model.Matter, error)
	Review(ctx context.Context, number string) (*model.Review, error)
}

// Accounts knows a review's author.
type Accounts interface {
	Get(ctx context.Context, id string) (*model.Applicant, error)
}

// Checker asks for a check: *wechat.Client.
type Checker interface {
	CheckPicture(ctx context.Context, openID, address string) (trace string, err error)
}

// Config says what the service stands on.
type Config struct {
	DB       *store.DB
	Clock    clock.Clock
	Files    *file.Store
	Matters  Matters
	Accounts Accounts
	Checker  Checker // nil: a person looks
	AppID    string  // of the mini-program, to whose users the checker speaks
	QR       *token.QRSigner
	Public   string // what the addresses begin with
}

// Service is the pictures.
type Service struct {
	Config
	pictures *store.Collection[model.ReviewPicture]
}

var spec = store.Spec[model.ReviewPicture]{
	Name: Collection,
	Fields: []store.Field[model.ReviewPicture]{
		{Name: "no", Of: func(p *model.ReviewPicture) any { return p.No }},
		{Name: "trace", Of: func(p *model.ReviewPicture) any {
			if p.Trace == "" {
				return nil
			}
			return p.Trace
		}},
	},
	Indexes: []store.Index{{Name: "review", Eq: []string{"no"}}, {Name: "trace", Eq: []string{"trace"}}},
}

// New opens the collection.
func New(ctx context.Context, c Config) (*Service, error) {
	pictures, err := store.Open(ctx, c.DB, spec)
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return &Service{Config: c, pictures: pictures}, nil
}

// ForgetMatter takes the pictures of a matter's review away: a matter.Remains.
func (s *Service) ForgetMatter(ctx context.Context, no string) error {
	if err := s.Files.DeleteFolder(ctx, "review/"+no); err != nil {
		return err
	}
	page, err := s.pictures.Find(ctx, store.Query{Index: "review", Eq: []any{no}, Limit: model.ReviewPictures})
	if err != nil {
		return fmt.Errorf("picture: forgetting: %w", err)
	}
	for _, p := range page.Items {
		if err := s.pictures.Delete(ctx, p.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("picture: forgetting: %w", err)
		}
	}
	return nil
}

// Add keeps a picture for the caller's review. The same picture again is the one that is there.
func (s *Service) Add(ctx context.Context, who model.Actor, number string, content []byte) (*model.ReviewPicture, error) {
	m, err := s.Matters.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	r, err := s.Matters.Review(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	kind, err := sniff(content)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	f := model.MatterFile{Key: "review/" + m.ID + "/" + strings.ToLower(ulid.Make().String()), Type: kind, Size: int64(len(content)), At: now}
	p, err := model.NewReviewPicture(m, r, who, 1, f, now) // refused before anything is written
	if err != nil {
		return nil, err
	}
	if p.File.SHA256, err = s.Files.PutFor(ctx, m.Applicant, f.Key, content); err != nil {
		return nil, err
	}
	kept, err := s.place(ctx, p)
	if err != nil || kept.File.Key != f.Key {
		err = errors.Join(err, s.Files.Delete(ctx, f.Key))
	}
	return kept, err
}

// place inserts a picture under the first id that is free.
func (s *Service) place(ctx context.Context, p *model.ReviewPicture) (*model.ReviewPicture, error) {
	for n := 1; n <= model.ReviewPictures; n++ {
		p.N, p.ID = n, model.ReviewPictureID(p.No, n)
		p.Outbox, p.Seq = nil, 0
		p.Emit(model.KindPictureCheck, p.Check.At, nil)
		err := s.pictures.Insert(ctx, p)
		if !errors.Is(err, store.ErrDuplicate) {
			return p, err
		}
		there, err := s.pictures.Get(ctx, p.ID)
		if err != nil || there.File.SHA256 == p.File.SHA256 {
			return there, err
		}
	}
	return nil, fault.New("too_many_pictures").With("at_most", model.ReviewPictures)
}

func sniff(content []byte) (kind string, err error) {
	switch {
	case len(content) == 0:
		return "", fault.New("file_empty").Field("file")
	case len(content) > MaxBytes:
		return "", fault.New("payload_too_large").Field("file").With("max_bytes", MaxBytes)
	}
	if kind = mimetype.Detect(content).String(); kind != "image/jpeg" && kind != "image/png" {
		return "", fault.New("file_type_not_allowed").Field("file").Say("图片只支持 JPEG、PNG")
	}
	return kind, nil
}

// Of lists the pictures of a matter's review.
func (s *Service) Of(ctx context.Context, number string) ([]*model.ReviewPicture, error) {
	page, err := s.pictures.Find(ctx, store.Query{Index: "review", Eq: []any{number}, Limit: model.ReviewPictures})
	if err != nil {
		return nil, fmt.Errorf("picture: listing: %w", err)
	}
	return page.Items, nil
}

// Open gives a picture to someone who may see the matter.
func (s *Service) Open(ctx context.Context, who model.Actor, number string, n int) (kind string, content []byte, err error) {
	m, err := s.Matters.Get(ctx, who, number)
	if err != nil {
		return "", nil, err
	}
	return s.content(ctx, model.ReviewPictureID(m.ID, n))
}

// OpenForCheck gives a picture to whoever has the address that the check was given.
func (s *Service) OpenForCheck(ctx context.Context, tok string) (kind string, content []byte, err error) {
	q, err := s.QR.Read(tok)
	if err != nil {
		return "", nil, err
	}
	if q.Kind != token.QRPicture {
		return "", nil, fault.New("qr_invalid")
	}
	return s.content(ctx, model.ReviewPictureID(model.MatterNoOf(q.ID), q.Version))
}

func (s *Service) content(ctx context.Context, id string) (string, []byte, error) {
	p, err := s.pictures.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil, fault.New("not_found")
	}
	if err != nil {
		return "", nil, fmt.Errorf("picture: reading: %w", err)
	}
	content, err := s.Files.Get(ctx, p.File.Key)
	return p.File.Type, content, err
}

// Check asks WeChat to check a picture: the outbox.Handler of model.KindPictureCheck. What it asked twice, it is told twice.
func (s *Service) Check(ctx context.Context, id string, _ model.Event) error {
	p, err := s.pictures.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || p.Trace != "" || p.Check.State != model.CheckPending {
		return err
	}
	trace, err := s.ask(ctx, p)
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	return s.change(ctx, id, func(p *model.ReviewPicture) bool {
		if trace == "" {
			return p.Judged(model.CheckHeld, 0, now)
		}
		return p.Asked(trace, now)
	})
}

// ask begins a check; without a trace a person has to look.
func (s *Service) ask(ctx context.Context, p *model.ReviewPicture) (trace string, err error) {
	r, err := s.Matters.Review(ctx, p.No)
	if err != nil || r == nil || s.Checker == nil {
		return "", err
	}
	author, err := s.Accounts.Get(ctx, r.Rating.By)
	if err != nil {
		return "", fmt.Errorf("picture: reading applicant: %w", err)
	}
	openID, ok := author.OpenID(s.AppID)
	if !ok {
		return "", nil // WeChat judges for those who use the mini-program only
	}
	now := s.Clock.Now()
	address := s.Public + "/p/" + s.QR.Make(token.QR{Kind: token.QRPicture, Version: p.N, ID: model.MatterDigits(p.No), Expires: now.Add(openFor)})
	trace, err = s.Checker.CheckPicture(ctx, openID, address)
	var e *wechat.Error
	switch {
	case err == nil:
		return trace, nil
	case errors.As(err, &e) && (e.Class == wechat.ClassHold || e.Class == wechat.ClassNobody), now.Sub(p.Check.At) > askedFor:
		return "", nil
	case errors.As(err, &e) && e.Class.Final():
		return "", outbox.Final(err) // ours to mend; it stays pending until people send it again
	}
	return "", outbox.Later(err, time.Minute)
}

// Judged takes a verdict by its trace: known is false when no picture has it (yet). suggest is "" for one that could not be checked.
func (s *Service) Judged(ctx context.Context, trace, suggest string, label int) (known bool, err error) {
	page, err := s.pictures.Find(ctx, store.Query{Index: "trace", Eq: []any{trace}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return false, err
	}
	state, now := wechat.Suggestion(suggest).State(), s.Clock.Now()
	return true, s.change(ctx, page.Items[0].ID, func(p *model.ReviewPicture) bool { return p.Judged(state, label, now) })
}

// Wake hands what was not judged in time to a person.
func (s *Service) Wake(ctx context.Context, id string) error {
	now := s.Clock.Now()
	return s.change(ctx, id, func(p *model.ReviewPicture) bool { return p.Overdue(now) })
}

func (s *Service) change(ctx context.Context, id string, apply func(*model.ReviewPicture) bool) error {
	_, err := s.pictures.Update(ctx, id, func(p *model.ReviewPicture) error {
		if !apply(p) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
