package server

import (
	"context"

	"kuacheng/biz/account"
	"kuacheng/biz/personnel"
	personneldoor "kuacheng/handler/personnel"
	"kuacheng/jobs"
	rules "kuacheng/model/personnel"
)

// openPersonnel makes what looks after the accounts of staff and the work that they leave.
func (s *Server) openPersonnel(ctx context.Context) (err error) {
	s.personnel, err = personnel.New(ctx, personnel.Config{
		DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Accounts: s.accounts, Matters: s.matters, Bookings: s.bookings, Notices: s.notices,
	})
	return err
}

func (s *Server) personnelJobs() {
	s.jobs.On(rules.KindHandover, jobs.Default, s.personnel.Left)
	s.jobs.OnWake(account.Staff, s.personnel.Wake)
}

func (s *Server) personnelDoor() *personneldoor.Handler {
	return &personneldoor.Handler{Personnel: s.personnel, Dossier: s.dossier, Show: s.shower, Keeper: s.keeper}
}
