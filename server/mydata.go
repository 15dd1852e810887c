package server

import (
	"context"

	"kuacheng/biz/mydata"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/trust"
)

// openMyData makes what people are given of what is held of them.
func (s *Server) openMyData(ctx context.Context) (err error) {
	s.mydata, err = mydata.New(ctx, mydata.Config{
		DB: s.db, Clock: s.clock, Keeper: s.keeper, Files: s.files, Catalogue: s.catalogue, Accounts: s.accounts, Matters: s.matters,
		Bookings: s.bookings, Parcels: s.parcels, Notices: s.notices, Consents: s.consents, Audit: s.audit, Policies: s.policies,
		Kiosks: s.kiosks, Problems: s.problems, Pictures: s.pictures, Log: s.log,
	})
	return err
}

func (s *Server) myDataJobs() {
	s.jobs.On(trust.KindExport, jobs.Slow, s.mydata.Build)
	s.jobs.On(trust.KindExportReady, jobs.Default, s.mydata.Ready)
	s.jobs.On(model.KindNewDevice, jobs.Default, s.mydata.NewDevice)
	s.jobs.OnWake(mydata.Collection, s.mydata.Wake)
}
