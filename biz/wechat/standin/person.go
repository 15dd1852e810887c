package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"
)

// Kind is what a code is good for.
type Kind string

const (
	MiniProgram Kind = "mini"  // wx.login
	App         Kind = "app"   // SendAuth of the SDK
	PhoneNumber Kind = "phone" // <button open-type="getPhoneNumber">
)

type code struct {
	kind  Kind
	user  string
	until time.Time
	used  bool
}

// person is what the stand-in knows of a user beyond their name.
type person struct {
	blocked bool
	noUnion bool
	phone   string
	country string
	credits map[string]int // by template key; for a long-term one 1 is on
	logins  window
	seen    time.Time // at the mini-program
}

const codeLife = 5 * time.Minute

// NewCode gives what the phone of this user gives: a code for one use within five minutes. Any name is a user.
func (s *Server) NewCode(user string, kind Kind) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	for c, old := range s.codes { // long dead ones are 40029 in any case
		if now.Sub(old.until) > codeLife {
			delete(s.codes, c)
		}
	}
	c := randomText(32)
	s.codes[c] = &code{kind: kind, user: user, until: now.Add(codeLife)}
	return c
}

// Block makes WeChat hold a user for a risk: their logins fail with 40226.
func (s *Server) Block(user string) { s.set(user, func(p *person) { p.blocked = true }) }

// Unbind makes a user one whose logins carry no unionid.
func (s *Server) Unbind(user string) { s.set(user, func(p *person) { p.noUnion = true }) }

// Bind says whether a user's logins carry a unionid from now on.
func (s *Server) Bind(user string, bound bool) { s.set(user, func(p *person) { p.noUnion = !bound }) }

// SetPhone gives a user a number; without it they have one made from their name.
func (s *Server) SetPhone(user, country, number string) {
	s.set(user, func(p *person) { p.country, p.phone = country, number })
}

func (s *Server) set(user string, f func(*person)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.person(s.OpenID(user)))
}

// person finds or makes the record of a mini-program openid. Nobody needs to register: what is in the record
// is only what differs from the rule.
func (s *Server) person(openID string) *person {
	p := s.people[openID]
	if p == nil {
		p = &person{credits: map[string]int{}}
		s.people[openID] = p
	}
	return p
}

// OpenID is the user's at the mini-program. It is the same in every run.
func (s *Server) OpenID(user string) string { return openID(s.cfg.AppID, user) }

// AppOpenID is the user's at the app.
func (s *Server) AppOpenID(user string) string { return openID(s.cfg.AppAppID, user) }

func mac(parts ...string) string {
	h := hmac.New(sha256.New, []byte("wechat stand-in")) // no secret: it only has to be the same tomorrow
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		h.Write([]byte(p))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// openID is "o" and 27 characters: 17 made from the user, 10 from those, so that an openid of this appid is
// known as one after a restart too, without a list of users.
func openID(appID, user string) string {
	who := mac(appID, user)[:17]
	return "o" + who + mac(appID, "check", who)[:10]
}

func isOpenID(appID, id string) bool {
	return len(id) == 28 && id == "o"+id[1:18]+mac(appID, "check", id[1:18])[:10]
}

func unionID(user string) string { return "o" + mac("union", user)[:27] }

// take spends a code of a kind: 40029 for one that is unknown, expired or of another kind, 40163 when used.
func (s *Server) take(c string, kind Kind) (user string, bad answer) {
	k, ok := s.codes[c]
	switch {
	case !ok || k.kind != kind || !s.clock.Now().Before(k.until):
		return "", refuse(40029, "invalid code,")
	case k.used:
		return "", refuse(40163, "code been used,")
	}
	k.used = true
	return k.user, nil
}

func (s *Server) login(r *http.Request) answer {
	return s.enter(r, "js_code", MiniProgram, s.cfg.AppID, s.cfg.Secret)
}

func (s *Server) appLogin(r *http.Request) answer {
	return s.enter(r, "code", App, s.cfg.AppAppID, s.cfg.AppSecret)
}

// enter is the exchange of a login code, for the mini-program and for the app.
func (s *Server) enter(r *http.Request, param string, kind Kind, appID, secret string) answer {
	q := r.URL.Query()
	switch {
	case appID == "" || q.Get("appid") != appID:
		return refuse(40013, "invalid appid,")
	case q.Get("secret") != secret:
		return refuse(40125, "invalid appsecret,")
	case q.Get("grant_type") != "authorization_code":
		return refuse(40002, "invalid grant_type,")
	}
	user, bad := s.take(q.Get(param), kind)
	if bad != nil {
		return bad
	}
	p := s.person(s.OpenID(user))
	switch {
	case p.blocked:
		return refuse(40226, "code blocked,")
	case !p.logins.allow(s.clock.Now(), time.Minute, 100):
		return refuse(45011, "api minute-quota reach limit, mustslower, retry next minute,")
	}
	out := answer{"openid": openID(appID, user)}
	if !p.noUnion {
		out["unionid"] = unionID(user)
	}
	if kind == MiniProgram {
		p.seen = s.clock.Now()
		out["session_key"] = base64.StdEncoding.EncodeToString([]byte(randomText(16)))
		return out
	}
	out["access_token"], out["refresh_token"], out["expires_in"], out["scope"] = randomText(64), randomText(64), 7200, "snsapi_userinfo"
	return out
}

func (s *Server) phone(r *http.Request) answer {
	var in struct{ Code, OpenID string }
	if bad := body(r, &in); bad != nil {
		return bad
	}
	k, ok := s.codes[in.Code]
	if ok && in.OpenID != "" && in.OpenID != s.OpenID(k.user) {
		return refuse(40003, "invalid openid,")
	}
	user, bad := s.take(in.Code, PhoneNumber)
	if bad != nil {
		return bad
	}
	p := s.person(s.OpenID(user))
	country, number := p.country, p.phone
	if number == "" {
		country, number = "86", "1380000"+digits(user)
	}
	full := number
	if country != "86" {
		full = "+" + country + number
	}
	return answer{"errcode": 0, "errmsg": "ok", "phone_info": answer{
		"phoneNumber": full, "purePhoneNumber": number, "countryCode": country,
		"watermark": answer{"timestamp": s.clock.Now().Unix(), "appid": s.cfg.AppID},
	}}
}

// digits makes four digits of a name, so that users have different numbers, none of which is anybody's.
func digits(user string) string {
	sum := sha256.Sum256([]byte(user))
	return fmt.Sprintf("%04d", binary.BigEndian.Uint16(sum[:])%10000)
}
