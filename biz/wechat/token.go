package wechat

import (
	"context"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/util"
)

// Tokens keeps the access token of one mini-program. It asks stable_token, which hands the same token to every
// process, so nothing needs to be shared between them. The library's own keeper never renews a refused token,
// reads the wall clock, and makes its callers wait whatever their contexts say.
type Tokens struct {
	ask   *credential.StableAccessToken
	do    func(context.Context, string, func(context.Context) (util.CommonError, error)) error
	clock Clock
	turn  chan struct{} // a mutex that gives up with its caller's context

	token        string
	till, forced time.Time
}

const (
	// forceEvery spaces forced refreshes: WeChat allows 20 a day, 30 s apart.
	forceEvery = time.Hour
	// early is how long before its end a token is replaced; in its last five minutes stable_token gives the next.
	early = 5 * time.Minute
)

func newTokens(appID, secret string, clock Clock, do func(context.Context, string, func(context.Context) (util.CommonError, error)) error) *Tokens {
	// A nil cache panics; GetAccessTokenDirectly never uses it.
	ask := credential.NewStableAccessToken(appID, secret, "", cache.NewMemory()).(*credential.StableAccessToken)
	return &Tokens{ask: ask, do: do, clock: clock, turn: make(chan struct{}, 1)}
}

// GetAccessToken is what methods of the library without a context call.
func (t *Tokens) GetAccessToken() (string, error) {
	ctx, done := context.WithTimeout(context.Background(), 5*time.Second)
	defer done()
	return t.Renew(ctx, "")
}

// GetAccessTokenContext gives the current token.
func (t *Tokens) GetAccessTokenContext(ctx context.Context) (string, error) { return t.Renew(ctx, "") }

// Renew gives a token other than the one that WeChat has refused. It is told which one that was, and asks only
// if that is still the current one: callers who were all refused at once share one renewal.
func (t *Tokens) Renew(ctx context.Context, refused string) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", (&exchange{}).failure(pathToken, ctx.Err())
	}
	if t.token != "" && t.token != refused && t.clock.Now().Before(t.till) {
		return t.token, nil
	}
	res, err := t.fetch(ctx, false)
	if err == nil && res.AccessToken == refused && t.clock.Now().Sub(t.forced) > forceEvery {
		t.forced = t.clock.Now()
		res, err = t.fetch(ctx, true)
	}
	if err != nil {
		return "", err
	}
	life := time.Duration(res.ExpiresIn) * time.Second // what is left, not always 7200
	t.token, t.till = res.AccessToken, t.clock.Now().Add(life-min(life/2, early))
	return t.token, nil
}

func (t *Tokens) fetch(ctx context.Context, force bool) (res credential.ResAccessToken, err error) {
	err = t.do(ctx, pathToken, func(ctx context.Context) (util.CommonError, error) {
		res, err = t.ask.GetAccessTokenDirectly(ctx, force)
		return res.CommonError, err
	})
	if err == nil && res.AccessToken == "" {
		err = &Error{Path: pathToken, Class: ClassBusy, Note: "answer without a token"}
	}
	return res, err
}
