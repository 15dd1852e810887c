package picture_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/outbox"
	"kuacheng/biz/picture"
	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	"kuacheng/biz/wechat"
	"kuacheng/model"
	"kuacheng/model/fault"
)

const no = "KC4415002510090482136"

var (
	owner    = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "ap1"}
	stranger = model.Actor{Door: model.DoorCitizen, Role: model.RoleApplicant, ID: "ap2"}
)

// world is one closed matter with a review, its author, and WeChat.
type world struct {
	clock  clock.Clock
	review *model.Review
	author *model.Applicant

	address string // that was asked to be checked
	fail    error
	asked   int
}

func (w *world) Get(_ context.Context, who model.Actor, _ string) (*model.Matter, error) {
	if who.ID != "ap1" {
		return nil, fault.New("not_found")
	}
	ended := w.clock.Now().UTC().Add(-time.Hour)
	return &model.Matter{
		Head: model.Head{ID: no}, Applicant: "ap1", State: model.MatterClosed, Decision: &model.Decision{}, Times: model.MatterTimes{Ended: &ended, Accepted: &ended, Submitted: &ended},
	}, nil
}

func (w *world) Review(context.Context, string) (*model.Review, error) { return w.review, nil }

type people struct{ *world }

func (p people) Get(context.Context, string) (*model.Applicant, error) { return p.author, nil }

func (w *world) CheckPicture(_ context.Context, openID, address string) (string, error) {
	w.asked++
	if openID != "open-1" {
		return "", errors.New("of nobody")
	}
	if w.fail != nil {
		return "", w.fail
	}
	w.address = address
	return "trace-1", nil
}

type office struct {
	*picture.Service
	clock *clock.Movable
	world *world
	db    *store.DB
}

