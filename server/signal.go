package server

import (
	"context"

	"kuacheng/biz/outbox"
	signals "kuacheng/biz/signal"
	signaldoor "kuacheng/handler/signal"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/bureau"
	"kuacheng/model/signal"
	"kuacheng/model/trust"
)

// openSignals makes what watches the work by rules. All that it watches comes first.
func (s *Server) openSignals(ctx context.Context) (err error) {
	s.signals, err = signals.New(ctx, signals.Config{
		DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Matters: s.matters, Ledger: s.ledger, Accesses: s.audit, Bookings: s.bookings,
		Parcels: s.parcels, Peers: s.peers, Problems: s.problems, Notices: s.notices, Bureau: s.bureau,
	})
	if err == nil {
		s.parcels.Reused = s.signals.Reused
	}
	return err
}

func (s *Server) signalJobs() {
	s.jobs.On(signal.KindSignal, jobs.Default, s.signals.Found)
	s.jobs.On(signal.KindMorning, jobs.Slow, s.signals.Morning)
	s.jobs.OnWake(signals.Collection, s.signals.Wake)
	s.jobs.OnWake(signals.Watches, s.signals.WakeWatch)
	s.jobs.OnWake(signals.CarrierDays, s.signals.WakeCarrierDay)
	s.jobs.OnWake(signals.Mornings, s.signals.WakeMorning)
}

// watched lets the signals look at an event after whoever carries it out.
func (s *Server) watched(kind string, h outbox.Handler) outbox.Handler {
	look := map[string]outbox.Handler{
		model.KindMatterLight: s.signals.Lit, model.BookingEventKind: s.signals.Booked, model.ParcelWaybillBound: s.signals.Handed,
		model.ParcelStateChanged: s.signals.Moved, model.KindPeerDiffers: s.signals.Differs, trust.KindAccess: s.signals.Looked,
		bureau.KindProblem: s.signals.Ticket,
	}[kind]
	if look == nil {
		return h
	}
	return then(h, look)
}

// then lets somebody look at an event after whoever carries it out.
func then(h, look outbox.Handler) outbox.Handler {
	return func(ctx context.Context, doc string, e model.Event) error {
		if err := h(ctx, doc, e); err != nil {
			return err
		}
		return look(ctx, doc, e)
	}
}

func (s *Server) signalDoor() *signaldoor.Handler {
	return &signaldoor.Handler{Signals: s.signals, Show: s.shower}
}
