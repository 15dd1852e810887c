package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/wechat"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// openIDWrong is WeChat's errcode for a code that is another person's.
const openIDWrong = 40003

// SetPhone keeps the number that a person has confirmed to WeChat, by the code of its button. WeChat is asked
// whether the code is that person's.
func (s *Service) SetPhone(ctx context.Context, id, code string) (*model.Applicant, error) {
	a, err := s.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("account: reading applicant: %w", err)
	}
	openID, _ := a.OpenID(s.appID)
	given, err := s.wechat.Phone(ctx, code, openID)
	if err != nil {
		return nil, phoneFault(err)
	}
	raw := given.Number
	if given.CountryCode != "" && given.CountryCode != "86" {
		raw = "+" + given.CountryCode + raw
	}
	phone, err := model.ParsePhone(raw)
	if err != nil {
		return nil, err
	}
	index := s.keeper.Blind("phone", string(phone))
	sealed, err := s.keeper.SealFor(a.ID, place(a.ID, "phone"), string(phone))
	if err != nil {
		return nil, fmt.Errorf("account: sealing: %w", err)
	}
	a, err = s.applicants.Update(ctx, a.ID, func(a *model.Applicant) error {
		if err := refuseMerged(a); err != nil {
			return err
		}
		a.SetPhone(sealed, model.MaskPhone(phone), index)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("account: keeping phone: %w", err)
	}
	return a, nil
}

// phoneFault says to a person what WeChat's refusal means. It never is 401: the login is good, the code is not.
func phoneFault(err error) error {
	var e *wechat.Error
	if errors.As(err, &e) {
		switch {
		case e.Class == wechat.ClassLogin || e.Code == openIDWrong:
			return fault.New("phone_code_invalid").Because(err)
		case e.Class == wechat.ClassLimit:
			return fault.New("too_many_requests").After(e.RetryAfter).Because(err)
		}
	}
	return fault.New("unavailable").Say("微信暂时不可用，请稍后再试或填写手机号码").After(5 * time.Second).Because(err)
}
