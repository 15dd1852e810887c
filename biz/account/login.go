package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kuacheng/biz/identity"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Login is what a citizen's login gives.
type Login struct {
	Token     string
	Expires   time.Time
	Refresh   string
	Applicant *model.Applicant
}

// LoginWechat signs a citizen in by the code of wx.login; the first time makes the account.
func (s *Service) LoginWechat(ctx context.Context, code string) (Login, error) {
	openID, unionID, err := s.wechat.Login(ctx, code)
	if err != nil {
		return Login{}, loginFault(err)
	}
	return s.enter(ctx, "mini_program", s.appID, openID, unionID)
}

// LoginApp signs a citizen in by the app's code. The same unionid is the same person.
func (s *Service) LoginApp(ctx context.Context, code string) (Login, error) {
	openID, unionID, err := s.wechat.AppLogin(ctx, code)
	if err != nil {
		return Login{}, loginFault(err)
	}
	return s.enter(ctx, "app", s.appApp, openID, unionID)
}

// loginFault says to a person what WeChat's refusal means; anything else is WeChat being out of reach.
func loginFault(err error) error {
	var e *wechat.Error
	if errors.As(err, &e) {
		switch e.Class {
		case wechat.ClassLogin:
			return fault.New("login_failed").Say("登录凭证无效或已使用，请重新登录").Because(err)
		case wechat.ClassBlocked:
			return fault.New("login_blocked").Because(err)
		case wechat.ClassLimit:
			return fault.New("too_many_requests").After(e.RetryAfter).Because(err)
		}
	}
	return fault.New("unavailable").Say("微信登录暂时不可用，请稍后再试").After(5 * time.Second).Because(err)
}

func (s *Service) enter(ctx context.Context, device, appID, openID, unionID string) (Login, error) {
	a, err := s.applicantOf(ctx, model.WechatIdentity{AppID: appID, OpenID: openID}, unionID, device)
	if err != nil {
		return Login{}, err
	}
	if a.Blocked {
		return Login{}, fault.New("login_blocked")
	}
	now := s.clock.Now()
	secret, digest := newSecret()
	session := &model.Session{
		Head: model.Head{ID: s.newID()}, Subject: a.ID, Door: model.DoorCitizen, Device: device, Epoch: a.Epoch, Current: digest,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(refreshLife),
	}
	session.Rest()
	if err := s.sessions.Insert(ctx, session); err != nil {
		return Login{}, fmt.Errorf("account: opening session: %w", err)
	}
	return s.give(a, session, secret)
}

// give issues the tokens of a session. A refresh token is session.number.secret.
func (s *Service) give(a *model.Applicant, session *model.Session, secret string) (Login, error) {
	tok, expires, err := s.signer.Issue(a.Actor(), session.ID, accessLife)
	if err != nil {
		return Login{}, err
	}
	refresh := session.ID + "." + strconv.Itoa(session.Number) + "." + secret
	return Login{Token: tok, Expires: expires, Refresh: refresh, Applicant: a}, nil
}

func newSecret() (secret, digest string) {
	secret = rand.Text()
	return secret, digestOf(secret)
}

func digestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// applicantOf finds the account of a WeChat identity: by its openid, else by its unionid, else a new one. Two
// first logins at once end in one account, because a binding can be inserted only once.
func (s *Service) applicantOf(ctx context.Context, w model.WechatIdentity, unionID, device string) (*model.Applicant, error) {
	now := s.clock.Now()
	open := s.openKey(w.AppID, w.OpenID)
	owner, err := s.bound(ctx, open)
	if err != nil {
		return nil, err
	}
	union := ""
	if unionID != "" {
		union = s.keeper.Blind("unionid", unionID)
		if owner == "" {
			if owner, err = s.bound(ctx, union); err != nil {
				return nil, err
			}
		}
	}
	fresh := owner == ""
	if fresh {
		a := model.NewApplicant(s.newID(), w, unionID, now)
		if err := s.applicants.Insert(ctx, a); err != nil {
			return nil, fmt.Errorf("account: making applicant: %w", err)
		}
		owner = a.ID
	}
	for _, key := range []string{union, open} {
		if key == "" {
			continue
		}
		whose, err := s.bind(ctx, key, owner)
		if err != nil {
			return nil, err
		}
		if fresh && whose != owner { // another first login was quicker; nobody has seen ours
			if err := s.applicants.Delete(ctx, owner); err != nil {
				return nil, fmt.Errorf("account: dropping applicant: %w", err)
			}
			owner = whose
		}
		fresh = false
		// An account from before WeChat told us the unionid, and another: one person all the same.
		if owner, err = s.merge(ctx, owner, whose); err != nil {
			return nil, err
		}
	}
	a, err := s.applicants.Update(ctx, owner, func(a *model.Applicant) error {
		if a.Erased != nil {
			return fault.New("unavailable").Say("账号正在注销，请稍后再登录").After(5 * time.Second)
		}
		if a.MergedInto != "" {
			return store.ErrUnchanged // merged this moment: the next login is the other's, and this session moves
		}
		if joined, used := a.Join(w, unionID, now), a.Use(device, now); !joined && !used && now.Sub(a.SeenAt) < time.Hour {
			return store.ErrUnchanged
		}
		a.SeenAt = now
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("account: reading applicant: %w", err)
	}
	return a, nil
}

// openKey is the binding of an openid, which means nothing without its app.
func (s *Service) openKey(appID, openID string) string {
	return s.keeper.Blind("openid", appID+"\x00"+openID)
}

func (s *Service) bound(ctx context.Context, key string) (string, error) {
	b, err := s.bindings.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("account: reading binding: %w", err)
	}
	return s.Survivor(ctx, b.Applicant)
}

