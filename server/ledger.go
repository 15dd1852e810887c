package server

import (
	"context"

	"kuacheng/biz/ledger"
	"kuacheng/biz/verify"
	"kuacheng/jobs"
	"kuacheng/model"
)

// openLedger makes what follows the matters and adds them up.
func (s *Server) openLedger(ctx context.Context) (err error) {
	s.ledger, err = ledger.New(ctx, ledger.Config{DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Matters: s.matters})
	return err
}

// Ledger is the work ledger, for the commands that prove it.
func (s *Server) Ledger() *ledger.Service { return s.ledger }

// Checker proves all that the server holds.
func (s *Server) Checker() *verify.Checker {
	return &verify.Checker{Matters: s.matters, Ledger: s.ledger, Bookings: s.bookings, Parcels: s.parcels, Files: s.files, Audit: s.audit, Astray: s.personnel.Astray}
}

func (s *Server) ledgerJobs() {
	s.jobs.On(model.KindMatterCounted, jobs.Slow, s.counted)
}
