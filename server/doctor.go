package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"time"

	"kuacheng/biz/store"
	"kuacheng/config"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Finding is what doctor says of one thing.
type Finding struct {
	Name    string
	Note    string
	Warning string // works, but somebody should know
	Err     error
}

// Text is the finding in words.
func (f Finding) Text() string {
	switch {
	case f.Err != nil:
		return f.Err.Error()
	case f.Warning != "":
		return f.Warning
	}
	return cmp.Or(f.Note, "ok")
}

// Examine asks everything that a server with this configuration would stand on, one after the other: what is
// set, keys, store, files, queue, WeChat, couriers, calendar, clock. It writes nothing but a test file.
func Examine(ctx context.Context, cfg *config.Config) iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		if err := cfg.Check(); err != nil {
			yield(Finding{Name: "settings", Err: err})
			return
		}
		if !yield(Finding{Name: "settings"}) {
			return
		}
		s, err := New(ctx, cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err != nil {
			yield(Finding{Name: "start", Err: err})
			return
		}
		defer s.Close()
		looks := []func(context.Context) Finding{s.lookAtStore, s.lookAtFiles, s.lookAtQueue, s.lookAtWeChat, s.lookAtSMS, s.lookAtCouriers}
		for _, c := range cfg.Couriers() {
			looks = append(looks, func(context.Context) Finding { return s.lookAtCourier(c) })
		}
		for _, look := range append(looks, s.lookAtCalendar, s.lookAtClock) {
			if !yield(look(ctx)) {
				return
			}
		}
	}
}

func (s *Server) lookAtStore(ctx context.Context) Finding {
	return Finding{Name: "store", Note: s.db.Engine(), Err: s.db.Ping(ctx)}
}

func (s *Server) lookAtFiles(ctx context.Context) Finding {
	return Finding{Name: "files", Err: s.files.Check(ctx)}
}

func (s *Server) lookAtQueue(ctx context.Context) Finding {
	f := Finding{Name: "queue", Err: s.redis.Check(ctx)}
	if s.cfg.Redis == "embedded" && !s.cfg.Sandbox {
		f.Warning = "embedded: for one process only; a fleet needs KUACHENG_REDIS"
	}
	return f
}

func (s *Server) lookAtWeChat(ctx context.Context) Finding {
	f := Finding{Name: "wechat"}
	problems, err := s.wechat.CheckTemplates(ctx)
	if f.Err = err; err == nil && len(problems) > 0 {
		f.Warning = fmt.Sprintf("templates that will not be sent: %v", problems)
	}
	if out, _ := s.outside(); f.Err == nil && f.Warning == "" && len(out.push.Tokens) == 0 {
		f.Warning = "KUACHENG_WECHAT_TOKEN is not set: WeChat's message push is refused"
	}
	return f
}

// lookAtSMS sends nothing: it says which of the texts that cannot wait would find no way.
func (s *Server) lookAtSMS(context.Context) Finding {
	f := Finding{Name: "sms", Note: "Tencent Cloud"}
	out, err := s.outside()
	if f.Err = err; err != nil {
		return f
	}
	if out.sms.SecretID == "" {
		f.Warning = "none is configured: what WeChat does not bring stands in the inbox only"
		return f
	}
	var missing []string
	for _, key := range model.NoticeSMSKeys() {
		if out.texts[key] == "" {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		f.Warning = fmt.Sprintf("texts without an id, which will not be sent: %v", missing)
	}
	return f
}

func (s *Server) lookAtCouriers(context.Context) Finding {
	f := Finding{Name: "couriers"}
	var open []string
	for _, c := range s.cfg.Couriers() {
		if s.sandbox != nil || c.Open() {
			open = append(open, c.Name)
		}
	}
	if f.Note = strings.Join(open, ", "); len(open) == 0 {
		f.Warning = "none is configured: parcels have to be followed by hand"
	}
	return f
}

// lookAtCourier says of one channel where its pushes must go, which has to be told to the courier, and what is
// missing. The address of two of them holds their token, so doctor's output is not for everyone.
func (s *Server) lookAtCourier(c config.Courier) Finding {
	f := Finding{Name: c.Name}
	carrier, open := s.parcels.Carriers[model.Carrier(c.Name)]
	if !open {
		f.Note = "closed: " + strings.Join(c.Missing(), ", ") + " not set"
		return f
	}
	address := callbackURL(s.cfg.Public(), model.Carrier(c.Name))
	if tokened, ok := carrier.(interface{ CallbackAddress() string }); ok {
		address = tokened.CallbackAddress()
	}
	f.Note = "pushes to " + address
	if lacks := c.Lacks(); s.sandbox == nil && len(lacks) > 0 {
		f.Warning = f.Note + "; " + strings.Join(lacks, "; ")
	}
	return f
}

func (s *Server) lookAtCalendar(context.Context) Finding {
	year := model.DateOf(s.clock.Now()).Year()
	for _, y := range []int{year, year + 1} {
		if s.catalogue.Calendar.Provisional(y) {
			return Finding{Name: "calendar", Warning: fmt.Sprintf("%d has no holiday notice yet: deadlines in it are provisional", y)}
		}
	}
	return Finding{Name: "calendar"}
}

// lookAtClock compares this machine's clock with Redis's: deadlines and signatures depend on it.
func (s *Server) lookAtClock(ctx context.Context) Finding {
	there, err := s.redis.Client().Time(ctx).Result()
	if err != nil {
		return Finding{Name: "clock", Err: err}
	}
	if off := time.Since(there).Abs(); off > 5*time.Second {
		return Finding{Name: "clock", Err: fmt.Errorf("this machine and Redis differ by %s: check NTP", off.Round(time.Second))}
	}
	return Finding{Name: "clock"}
}

// Close releases what New has opened, for a server that was never run.
func (s *Server) Close() error { return s.close() }

// AddStaff makes an account after checking it against its organisation and the rules for passwords.
func (s *Server) AddStaff(ctx context.Context, x model.Staff, name, password string) error {
	org, ok := s.catalogue.Orgs().Get(x.Org)
	if !ok {
		return fmt.Errorf("there is no organisation %s", x.Org)
	}
	x.Region = org.Region
	if hall, ok := s.catalogue.Hall(x.Hall); x.Hall != "" && (!ok || hall.Organisation != x.Org) {
		return fmt.Errorf("%s has no hall %s", org.ID, x.Hall)
	}
	if err := x.Check(org); err != nil {
		return err
	}
	if err := model.CheckPassword(password); err != nil {
		return errors.New(fault.From(err).Message)
	}
	if err := s.accounts.AddStaff(ctx, x, name, password); errors.Is(err, store.ErrDuplicate) {
		return fmt.Errorf("there is an account %s already", x.ID)
	} else if err != nil {
		return err
	}
	return nil
}
