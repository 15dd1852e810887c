// Package wechat talks to WeChat for one mini-program and the app beside it: login, phone number, subscription
// messages. It stands on github.com/silenceper/wechat/v2, of which it never imports the root package (its init
// seizes the process's logging), and keeps its own access token. Every failure is an *Error whose Class says
// what to do.
package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/miniprogram"
	"github.com/silenceper/wechat/v2/miniprogram/config"
	occonfig "github.com/silenceper/wechat/v2/officialaccount/config"
	occontext "github.com/silenceper/wechat/v2/officialaccount/context"
	"github.com/silenceper/wechat/v2/officialaccount/oauth"
	"github.com/silenceper/wechat/v2/util"
)

// Clock tells the time, so that the sandbox's clock ages tokens too.
type Clock interface{ Now() time.Time }

// Config is one mini-program's account.
type Config struct {
	AppID, Secret       string
	AppAppID, AppSecret string   // the mobile app's; empty: AppLogin is refused
	APIURL              *url.URL // nil: the real host
	State               string   // miniprogram_state: developer, trial or formal; "" is formal

	Templates []Template
	Timeout   time.Duration // of one call; 0 is 8 s
}

// Client makes the calls. It is safe for concurrent use; many may live in one process.
type Client struct {
	cfg    Config
	clock  Clock
	tokens *Tokens
	mini   *miniprogram.MiniProgram
	app    *oauth.Oauth
}

// New makes a client. It calls nobody.
func New(cfg Config, clock Clock) *Client {
	installTransport()
	if cfg.Timeout == 0 {
		cfg.Timeout = 8 * time.Second
	}
	c := &Client{cfg: cfg, clock: clock}
	c.tokens = newTokens(cfg.AppID, cfg.Secret, clock, c.do)
	// The cache must not be nil, and is dead from the next line on.
	c.mini = miniprogram.NewMiniProgram(&config.Config{AppID: cfg.AppID, AppSecret: cfg.Secret, Cache: cache.NewMemory()})
	c.mini.SetAccessTokenContextHandle(c.tokens)
	c.app = oauth.NewOauth(&occontext.Context{Config: &occonfig.Config{AppID: cfg.AppAppID, AppSecret: cfg.AppSecret}})
	return c
}

// codeForm is what a login code may look like. The library pastes it unescaped into a URL in which the secret
// stands, so anything else is turned away here.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

func malformedCode(path string) *Error {
	return &Error{Code: 40029, Class: ClassLogin, Path: path, Note: "malformed code"}
}

// Login trades the code of wx.login for the person's openid at this mini-program, and the unionid when the
// account is bound to an Open Platform one. The session key is dropped: nothing here needs it.
func (c *Client) Login(ctx context.Context, code string) (openID, unionID string, err error) {
	if !codeForm.MatchString(code) {
		return "", "", malformedCode(pathLogin)
	}
	err = c.do(ctx, pathLogin, func(ctx context.Context) (util.CommonError, error) {
		res, err := c.mini.GetAuth().Code2SessionContext(ctx, code)
		openID, unionID = res.OpenID, res.UnionID
		return res.CommonError, err
	})
	return openID, unionID, whole(pathLogin, openID, err)
}

// AppLogin does the same for the mobile app's SendAuth code. The openid is another one than at the
// mini-program, and no message can be sent to it; the unionid is the same. The person's own tokens are dropped.
func (c *Client) AppLogin(ctx context.Context, code string) (openID, unionID string, err error) {
	if !codeForm.MatchString(code) {
		return "", "", malformedCode(pathAppLogin)
	}
	if c.cfg.AppAppID == "" {
		return "", "", &Error{Class: ClassConfig, Path: pathAppLogin, Note: "no app configured"}
	}
	err = c.do(ctx, pathAppLogin, func(ctx context.Context) (util.CommonError, error) {
		res, err := c.app.GetUserAccessTokenContext(ctx, code)
		openID, unionID = res.OpenID, res.UnionID
		return res.CommonError, err
	})
	return openID, unionID, whole(pathAppLogin, openID, err)
}

