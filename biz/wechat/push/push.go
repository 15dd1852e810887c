// Package push takes what WeChat pushes: what people answered to a subscription prompt, which messages arrived,
// what a content check found. A push is verified, kept and answered; the work is a job, because WeChat waits five
// seconds and then repeats itself.
package push

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kuacheng/biz/clock"
	"kuacheng/biz/outbox"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// Collection is the name of the kept pushes.
const Collection = "wechat_pushes"

// Accounts knows whose an openid is, and keeps their credits.
type Accounts interface {
	// ByOpenID gives the applicant of an openid at the mini-program; "" when there is none.
	ByOpenID(ctx context.Context, openID string) (applicant string, err error)
	// Tapped notes what a person answered to a prompt, or set in WeChat's settings.
	// The same push again is the same answer.
	Tapped(ctx context.Context, applicant, template, push string, accepted bool, at time.Time) error
}

// Notices wants to know what became of the messages.
type Notices interface {
	// Arrived tells what WeChat says of a message: failure is "" when it arrived. known is false when no notice
	// has sent it (yet).
	Arrived(ctx context.Context, applicant, template, msgID, failure string) (known bool, err error)
}

// Checks wants to know what a content check found.
type Checks interface {
	// Judged tells the verdict of a check by its trace: suggest is "" when the content could not be checked. known
	// is false when no check has this trace (yet).
	Judged(ctx context.Context, traceID, suggest string, label int) (known bool, err error)
}

// Config says what the service stands on.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Inlet     *wechat.Inlet // without tokens every push is refused
	Templates []wechat.Template
	Accounts  Accounts
	Notices   Notices
	Checks    Checks // nil: verdicts are of no interest
	Metrics   prometheus.Registerer
	Log       *slog.Logger
}

// Service is the pushes.
type Service struct {
	Config
	pushes *store.Collection[model.WechatPush]
	count  *prometheus.CounterVec
}

// New opens the collection.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c, count: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "kuacheng_wechat_pushes_total", Help: "What WeChat pushed, by event and by what became of it.",
	}, []string{"event", "result"})}
	var err error
	if s.pushes, err = store.Open(ctx, c.DB, store.Spec[model.WechatPush]{Name: Collection}); err != nil {
		return nil, fmt.Errorf("wechat push: %w", err)
	}
	if c.Metrics != nil {
		err = c.Metrics.Register(s.count)
	}
	return s, err
}

// Reply is what WeChat is answered: 200 and "success", or it repeats itself.
type Reply struct {
	Status int
	Body   string
}

var (
	success   = Reply{http.StatusOK, "success"}
	forbidden = Reply{http.StatusForbidden, "forbidden"}
	again     = Reply{http.StatusInternalServerError, "retry"}
)

// Echo answers the console's question when the address is saved.
func (s *Service) Echo(q url.Values) Reply {
	word, err := s.Inlet.Echo(q)
	if err != nil {
		return forbidden
	}
	return Reply{http.StatusOK, word}
}

// The events that are worked at.
const (
	eventPopup  = "subscribe_msg_popup_event"
	eventChange = "subscribe_msg_change_event"
	eventSent   = "subscribe_msg_sent_event"
	eventMedia  = "wxa_media_check"
)

// Receive takes one push. It is WeChat's to repeat only what we could not keep.
func (s *Service) Receive(ctx context.Context, q url.Values, body []byte) Reply {
	p, err := s.Inlet.Open(q, body)
	switch {
	case errors.Is(err, wechat.ErrForged):
		s.count.WithLabelValues("", "forged").Inc()
		return forbidden
	case err != nil: // it would not be readable on the retry either
		s.count.WithLabelValues("", "unreadable").Inc()
		return success
	}
	pushes := s.split(p)
	if len(pushes) == 0 {
		s.count.WithLabelValues("other", "ignored").Inc()
	}
	for _, doc := range pushes {
		switch err := s.pushes.Insert(ctx, doc); {
		case errors.Is(err, store.ErrDuplicate):
			s.count.WithLabelValues(p.Event, "duplicate").Inc()
		case err != nil:
			s.Log.ErrorContext(ctx, "a push of WeChat's was not kept", "error", err)
			return again
		default:
			s.count.WithLabelValues(p.Event, "kept").Inc()
		}
	}
	return success
}

