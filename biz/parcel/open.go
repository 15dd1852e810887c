package parcel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// openTries bounds how often Open begins anew when the document that stood in its way was deleted meanwhile.
const openTries = 3

// Open claims a waybill for the matters of a dispatch, before they name it: waybill_invalid, waybill_in_use. The
// same matter again has it already; an envelope of the same day between the same organisations is shared.
func (s *Service) Open(ctx context.Context, n model.NewParcel) (*model.Parcel, error) {
	if len(n.Matters) == 0 {
		return nil, errors.New("parcel: opened for no matter")
	}
	if n.Company == "" && n.Carrier.Subscribes() {
		n.Company = model.CompanyOf(n.Waybill)
	}
	now := s.now()
	fresh, err := model.OpenParcel(n, now)
	if err != nil {
		return nil, err
	}
	for _, no := range n.Matters {
		if err := fresh.Claim(no, now); err != nil {
			return nil, err
		}
	}
	for range openTries {
		if err = s.parcels.Insert(ctx, fresh); !errors.Is(err, store.ErrDuplicate) {
			break
		}
		var p *model.Parcel
		p, err = s.parcels.Update(ctx, fresh.ID, func(p *model.Parcel) error { return p.Share(n, now) })
		if !missing(err) {
			return p, s.noted(ctx, fresh.ID, n, refused(err))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("parcel: opening: %w", err)
	}
	return fresh, nil
}

// noted tells of a number that is another parcel's, where somebody watches for that. It is refused all the same.
func (s *Service) noted(ctx context.Context, id string, n model.NewParcel, err error) error {
	if s.Reused == nil || fault.Code(err) != "waybill_in_use" {
		return err
	}
	if e := s.Reused(ctx, id, n); e != nil {
		s.Log.WarnContext(ctx, "a waybill that is used again was not noted", "parcel", id, "error", e)
	}
	return err
}

// refused lets a refusal of the model through bare, and says of anything else where it came from.
func refused(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) {
		return err
	}
	return fmt.Errorf("parcel: %w", err)
}

// PhoneTail seals the last digits of the phone that a carrier wants with a waybill, for NewParcel.
func (s *Service) PhoneTail(c model.Carrier, waybill, phone string) model.Sealed {
	return s.Keeper.Seal(phonePlace(model.ParcelID(c, model.NormaliseWaybill(waybill))), lastFour(phone))
}

func phonePlace(parcelID string) string { return "parcel:" + parcelID + ":phone_tail" }

func lastFour(phone string) string {
	digits := slices.DeleteFunc([]byte(phone), func(b byte) bool { return b < '0' || b > '9' })
	return string(digits[max(0, len(digits)-4):])
}

// Abandon gives a waybill back that a matter has found no use for. It does nothing where the matter names the
// parcel after all, as when two requests ran beside each other and the other won.
func (s *Service) Abandon(ctx context.Context, parcelID, matter string) error {
	has, err := s.Matters.Has(ctx, matter, parcelID)
	if err != nil || has {
		return err
	}
	now := s.now()
	_, err = s.parcels.Update(ctx, parcelID, func(p *model.Parcel) error {
		if !p.GiveUp(matter, now) {
			return store.ErrUnchanged
		}
		return nil
	})
	if missing(err) {
		return nil
	}
	return refused(err)
}

// Named is the handler of a matter's event that it names a parcel (ref: parcel): the claim is settled.
func (s *Service) Named(ctx context.Context, matter string, e model.Event) error {
	now := s.now()
	_, err := s.parcels.Update(ctx, e.Ref["parcel"], func(p *model.Parcel) error {
		changed, err := p.Named(matter, now)
		if err == nil && !changed {
			return store.ErrUnchanged
		}
		return err
	})
	if missing(err) {
		return nil
	}
	return refused(err)
}

// maxCorrections bounds how far Get follows corrected numbers.
const maxCorrections = 16

// Get is the parcel, or the one that has replaced it since its number was corrected. It is a snapshot shared with
// others: the caller never changes it.
func (s *Service) Get(ctx context.Context, id string) (*model.Parcel, error) {
	for range maxCorrections {
		p, err := s.parcels.Get(ctx, id)
		if missing(err) {
			return nil, fault.New("not_found")
		}
		if err != nil {
			return nil, fmt.Errorf("parcel: %w", err)
		}
		if p.ReplacedBy == "" {
			return p, nil
		}
		id = p.ReplacedBy
	}
	return nil, fmt.Errorf("parcel: %s was corrected too often", id)
}

