package show

import (
	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/api/view"
)

// Appointment is the code of a booking's present slot; an older version has been revoked. It can be scanned on
// the day of the slot and told apart from an unknown code for a day after.
func Appointment(b *model.Booking) token.QR {
	return token.QR{
		Kind: token.QRAppointment, Version: b.QRVersion, ID: model.BookingNumber(b.ID),
		Expires: b.Date.Add(1).End().UTC(),
	}
}

// Booking shows a booking.
func (s *Shower) Booking(b *model.Booking) *view.Booking {
	v := &view.Booking{
		ID: b.ID, MatterNo: b.Matter, Hall: s.hall(b.Hall), State: string(b.State), StateName: b.State.Name(),
		Purpose: string(b.Purpose), Ticket: b.Ticket, CalledCount: int32(b.Calls), Window: b.Window, ItemName: b.Item,
		WalkIn: b.Slot == "", Priority: b.Priority != "", CreatedAt: Time(b.Steps[0].At),
	}
	if b.Slot != "" {
		v.Slot = &view.BookedSlot{ID: b.Slot, Date: string(b.Date), StartsAt: Time(b.Starts), EndsAt: Time(b.Ends)}
		v.ChangeUntil, v.CheckInFrom, v.CheckInUntil = Time(b.ChangeUntil), Time(b.CheckInFrom), Time(b.CheckInUntil)
		v.ReschedulesLeft = int32(b.ReschedulesLeft())
	}
	if !b.Ended() && b.Slot != "" {
		v.Qr = s.qr(Appointment(b), "/api/v1/bookings/"+b.ID+"/qr.png")
	}
	if b.State == model.BookingCancelled {
		v.CancelledReason = b.Steps[len(b.Steps)-1].Note
	}
	if b.State == model.BookingDisplaced {
		v.DisplacedReason, v.ChooseUntil, v.Qr = model.BookingReason(b.DisplacedFor()), When(b.FreeUntil), nil
		for _, o := range b.Offered {
			v.Offered = append(v.Offered, &view.OfferedSlot{SlotID: o.Slot, Hall: s.hall(o.Hall), StartsAt: Time(o.Starts), KeptUntil: Time(o.Until)})
		}
	}
	return v
}

// BookingFor shows a booking to staff, with who comes.
func (s *Shower) BookingFor(b *model.Booking, a *model.Applicant) *view.Booking {
	v := s.Booking(b)
	v.Qr, v.Applicant = nil, Person(a)
	return v
}

func (s *Shower) hall(id string) *view.HallRef {
	h, ok := s.Catalogue.Hall(id)
	if !ok {
		return &view.HallRef{ID: id, Name: id}
	}
	return &view.HallRef{ID: h.ID, Name: h.Name, Address: h.Address, Region: h.Region}
}

// Hall shows where a member of staff works; nil for none.
func (s *Shower) Hall(id string) *view.HallRef {
	if id == "" {
		return nil
	}
	return s.hall(id)
}

// AppointmentLink is the link in a booking's code: booking_ended for one that is over, qr_revoked for one that
// waits for another slot.
func (s *Shower) AppointmentLink(b *model.Booking) (string, error) {
	if err := b.QRLive(b.QRVersion); err != nil {
		return "", err
	}
	return s.Public + "/q/" + s.QR.Make(Appointment(b)), nil
}
