package account

import (
	"context"
	"fmt"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// peerMark begins the ids of accounts that nobody logs into.
const peerMark = "peer-"

// Know keeps a person whose matter another city has received, as that city has verified them: found by kind and
// number of the document, never by phone. The account has no way to sign in, and a later login of the same person
// here is another one, so that nobody's login rests on what a peer says.
func (s *Service) Know(ctx context.Context, peer string, f model.FilingPerson) (id string, err error) {
	name, err := model.ParseName(f.Name)
	if err != nil {
		return "", err
	}
	parsed, err := model.ParseIDNumber(f.IDType, f.IDNumber, model.DateOf(s.clock.Now()))
	if err != nil {
		return "", err
	}
	phone, err := model.ParsePhone(f.Phone)
	if err != nil {
		return "", err
	}
	if f.Level < model.IdentityMatched {
		return "", fault.New("identity_required")
	}
	id = peerMark + s.keeper.Blind("peer:"+peer+":"+string(f.IDType), parsed.Number)
	p, err := s.person(id, f.IDType, name, parsed.Number, phone)
	if err != nil {
		return "", err
	}
	now := s.clock.Now()
	fresh := func() *model.Applicant {
		return &model.Applicant{Head: model.Head{ID: id}, Kind: model.SubjectNatural, CreatedAt: now, SeenAt: now}
	}
	_, err = s.applicants.Upsert(ctx, id, fresh, func(a *model.Applicant) error {
		if a.Verified() && a.Person.PhoneIndex == p.PhoneIndex {
			return store.ErrUnchanged
		}
		a.WakeAt(now.Add(again).UTC().Truncate(time.Millisecond)) // to find when the last of theirs is gone
		return a.Verify(p, min(f.Level, model.IdentityInPerson), now)
	})
	if err != nil {
		return "", fmt.Errorf("account: keeping a peer's applicant: %w", err)
	}
	return id, nil
}
