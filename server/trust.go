package server

import (
	"context"
	"slices"

	"kuacheng/biz/audit"
	"kuacheng/biz/consent"
	"kuacheng/biz/reseal"
	"kuacheng/handler/privacy"
	trustdoor "kuacheng/handler/trust"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/policy"
	"kuacheng/model/trust"
)

// openTrust makes what people can hold the city to: the access log and the consents.
func (s *Server) openTrust(ctx context.Context) (err error) {
	if s.audit, err = audit.New(ctx, audit.Config{DB: s.db, Clock: s.clock, Problems: s.problems, Bureau: s.bureau}); err != nil {
		return err
	}
	if s.consents, err = consent.New(ctx, s.db, s.clock); err != nil {
		return err
	}
	s.consents.Follow("push", func(ctx context.Context, applicant string, now trust.ConsentStep) error {
		if now.Granted {
			_, err := s.policies.Agree(ctx, applicant, policy.Version)
			return err
		}
		_, err := s.policies.Decline(ctx, applicant)
		return err
	})
	s.matters.Accesses, s.matters.Consents, s.matters.Met = s.audit, s.consents, s.accounts.Met
	if err = s.openMyData(ctx); err != nil {
		return err
	}
	sources := slices.Concat(s.accounts.Sealed(), s.matters.Sealed(), s.parcels.Sealed(), s.peers.Sealed(), s.kiosks.Sealed(),
		s.bookings.Sealed(), s.problems.Sealed(), []reseal.Source{s.files},
		s.policies.Sealed(), s.agreements.Sealed(), s.plan.Sealed(), s.meetings.Sealed(), s.personKeys.Sealed(), s.mydata.Sealed())
	s.rotation, err = reseal.New(ctx, s.db, s.keeper, s.clock, sources...)
	return err
}

// Rotation is the rotation of keys, for the command.
func (s *Server) Rotation() *reseal.Service { return s.rotation }

func (s *Server) trustJobs() {
	s.jobs.On(trust.KindAccess, jobs.Default, s.watched(trust.KindAccess, s.audit.Noted))
	s.jobs.On(trust.KindAccessLimit, jobs.Default, s.audit.Limit)
	s.jobs.On(trust.KindConsent, jobs.Default, s.consents.Said)
	s.jobs.On(trust.KindRotationStep, jobs.Slow, s.rotation.Step)
	s.jobs.On(model.KindAccountErased, jobs.Default, s.accounts.Gone)
	s.jobs.On(trust.KindDisclosed, jobs.Default, s.matters.Disclosed)
	s.myDataJobs()
	s.jobs.OnWake(audit.Collection, s.audit.Wake)
}

func (s *Server) privacyDoor() *privacy.Handler {
	return &privacy.Handler{
		Accounts: s.accounts, Kiosks: s.kiosks, Audit: s.audit, Consents: s.consents, Data: s.mydata, Keeper: s.keeper, Show: s.shower,
	}
}

func (s *Server) trustDoor() *trustdoor.Handler {
	return &trustdoor.Handler{Audit: s.audit, Accounts: s.accounts, Matters: s.matters, Catalogue: s.catalogue, Show: s.shower, Rotation: s.rotation}
}