// split makes a document of each thing that a push says; none of what nobody works at.
func (s *Service) split(p wechat.Pushed) (out []*model.WechatPush) {
	now := s.Clock.Now()
	switch p.Event {
	case eventPopup, eventChange, eventSent:
		for _, e := range p.List {
			out = append(out, model.NewWechatPush(model.WechatPush{
				Event: p.Event, OpenID: p.From, Template: e.TemplateID, Status: e.Status, MsgID: e.MsgID, Code: e.ErrorCode, At: p.At,
			}, now))
		}
	case eventMedia:
		if p.TraceID != "" {
			out = append(out, model.NewWechatPush(model.WechatPush{
				Event: p.Event, OpenID: p.From, TraceID: p.TraceID, Code: strconv.FormatInt(p.ErrCode, 10), Suggest: p.Suggest, Label: p.Label, At: p.At,
			}, now))
		}
	}
	return out
}

// patience is how long a push waits for what it is about: our own write of what was sent may still be under way.
const (
	patience = 10 * time.Minute
	soon     = 5 * time.Second
)

var errEarly = errors.New("wechat push: what it is about is not written down yet")

// Happened works at a kept push: the outbox.Handler of model.KindWechatPush.
func (s *Service) Happened(ctx context.Context, id string, _ model.Event) error {
	p, err := s.pushes.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wechat push: %w", err)
	}
	known, err := s.work(ctx, p)
	if err == nil && !known && s.Clock.Now().Sub(p.Received) < patience {
		return outbox.Later(errEarly, soon)
	}
	return err
}

func (s *Service) work(ctx context.Context, p *model.WechatPush) (known bool, err error) {
	if p.Event == eventMedia {
		return s.judged(ctx, p)
	}
	template := s.key(p.Template)
	if template == "" {
		return true, nil // none of ours
	}
	applicant, err := s.Accounts.ByOpenID(ctx, p.OpenID)
	if err != nil || applicant == "" {
		return true, err
	}
	switch p.Event {
	case eventPopup:
		return true, s.Accounts.Tapped(ctx, applicant, template, p.ID, p.Status == "accept", p.At)
	case eventChange:
		if p.Status != "reject" {
			return true, nil // WeChat tells only what is switched off; what is switched on comes with a prompt
		}
		return true, s.Accounts.Tapped(ctx, applicant, template, p.ID, false, p.At)
	}
	failure := ""
	if p.Code != "0" {
		failure = "wechat_undelivered"
	}
	return s.Notices.Arrived(ctx, applicant, template, p.MsgID, failure)
}

func (s *Service) judged(ctx context.Context, p *model.WechatPush) (known bool, err error) {
	if s.Checks == nil {
		return true, nil
	}
	suggest := p.Suggest
	if p.Code != "0" {
		suggest = ""
	}
	return s.Checks.Judged(ctx, p.TraceID, suggest, p.Label)
}

// key is our name of the account's template.
func (s *Service) key(id string) string {
	for _, t := range s.Templates {
		if t.ID != "" && t.ID == id {
			return t.Key
		}
	}
	return ""
}

// Wake forgets a push that has been kept long enough.
func (s *Service) Wake(ctx context.Context, id string) error {
	p, err := s.pushes.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wechat push: %w", err)
	}
	now := s.Clock.Now()
	if p.Forgettable(now) {
		if err := s.pushes.Delete(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("wechat push: %w", err)
		}
		return nil
	}
	_, err = s.pushes.Update(ctx, id, func(p *model.WechatPush) error {
		if p.Wake == nil || p.Wake.After(now) {
			return store.ErrUnchanged
		}
		p.Snooze(now)
		return nil
	})
	return err
}
