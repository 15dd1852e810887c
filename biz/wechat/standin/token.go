package standin

import (
	"net/http"
	"time"
)

const (
	tokenLife   = 2 * time.Hour
	overlap     = 5 * time.Minute // two tokens both work for so long
	forceApart  = 30 * time.Second
	forcesADay  = 20
	tokenLength = 136
)

// tokens are the two kinds of access token, which know nothing of each other.
type tokens struct {
	ends   map[string]time.Time // every token that may still be used; a replaced one is not in it
	stable string               // the one that stable_token hands out
	plain  string               // the last one of /cgi-bin/token
	forced time.Time
	forces quota
}

func (t *tokens) make(now time.Time) string {
	if t.ends == nil {
		t.ends = map[string]time.Time{}
	}
	for token, end := range t.ends {
		if now.Sub(end) > tokenLife {
			delete(t.ends, token)
		}
	}
	token := randomText(tokenLength)
	t.ends[token] = now.Add(tokenLife)
	return token
}

func (s *Server) stableToken(r *http.Request) answer {
	var in struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	if bad := body(r, &in); bad != nil {
		return bad
	}
	if bad := s.checkAccount(in.GrantType, in.AppID, in.Secret); bad != nil {
		return bad
	}
	t, now := &s.tokens, s.clock.Now()
	switch left := t.ends[t.stable].Sub(now); {
	case in.Force && now.Sub(t.forced) >= forceApart && t.forces.take(now, forcesADay):
		delete(t.ends, t.stable) // dies at once
		t.stable, t.forced = t.make(now), now
	case left <= overlap: // the next one; the old one still works until its end
		t.stable = t.make(now)
	}
	return answer{"access_token": t.stable, "expires_in": int(t.ends[t.stable].Sub(now) / time.Second)}
}

func (s *Server) plainToken(r *http.Request) answer {
	q := r.URL.Query()
	if bad := s.checkAccount(q.Get("grant_type"), q.Get("appid"), q.Get("secret")); bad != nil {
		return bad
	}
	t, now := &s.tokens, s.clock.Now()
	if end, ok := t.ends[t.plain]; ok && end.Sub(now) > overlap {
		t.ends[t.plain] = now.Add(overlap)
	}
	t.plain = t.make(now)
	return answer{"access_token": t.plain, "expires_in": int(tokenLife / time.Second)}
}

func (s *Server) checkAccount(grant, appID, secret string) answer {
	switch {
	case grant != "client_credential":
		return refuse(40002, "invalid grant_type,")
	case appID == "":
		return refuse(41002, "appid missing,")
	case secret == "":
		return refuse(41004, "appsecret missing,")
	case appID != s.cfg.AppID:
		return refuse(40013, "invalid appid,")
	case secret != s.cfg.Secret:
		return refuse(40125, "invalid appsecret,")
	}
	return nil
}

// authorised asks for the access token before an endpoint is served.
func (s *Server) authorised(f func(*http.Request) answer) func(*http.Request) answer {
	return func(r *http.Request) answer {
		token := r.URL.Query().Get("access_token")
		if token == "" {
			return refuse(41001, "access_token missing,")
		}
		end, ok := s.tokens.ends[token]
		if !ok {
			return refuse(40001, "invalid credential, access_token is invalid or not latest,")
		}
		if !s.clock.Now().Before(end) {
			return refuse(42001, "access_token expired,")
		}
		return f(r)
	}
}

// quota counts by the day of Beijing.
type quota struct {
	day  string
	used int
}

func (q *quota) take(now time.Time, limit int) bool {
	if day := dayOf(now); day != q.day {
		q.day, q.used = day, 0
	}
	if q.used >= limit {
		return false
	}
	q.used++
	return true
}

// window counts within a span that begins with its first use.
type window struct {
	from time.Time
	used int
}

func (w *window) allow(now time.Time, span time.Duration, limit int) bool {
	if now.Sub(w.from) >= span {
		w.from, w.used = now, 0
	}
	w.used++
	return w.used <= limit
}