func open(t *testing.T) *office {
	t.Helper()
	ctx := t.Context()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "p.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	files, err := file.Open(ctx, filepath.Join(t.TempDir(), "files"), keeper)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	c := &clock.Movable{}
	w := &world{clock: c, review: &model.Review{Head: model.Head{ID: no}, Applicant: "ap1", Rating: model.Rating{Stars: 5, By: "ap1"}}}
	w.author = model.NewApplicant("ap1", model.WechatIdentity{AppID: "mini", OpenID: "open-1"}, "", c.Now())
	s, err := picture.New(ctx, picture.Config{
		DB: db, Clock: c, Files: files, Matters: w, Accounts: people{w}, Checker: w, AppID: "mini",
		QR: token.NewQRSigner([]token.Key{{ID: "k", Secret: make([]byte, 32)}}, c), Public: "https://example.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return &office{s, c, w, db}
}

// photo is a picture that no other is like.
func photo(t *testing.T, n uint8) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 4, 4))
	m.Set(0, 0, color.RGBA{n, n, n, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func wants(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Code(err) != code {
		t.Errorf("got %v, want %q", err, code)
	}
}

func TestService_Add(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	for name, c := range map[string]struct {
		who     model.Actor
		content []byte
		code    string
	}{
		"another's":   {stranger, photo(t, 1), "not_found"},
		"nothing":     {owner, nil, "file_empty"},
		"a page":      {owner, []byte("<html><script>x</script></html>"), "file_type_not_allowed"},
		"a PDF":       {owner, []byte("%PDF-1.7"), "file_type_not_allowed"},
		"a GIF":       {owner, []byte("GIF89a......"), "file_type_not_allowed"},
		"far too big": {owner, append(photo(t, 1), make([]byte, picture.MaxBytes)...), "payload_too_large"},
	} {
		_, err := o.Add(ctx, c.who, no, c.content)
		if fault.Code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	review := o.world.review
	o.world.review = nil
	_, err := o.Add(ctx, owner, no, photo(t, 1))
	wants(t, err, "not_reviewable")
	o.world.review = review
	for n := range uint8(model.ReviewPictures) {
		for range 2 { // and a second tap
			p, err := o.Add(ctx, owner, no, photo(t, n))
			if err != nil || p.N != int(n)+1 {
				t.Fatalf("%+v, %v", p, err)
			}
		}
	}
	_, err = o.Add(ctx, owner, no, photo(t, 99))
	wants(t, err, "too_many_pictures")
	all, err := o.Of(ctx, no)
	if err != nil || len(all) != model.ReviewPictures {
		t.Fatalf("%d, %v", len(all), err)
	}
	if kind, content, err := o.Open(ctx, owner, no, 2); err != nil || kind != "image/png" || !bytes.Equal(content, photo(t, 1)) {
		t.Errorf("%s, %v", kind, err)
	}
	_, _, err = o.Open(ctx, stranger, no, 2)
	wants(t, err, "not_found")
	_, _, err = o.Open(ctx, owner, no, 9)
	wants(t, err, "not_found")
}

func (o *office) state(t *testing.T) string {
	t.Helper()
	all, err := o.Of(t.Context(), no)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d, %v", len(all), err)
	}
	return all[0].Check.State
}

// TestService_Check: WeChat is asked once, by an address that works for an hour and for that picture alone; its verdict counts once, and
// what it does not say in time a person does.
func TestService_Check(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	p, err := o.Add(ctx, owner, no, photo(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := o.Check(ctx, p.ID, model.Event{}); err != nil {
			t.Fatal(err)
		}
	}
	tok, ok := strings.CutPrefix(o.world.address, "https://example.test/p/")
	if o.world.asked != 1 || !ok {
		t.Fatalf("asked %d times, by %q", o.world.asked, o.world.address)
	}
	if kind, content, err := o.OpenForCheck(ctx, tok); err != nil || kind != "image/png" || !bytes.Equal(content, photo(t, 1)) {
		t.Errorf("%s, %v", kind, err)
	}
	_, _, err = o.OpenForCheck(ctx, tok[:len(tok)-2]+"AA")
	wants(t, err, "qr_invalid")
	other := token.NewQRSigner([]token.Key{{ID: "k", Secret: make([]byte, 32)}}, o.clock).Make(token.QR{Kind: token.QRTracking, ID: 1, Expires: o.clock.Now().Add(time.Hour)})
	_, _, err = o.OpenForCheck(ctx, other)
	wants(t, err, "qr_invalid")
	if known, err := o.Judged(ctx, "trace-9", "pass", 0); err != nil || known {
		t.Errorf("%v, %v", known, err)
	}
	if err := o.Wake(ctx, p.ID); err != nil || o.state(t) != model.CheckPending {
		t.Fatalf("too early: %s, %v", o.state(t), err)
	}
	o.clock.Advance(31 * time.Minute)
	if err := o.Wake(ctx, p.ID); err != nil || o.state(t) != model.CheckHeld {
		t.Fatalf("%s, %v", o.state(t), err)
	}
	if known, err := o.Judged(ctx, "trace-1", "pass", 100); err != nil || !known || o.state(t) != model.CheckPassed {
		t.Errorf("a late verdict: %s, %v", o.state(t), err)
	}
	if known, err := o.Judged(ctx, "trace-1", "risky", 100); err != nil || !known || o.state(t) != model.CheckPassed {
		t.Errorf("another verdict: %s, %v", o.state(t), err)
	}
	o.clock.Advance(time.Hour)
	_, _, err = o.OpenForCheck(ctx, tok)
	wants(t, err, "qr_expired")
	if err := errors.Join(o.Check(ctx, "none", model.Event{}), o.Wake(ctx, "none")); err != nil {
		t.Error(err)
	}
}

// TestService_Check_failing: whom WeChat does not know, and what it does not check, a person looks at; an outage is tried again, but not
// for ever.
func TestService_Check_failing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail  error
		alien bool
		later time.Duration
		class outbox.Class
		state string
	}{
		"not a user of the app": {alien: true, state: model.CheckHeld},
		"held":                  {fail: &wechat.Error{Class: wechat.ClassHold}, state: model.CheckHeld},
		"busy":                  {fail: &wechat.Error{Class: wechat.ClassBusy}, class: outbox.Postponed, state: model.CheckPending},
		"down":                  {fail: errors.New("down"), class: outbox.Postponed, state: model.CheckPending},
		"our mistake":           {fail: &wechat.Error{Class: wechat.ClassMistake}, class: outbox.Impossible, state: model.CheckPending},
		"down for hours":        {fail: errors.New("down"), later: 3 * time.Hour, state: model.CheckHeld},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			p, err := o.Add(t.Context(), owner, no, photo(t, 1))
			if err != nil {
				t.Fatal(err)
			}
			o.world.fail = c.fail
			if c.alien {
				o.world.author = &model.Applicant{Head: model.Head{ID: "ap1"}}
			}
			o.clock.Advance(c.later)
			err = o.Check(t.Context(), p.ID, model.Event{})
			if class, _ := outbox.Classify(err); (err == nil) != (c.class == "") || err != nil && class != c.class {
				t.Errorf("%s, %v", class, err)
			}
			if got := o.state(t); got != c.state {
				t.Errorf("%s, want %s", got, c.state)
			}
		})
	}
}
