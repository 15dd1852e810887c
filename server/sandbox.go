package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/identity"
	"kuacheng/biz/licence"
	couriers "kuacheng/biz/parcel/courier/standin"
	"kuacheng/biz/signature"
	"kuacheng/biz/sms"
	smses "kuacheng/biz/sms/standin"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	wechats "kuacheng/biz/wechat/standin"
	"kuacheng/config"
	"kuacheng/model"
)

// The sandbox's keys are published here, so that its data can be opened again after a restart. They protect
// nothing, and a server outside the sandbox does not start with them.
const (
	sandboxSealKeys  = "sandbox:73616e64626f782d7365616c2d303031"
	sandboxIndexKey  = "73616e64626f782d696e6465782d303031ff"
	sandboxTokenKeys = "sandbox:73616e64626f782d746f6b656e2d6b65792d30303173616e64626f782d303031"

	// SandboxPassword is the password of the sandbox's staff.
	SandboxPassword = "sandbox-only"

	sandboxAppID    = "wx5a6e64626f780001"
	sandboxAppAppID = "wx5a6e64626f780002"

	sandboxPushToken  = "sandbox-push-token"
	sandboxPushAESKey = "c2FuZGJveC13ZWNoYXQtcHVzaC1hZXMta2V5LTAwMDE" // 43 characters, as WeChat's console gives
)

// sandbox plays the world outside on loopback: each stand-in is an HTTP server that the real clients reach by
// its URL, so production code never knows the difference.
type sandbox struct {
	clock    *clock.Movable
	wechat   *wechats.Server
	couriers *couriers.Server
	sms      *smses.Server
	outside  outside
	servers  []*http.Server
}

// open starts the stand-ins and says where they are.
func (b *sandbox) open(s *Server, templates []wechat.Template) error {
	wx := wechats.Config{AppID: sandboxAppID, Secret: "sandbox-secret", AppAppID: sandboxAppAppID, AppSecret: "sandbox-secret", Templates: templates}
	// Keys of one's own, of which the AES key may be left out: plaintext mode, which only the sandbox has.
	token, aesKey := s.cfg.WechatToken, s.cfg.WechatAESKey
	if token == "" {
		token, aesKey = sandboxPushToken, cmp.Or(aesKey, sandboxPushAESKey)
	}
	inlet := wechat.Inlet{AppID: wx.AppID, Tokens: config.Several(token), AESKeys: config.Several(aesKey), Now: time.Now}
	wx.Push = wechats.Push{URL: loopback(s.cfg) + "/callbacks/wechat", Token: inlet.Tokens[0]}
	if len(inlet.AESKeys) > 0 {
		wx.Push.AESKey = inlet.AESKeys[0]
	}
	b.wechat = wechats.New(wx, b.clock)
	wechatURL, err := b.serve(b.wechat)
	if err != nil {
		return err
	}
	account, err := accountsOf(s.cfg, loopback(s.cfg))
	if err != nil {
		return err
	}
	if err := errors.Join(account.play(), b.standin(&account, loopback(s.cfg))); err != nil {
		return err
	}
	key := signature.Key{ID: "sandbox", Secret: []byte("sandbox-identity")}
	identityURL, err := b.serve(identity.StandIn([]signature.Key{key}))
	if err != nil {
		return err
	}
	licences, err := licence.NewStandIn([]signature.Key{key}, b.clock.Now)
	if err != nil {
		return err
	}
	licenceURL, err := b.serve(licences)
	if err != nil {
		return err
	}
	b.outside = outside{
		push:    inlet,
		licence: licence.Config{URL: licenceURL.String(), Key: key, Issuers: licences.Issuers()},
		wechat: wechat.Config{
			AppID: wx.AppID, Secret: wx.Secret, AppAppID: wx.AppAppID, AppSecret: wx.AppSecret,
			APIURL: wechatURL, Templates: b.wechat.Templates(),
		},
		accounts: account, identityURL: identityURL.String() + "/match", identityKey: key,
	}
	return b.openSMS()
}

// openSMS starts the SMS provider's stand-in, with every text approved.
func (b *sandbox) openSMS() error {
	account := smses.Config{SecretID: "SANDBOXSMSID", SecretKey: "sandbox-secret", AppID: "1400000000", Sign: "跨城通办"}
	b.outside.texts = map[string]string{}
	for i, key := range model.NoticeSMSKeys() {
		id := strconv.Itoa(1_000_001 + i)
		b.outside.texts[key] = id
		account.Templates = append(account.Templates, smses.Template{ID: id, Key: key, Text: model.NoticeSMSForm(key)})
	}
	b.sms = smses.New(account, b.clock)
	u, err := b.serve(b.sms)
	if err != nil {
		return err
	}
	b.outside.sms = sms.TencentConfig{
		SecretID: account.SecretID, SecretKey: account.SecretKey, AppID: account.AppID, Sign: account.Sign, APIURL: u.String(),
	}
	return nil
}

// loopback is where this process's own stand-ins reach it, whatever address the world knows it by.
func loopback(c *config.Config) string {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// serve starts a stand-in on a free port of loopback.
func (b *sandbox) serve(h http.Handler) (*url.URL, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting a stand-in: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	b.servers = append(b.servers, server)
	go func() { _ = server.Serve(l) }() // ends with Close
	return &url.URL{Scheme: "http", Host: l.Addr().String()}, nil
}

// start lets the couriers try again what was not taken, and WeChat push.
func (b *sandbox) start(ctx context.Context) {
	go b.couriers.Run(ctx, time.Second)
	go b.wechat.Run(ctx)
}

func (b *sandbox) close() error {
	var errs []error
	for _, s := range b.servers {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// seed makes the sandbox's staff where they are missing.
func (b *sandbox) seed(ctx context.Context, s *Server) error {
	there, err := s.accounts.SandboxStaff(ctx)
	if err != nil || there {
		return err
	}
	for _, x := range s.data.SandboxStaff {
		org, _ := s.data.Organisations.Get(x.Organisation) // Load has looked
		err := s.accounts.AddStaff(ctx, *x.Account(org), x.Name, SandboxPassword)
		if err != nil && !errors.Is(err, store.ErrDuplicate) {
			return fmt.Errorf("making sandbox staff: %w", err)
		}
	}
	return nil
}

// tapped lets WeChat's stand-in know what a person answered to its prompt, as the real one would.
func (b *sandbox) tapped(a *model.Applicant, accepted, rejected []string) {
	openID, ok := a.OpenID(sandboxAppID)
	if !ok {
		return
	}
	known := func(keys []string) (out []string) {
		for _, key := range keys {
			if slices.ContainsFunc(b.outside.wechat.Templates, func(t wechat.Template) bool { return t.Key == key }) {
				out = append(out, key)
			}
		}
		return out
	}
	if keys := known(accepted); len(keys) > 0 {
		_ = b.wechat.Accept(openID, keys...) // fails for unknown keys only
	}
	if keys := known(rejected); len(keys) > 0 {
		_ = b.wechat.Reject(openID, keys...)
	}
}

func parseHex(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, errors.New("not hex") // the error would quote the digits
	}
	return b, nil
}
