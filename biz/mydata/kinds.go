package mydata

import (
	"context"
	"errors"
	"time"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/retention"
	"kuacheng/model/trust"
)

// page is how much of a collection is in memory at once.
const page = 100

// put is given one thing after another of a kind.
type put func(value any) error

// kind is one kind of what is held of people.
type kind struct {
	key   string // stable: in answers, and in the names of files
	title string
	why   string
	kept  string
	count func(ctx context.Context, person string) (int64, error)
	each  func(ctx context.Context, person string, put put) error
}

// term is until when things are kept by a term, in words.
func term(t retention.Term) string { return "自" + t.Since + "起" + span(t) }

func span(t retention.Term) string {
	switch {
	case t.Years > 0:
		return digits(t.Years) + "年"
	case t.Days%365 <= 1 && t.Days >= 365:
		return "一年"
	}
	return digits(t.Days) + "天"
}

func (s *Service) allKinds() []kind {
	archive := "作出决定的" + term(retention.Decided) + "（规定长期保管的事项三十年）；未作决定的" + term(retention.Undecided) + "；未提交的草稿" + term(retention.Draft)
	same := "随所属办件"
	return []kind{
		{"account", "账户与实名信息", "识别您本人、与您联系", "至您注销账户", s.countAccount, s.eachAccount},
		{"matters", "办件", "办理您申请的事项，" + retention.Decided.Why, archive + "；" + retention.Address.Name + term(retention.Address), s.Matters.CountMine, s.eachMatter},
		{"materials", "材料与结果文件", "审查您的申请、证明所作的决定", same, nil, s.eachMaterial},
		{"bookings", "预约与排队", retention.Booking.Why, term(retention.Booking), s.Bookings.CountMine, s.eachBooking},
		{"parcels", "邮件", retention.Parcel.Why, term(retention.Parcel), nil, s.eachParcel},
		{"reviews", "评价", "核实、答复您的评价，改进服务", same, nil, s.eachReview},
		{"notices", "通知", retention.Notice.Why, term(retention.Notice), s.Notices.Count, s.eachNotice},
		{"problems", "您反映的问题", "办理、答复您反映的问题", "同" + retention.Undecided.Name + "，" + span(retention.Undecided), s.Problems.CountRaised, s.eachProblem},
		{"certificates", "自助终端出具的证明", "供核验证明真伪", same, s.Kiosks.CountCertificates, s.eachCertificate},
		{"consents", "授权同意", retention.Consent.Why, term(retention.Consent), nil, s.eachConsent},
		{"policies", "政策推送", "按您的同意推送，不重复推送", "撤回同意后不再推送，已推送的记录" + span(retention.Consent), nil, s.eachPolicy},
		{"sessions", "登录", retention.Log.Why, term(retention.Log), s.Accounts.CountSignIns, s.eachSession},
		{"kiosk_sign_ins", "自助终端登录", "在终端上识别您本人", "自登录起一天", s.Kiosks.CountLogins, s.eachKioskLogin},
		{"accesses", "查看记录", retention.Consent.Why, term(retention.Consent), nil, s.entries("")},
		{"disclosures", "对外提供的记录", retention.Consent.Why, term(retention.Consent), nil, s.entries(trust.Disclosed)},
		{"exports", "您申请的副本", "提供您的个人信息副本", "备好后二十四小时删除文件", nil, s.eachExport},
	}
}

// Holding is how much of a kind is held, and on what terms.
type Holding struct {
	Key, Title, Why, Kept string
	Count                 int64
	Locked                int // kept for the archive whatever its person asks for
}

// Lock is a matter that is kept for the archive although its person might ask for erasure.
type Lock struct {
	Matter, Item, State, Why string
	Until                    time.Time
}

// Held is all that is held of a person, in numbers.
type Held struct {
	Kinds  []Holding
	Locked []Lock // of the latest matters
}

// List is what is held of a person. What is counted by an index is; the rest is what hangs on the person's own few matters and days.
func (s *Service) List(ctx context.Context, person string) (*Held, error) {
	held := &Held{Kinds: make([]Holding, 0, len(s.kinds))}
	locked := 0
	err := s.matters(ctx, person, func(m *model.Matter) error {
		t, until := m.Term(), m.KeptUntil()
		if until.IsZero() || !t.Locked {
			return nil
		}
		locked++
		if len(held.Locked) < page {
			held.Locked = append(held.Locked, Lock{Matter: m.ID, Item: m.Item.Name, State: m.State.Name(), Why: t.Why, Until: until})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, k := range s.kinds {
		h := Holding{Key: k.key, Title: k.title, Why: k.why, Kept: k.kept}
		if k.count != nil {
			h.Count, err = k.count(ctx, person)
		} else {
			err = k.each(ctx, person, func(any) error { h.Count++; return nil })
		}
		if err != nil {
			return nil, err
		}
		if k.key == "matters" {
			h.Locked = locked
		}
		held.Kinds = append(held.Kinds, h)
	}
	return held, nil
}

// walk reads a list to its end, a page at a time.
func walk[T any](find func(cursor string) (store.Page[T], error), each func(*T) error) error {
	cursor := ""
	for {
		p, err := find(cursor)
		if err != nil {
			return err
		}
		for _, x := range p.Items {
			if err := each(x); err != nil {
				return err
			}
		}
		if cursor = p.Next; cursor == "" {
			return nil
		}
	}
}

// gone lets a thing that is no more be none.
func gone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
