package server

import (
	"context"

	"kuacheng/biz/credit"
	creditdoor "kuacheng/handler/credit"
	"kuacheng/jobs"
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

func (s *Server) creditDoor() *creditdoor.Handler {
	return &creditdoor.Handler{Credit: s.credit, Show: s.shower}
}