// bind makes a thing somebody's, or says whose it already is.
func (s *Service) bind(ctx context.Context, key, applicant string) (owner string, err error) {
	if owner, err = s.bindOnce(ctx, key, applicant); err != nil {
		return "", err
	}
	return s.Survivor(ctx, owner)
}

// bindOnce is bind in the words of the binding itself, whatever has become of the account.
func (s *Service) bindOnce(ctx context.Context, key, applicant string) (owner string, err error) {
	err = s.bindings.Insert(ctx, &model.Binding{Head: model.Head{ID: key}, Applicant: applicant, At: s.clock.Now()})
	if errors.Is(err, store.ErrDuplicate) {
		b, err := s.bindings.Get(ctx, key)
		if err != nil {
			return "", fmt.Errorf("account: reading binding: %w", err)
		}
		return b.Applicant, nil
	}
	if err != nil {
		return "", fmt.Errorf("account: binding: %w", err)
	}
	return applicant, nil
}

// Refresh exchanges a refresh token for the next pair. A token that was used before ends the whole family.
func (s *Service) Refresh(ctx context.Context, refresh string) (Login, error) {
	refused := fault.New("unauthenticated")
	parts := strings.Split(refresh, ".")
	if len(parts) != 3 {
		return Login{}, refused
	}
	number, err := strconv.Atoi(parts[1])
	if err != nil {
		return Login{}, refused
	}
	secret, digest := newSecret()
	good := false
	session, err := s.sessions.Update(ctx, parts[0], func(se *model.Session) error {
		good = se.Door == model.DoorCitizen && se.Rotate(digestOf(parts[2]), number, digest, s.clock.Now(), refreshLife)
		if !good && se.EndedAt.IsZero() {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !good {
		return Login{}, refused
	}
	if err != nil {
		return Login{}, fmt.Errorf("account: refreshing: %w", err)
	}
	a, err := s.resolve(ctx, session.Subject)
	if err != nil {
		return Login{}, fmt.Errorf("account: reading applicant: %w", err)
	}
	moved := a.ID != session.Subject // the session follows its account, and then has its epoch
	if a.Blocked || a.Epoch != session.Epoch && !moved {
		return Login{}, refused
	}
	return s.give(a, session, secret)
}

// Claim is the identity that a person says they have.
type Claim struct {
	Name, IDType, IDNumber, Phone string
}

// Verify matches a claimed identity and keeps it sealed. One id number belongs to one account: a second
// account that claims it is told to come to a window, since a name and a number alone prove nobody.
func (s *Service) Verify(ctx context.Context, id string, c Claim) (*model.Applicant, error) {
	known, err := s.applicants.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("account: reading applicant: %w", err)
	}
	if err := refuseMerged(known); err != nil {
		return nil, err // before the number is bound to anybody
	}
	kind := model.IDType(c.IDType)
	name, err := model.ParseName(c.Name)
	if err != nil {
		return nil, err
	}
	parsed, err := model.ParseIDNumber(kind, c.IDNumber, model.DateOf(s.clock.Now()))
	if err != nil {
		return nil, err
	}
	phone, err := model.ParsePhone(c.Phone)
	if err != nil {
		return nil, err
	}
	number := parsed.Number
	matched, err := s.checker.Match(ctx, identity.Question{Name: name, IDType: c.IDType, IDNumber: number})
	if err != nil {
		return nil, fault.New("unavailable").Say("身份核验服务暂时不可用，请稍后再试").After(10 * time.Second).Because(err)
	}
	if !matched {
		return nil, fault.New("identity_mismatch")
	}
	owner, err := s.bind(ctx, s.keeper.Blind("person:"+c.IDType, number), id)
	if err != nil {
		return nil, err
	}
	if owner != id {
		return nil, fault.New("identity_taken").Say("该证件已在其他账号实名，请携带证件到窗口办理")
	}
	p, err := s.person(id, kind, name, number, phone)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	a, err := s.applicants.Update(ctx, id, func(a *model.Applicant) error {
		if err := refuseMerged(a); err != nil {
			return err
		}
		return a.Verify(p, model.IdentityMatched, now)
	})
	if err != nil {
		return nil, fmt.Errorf("account: keeping identity: %w", err)
	}
	return a, nil
}

// person is who an account's is, sealed under their own key and found by blind indexes.
func (s *Service) person(id string, kind model.IDType, name, number string, phone model.Phone) (model.Person, error) {
	p := model.Person{
		IDType: kind, NameMask: model.MaskName(name), IDMask: model.MaskIDNumber(number), PhoneMask: model.MaskPhone(phone),
		IDIndex: s.keeper.Blind("id:"+string(kind), number), PhoneIndex: s.keeper.Blind("phone", string(phone)),
	}
	for _, x := range []struct {
		to    *model.Sealed
		field string
		plain string
	}{{&p.Name, "name", name}, {&p.IDNumber, "id_number", number}, {&p.Phone, "phone", string(phone)}} {
		var err error
		if *x.to, err = s.keeper.SealFor(id, place(id, x.field), x.plain); err != nil {
			return p, fmt.Errorf("account: sealing: %w", err)
		}
	}
	return p, nil
}