// Correct replaces a mistyped number, until the carrier has collected. It answers the right parcel, which the
// caller's matters name from then on. Done again after a crash it gives the same parcel.
func (s *Service) Correct(ctx context.Context, id, waybill string, by model.Actor) (*model.Parcel, error) {
	wrong, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil, fault.New("not_found")
	}
	if err != nil {
		return nil, fmt.Errorf("parcel: %w", err)
	}
	now := s.now()
	draft := *wrong
	draft.Corrections, draft.Outbox = slices.Clip(wrong.Corrections), slices.Clip(wrong.Outbox)
	right, err := draft.Correct(waybill, by, now)
	if err != nil {
		return nil, err
	}
	for _, no := range right.Matters {
		if err := right.Claim(no, now); err != nil {
			return nil, err
		}
	}
	if right.PhoneTail, err = s.movePhone(wrong, right.ID); err != nil {
		return nil, err
	}
	if right, err = s.insertRight(ctx, right, id, now); err != nil {
		return nil, err
	}
	_, err = s.parcels.Update(ctx, id, func(p *model.Parcel) error {
		_, err := p.Correct(waybill, by, now)
		return err
	})
	return right, refused(err) // after a refusal the right parcel's claims lapse
}

// ConfirmCompany settles that a parcel travels with another company than was registered.
func (s *Service) ConfirmCompany(ctx context.Context, id, company string) (*model.Parcel, error) {
	now := s.now()
	p, err := s.parcels.Update(ctx, id, func(p *model.Parcel) error { return p.ConfirmCompany(company, now) })
	if missing(err) {
		return nil, fault.New("not_found")
	}
	return p, refused(err)
}

// Label corrects what stands on a parcel's label beside its number: the company, the phone; "" leaves one as it is.
func (s *Service) Label(ctx context.Context, id, company, phone string) (*model.Parcel, error) {
	if company == "" && lastFour(phone) == "" {
		return nil, fault.New("validation_failed").Field("company").Say("请填写快递公司或面单电话")
	}
	if company != "" {
		if p, err := s.ConfirmCompany(ctx, id, company); err != nil || lastFour(phone) == "" {
			return p, err
		}
	}
	tail, now := s.Keeper.Seal(phonePlace(id), lastFour(phone)), s.now()
	p, err := s.parcels.Update(ctx, id, func(p *model.Parcel) error { return p.Phone(tail, now) })
	if missing(err) {
		return nil, fault.New("not_found")
	}
	return p, refused(err)
}

// Complain opens a ticket at the sender for what an applicant reports of a parcel; reported again, it changes
// nothing.
func (s *Service) Complain(ctx context.Context, id, kind, words string) (*model.Parcel, error) {
	now := s.now()
	p, err := s.parcels.Update(ctx, id, func(p *model.Parcel) error {
		changed, err := p.Complain(kind, words, now)
		if err == nil && !changed {
			return store.ErrUnchanged
		}
		return err
	})
	if missing(err) {
		return nil, fault.New("not_found")
	}
	return p, refused(err)
}

// movePhone seals the digits for another document.
func (s *Service) movePhone(p *model.Parcel, to string) (model.Sealed, error) {
	tail, err := s.Keeper.Open(phonePlace(p.ID), p.PhoneTail)
	if err != nil {
		return "", fmt.Errorf("parcel: phone of %s: %w", p.ID, err)
	}
	return s.Keeper.Seal(phonePlace(to), tail), nil
}

// insertRight stores the parcel of a corrected number. One that the same correction has stored before is it, and
// is claimed again.
func (s *Service) insertRight(ctx context.Context, right *model.Parcel, from string, now time.Time) (*model.Parcel, error) {
	err := s.parcels.Insert(ctx, right)
	if err == nil {
		return right, nil
	}
	if !errors.Is(err, store.ErrDuplicate) {
		return nil, fmt.Errorf("parcel: correcting: %w", err)
	}
	there, err := s.parcels.Update(ctx, right.ID, func(p *model.Parcel) error {
		if !slices.ContainsFunc(p.Corrections, func(c model.WaybillCorrection) bool { return c.From == from && c.To == p.ID }) {
			return fault.New("waybill_in_use")
		}
		for _, no := range right.Matters {
			if err := p.Claim(no, now); err != nil {
				return err
			}
		}
		return nil
	})
	return there, refused(err)
}
