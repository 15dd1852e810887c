package server

import (
	"context"

	"kuacheng/biz/kiosk"
	"kuacheng/jobs"
	nouns "kuacheng/model/kiosk"
)

// openKiosks makes the machines; a pair offers their mode where one stands.
func (s *Server) openKiosks(ctx context.Context) (err error) {
	cfg := kiosk.Config{
		DB: s.db, Clock: s.clock, Keeper: s.keeper, Signer: s.signer, QR: s.qr, Files: s.files, Catalogue: s.catalogue, Accounts: s.accounts,
		Matters: s.matters, Notices: s.notices, Public: s.cfg.Public(),
	}
	if s.matters.Licences != nil {
		cfg.Registers = s.matters.Licences
	}
	if s.kiosks, err = kiosk.New(ctx, cfg); err == nil {
		s.catalogue.Stands = s.kiosks.Stands
	}
	return err
}

func (s *Server) kioskJobs() {
	s.jobs.On(nouns.KindTrouble, jobs.Default, s.kiosks.Trouble)
	s.jobs.On(nouns.KindSignedIn, jobs.Default, s.kiosks.SignedInAt)
	s.jobs.OnWake(kiosk.Devices, s.kiosks.WakeDevice)
	s.jobs.OnWake(kiosk.Logins, s.kiosks.WakeLogin)
}
