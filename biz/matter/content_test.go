package matter

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// judge answers for WeChat.
type judge struct {
	suggest wechat.Suggestion
	err     error
}

func (j *judge) CheckText(context.Context, string, string) (wechat.Suggestion, int, error) {
	return j.suggest, 100, j.err
}

type author struct{ appID string }

func (a author) Get(_ context.Context, id string) (*model.Applicant, error) {
	return model.NewApplicant(id, model.WechatIdentity{AppID: a.appID, OpenID: "o"}, "", time.Now()), nil
}
func (author) Reveal(*model.Applicant, string) (string, error) { return "", nil }

type told struct{ keys []string }

func (n *told) Give(_ context.Context, d model.NoticeDraft) (bool, error) {
	n.keys = append(n.keys, d.Key)
	return true, nil
}

func TestService_CheckReview(t *testing.T) {
	t.Parallel()
	busy := &wechat.Error{Class: wechat.ClassBusy}
	for name, c := range map[string]struct {
		judge  judge
		app    string
		wait   time.Duration
		state  string
		class  outbox.Class // "" is no error
		notice bool
	}{
		"passes":                         {judge: judge{suggest: wechat.SuggestPass}, state: model.CheckPassed},
		"is doubtful":                    {judge: judge{suggest: wechat.SuggestReview}, state: model.CheckHeld},
		"is risky":                       {judge: judge{suggest: wechat.SuggestRisky}, state: model.CheckRisky, notice: true},
		"WeChat is down":                 {judge: judge{err: busy}, state: model.CheckPending, class: outbox.Postponed},
		"WeChat stays down":              {judge: judge{err: busy}, wait: 3 * time.Hour, state: model.CheckHeld},
		"the author was not here":        {judge: judge{err: &wechat.Error{Class: wechat.ClassHold}}, state: model.CheckHeld},
		"the author uses the app only":   {judge: judge{suggest: wechat.SuggestPass}, app: "other", state: model.CheckHeld},
		"the account may not ask at all": {judge: judge{err: &wechat.Error{Class: wechat.ClassConfig}}, state: model.CheckPending, class: outbox.Impossible},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "m.db"), store.Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			if c.app == "" {
				c.app = "mini"
			}
			now, notices := &clock.Movable{}, &told{}
			s := &Service{Config: Config{DB: db, Clock: now, Texts: &c.judge, AppID: "mini", Accounts: author{c.app}, Notices: notices}}
			if s.matters, s.reviews, err = Open(ctx, db); err != nil {
				t.Fatal(err)
			}
			if err := s.reviews.Insert(ctx, &model.Review{
				Head: model.Head{ID: "KC1"}, Rating: model.Rating{Stars: 4, By: "a", Text: "很方便"}, Check: &model.ContentCheck{State: model.CheckPending, At: now.Now()},
			}); err != nil {
				t.Fatal(err)
			}
			now.Advance(c.wait)
			for range 2 { // and run twice
				err := s.CheckReview(ctx, "KC1", model.Event{})
				if class, _ := outbox.Classify(err); (err == nil) != (c.class == "") || err != nil && class != c.class {
					t.Fatalf("%v", err)
				}
			}
			r, err := s.reviews.Get(ctx, "KC1")
			if err != nil || r.Check.State != c.state || (r.PublicText() != "") != (c.state == model.CheckPassed) || (len(notices.keys) > 0) != c.notice {
				t.Errorf("%+v, told %v, %v", r.Check, notices.keys, err)
			}
		})
	}
}