// whole turns an answer without an openid into an error.
func whole(path, openID string, err error) error {
	if err == nil && openID == "" {
		return &Error{Path: path, Class: ClassBusy, Note: "answer without an openid"}
	}
	return err
}

// Phone is a number that the person has confirmed to WeChat.
type Phone struct {
	Number      string // without country code
	CountryCode string // "86"
}

// text takes a JSON string or number: WeChat's documents and answers differ on countryCode, and a code is
// spent by the time the answer could fail to decode.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if *t = text(strings.Trim(string(b), `"`)); *t == "null" {
		*t = ""
	}
	return nil
}

// Phone trades the code of <button open-type="getPhoneNumber"> for the number. WeChat checks that the code is
// that person's when openID is given.
func (c *Client) Phone(ctx context.Context, code, openID string) (Phone, error) {
	if !codeForm.MatchString(code) {
		return Phone{}, malformedCode(pathPhone)
	}
	type answer struct {
		util.CommonError
		Info struct {
			Number      string `json:"purePhoneNumber"`
			CountryCode text   `json:"countryCode"`
		} `json:"phone_info"`
	}
	// The library's own call has no openid and takes countryCode as a string only.
	res, err := call[answer](ctx, c, pathPhone, struct {
		Code   string `json:"code"`
		OpenID string `json:"openid,omitempty"`
	}{code, openID})
	if err == nil && res.Info.Number == "" {
		err = &Error{Path: pathPhone, Class: ClassBusy, Note: "answer without a number"}
	}
	return Phone{res.Info.Number, string(res.Info.CountryCode)}, err
}

// do runs one call of the library and gives its failure a class.
func (c *Client) do(ctx context.Context, path string, f func(context.Context) (util.CommonError, error)) error {
	ctx, done := context.WithTimeout(ctx, c.cfg.Timeout)
	defer done()
	x := &exchange{to: c.cfg.APIURL}
	answer, err := f(x.context(ctx))
	switch {
	case answer.ErrCode != 0:
		return refusal(path, answer.ErrCode, answer.ErrMsg, c.clock.Now())
	case err != nil:
		return x.failure(path, err)
	}
	return nil
}

// call posts in (or gets, when in is nil) with the access token; Out embeds util.CommonError.
func call[Out any](ctx context.Context, c *Client, path string, in any) (out Out, err error) {
	err = c.ask(ctx, path, in, func(body []byte) error { return json.Unmarshal(body, &out) })
	return out, err
}

// ask makes a call with the access token and lets read take the answer of one that succeeded. A refused token is
// renewed once; then the error is the caller's.
func (c *Client) ask(ctx context.Context, path string, in any, read func([]byte) error) error {
	token, err := c.tokens.GetAccessTokenContext(ctx)
	for try := 0; err == nil; try++ {
		err = c.do(ctx, path, func(ctx context.Context) (util.CommonError, error) {
			return exchangeBody(ctx, path, token, in, read)
		})
		var e *Error
		if try > 0 || !errors.As(err, &e) || e.Class != ClassToken {
			break
		}
		token, err = c.tokens.Renew(ctx, token)
	}
	return err
}

func exchangeBody(ctx context.Context, path, token string, in any, read func([]byte) error) (answer util.CommonError, err error) {
	address := "https://" + wechatHost + path + "?access_token=" + url.QueryEscape(token)
	var body []byte
	if in == nil {
		body, err = util.HTTPGetContext(ctx, address)
	} else {
		body, err = util.PostJSONContext(ctx, address, in)
	}
	if err != nil {
		return answer, err
	}
	// An image is an answer too; whatever else is no JSON object cannot be read.
	if bytes.HasPrefix(body, []byte("{")) || path != pathCode {
		if err = json.Unmarshal(body, &answer); err != nil || answer.ErrCode != 0 {
			return answer, err
		}
	}
	return answer, read(body)
}
