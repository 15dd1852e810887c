package server

import (
	"context"

	"kuacheng/biz/credit"
	"kuacheng/biz/outbox"
	creditdoor "kuacheng/handler/credit"
	"kuacheng/jobs"
	"kuacheng/model"
	facts "kuacheng/model/credit"
)

func (s *Server) openCredit(ctx context.Context) (err error) {
	s.credit, err = credit.New(ctx, credit.Config{DB: s.db, Clock: s.clock, Matters: s.matters, Notices: s.notices})
	return err
}

func (s *Server) creditJobs() {
	s.jobs.On(facts.KindFact, jobs.Default, s.credit.Happened)
	s.jobs.OnWake(credit.Collection, s.credit.Wake)
	s.jobs.OnWake(credit.Counts, s.credit.WakeCount)
}

// noted lets credit look at an event after whoever carries it out.
func (s *Server) noted(h, look outbox.Handler) outbox.Handler {
	return func(ctx context.Context, doc string, e model.Event) error {
		if err := h(ctx, doc, e); err != nil {
			return err
		}
		return look(ctx, doc, e)
	}
}

func (s *Server) creditDoor() *creditdoor.Handler {
	return &creditdoor.Handler{Credit: s.credit, Show: s.shower}
}
