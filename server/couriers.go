package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"kuacheng/biz/parcel/courier"
	couriers "kuacheng/biz/parcel/courier/standin"
	"kuacheng/biz/signature"
	"kuacheng/config"
	"kuacheng/jobs"
	"kuacheng/model"
)

// accounts are what this server is at the couriers. A channel without its secret is closed.
type accounts struct {
	kuaidi100 courier.Kuaidi100Config
	kdniao    courier.KdniaoConfig
	sf        courier.SFConfig
	ems       courier.EMSConfig
	standard  courier.StandardConfig
}

// accountsOf reads the accounts from the settings; couriers are told to push to addresses that begin with base.
func accountsOf(c *config.Config, base string) (accounts, error) {
	a := accounts{
		kuaidi100: courier.Kuaidi100Config{
			Key: c.CourierKuaidi100Key, Customer: c.CourierKuaidi100Customer, Salts: config.Several(c.CourierKuaidi100Salt),
			APIURL: c.CourierKuaidi100APIURL, CallbackURL: callbackURL(base, model.CarrierKuaidi100),
		},
		kdniao: courier.KdniaoConfig{ID: c.CourierKdniaoID, Keys: config.Several(c.CourierKdniaoKey), APIURL: c.CourierKdniaoAPIURL},
		sf: courier.SFConfig{
			Partner: c.CourierSFPartner, Checkwords: config.Several(c.CourierSFCheckword), Digest: c.CourierSFDigest,
			APIURL: c.CourierSFAPIURL, CallbackURL: callbackURL(base, model.CarrierSF), Confirm: c.CourierSFConfirm == "ends",
		},
		ems: courier.EMSConfig{
			Sender: c.CourierEMSSender, Authorization: c.CourierEMSAuthorization, Keys: config.Several(c.CourierEMSKey),
			APIURL: c.CourierEMSAPIURL, CallbackURL: callbackURL(base, model.CarrierEMS), NoToken: c.CourierEMSToken == "off",
		},
	}
	var err error
	if a.sf.Allow, err = config.Networks(c.CourierSFAllow); err != nil {
		return a, errors.New("KUACHENG_COURIER_SF_ALLOW is not a list of networks")
	}
	if a.ems.Map, err = emsMap(c.CourierEMSMap); err != nil {
		return a, fmt.Errorf("KUACHENG_COURIER_EMS_MAP: %w", err)
	}
	if c.CourierStandardKeys != "" {
		if a.standard.Keys, err = signature.ParseKeys(c.CourierStandardKeys); err != nil {
			return a, fmt.Errorf("KUACHENG_COURIER_STANDARD_KEYS: %w", err)
		}
	}
	return a, nil
}

func callbackURL(base string, c model.Carrier) string {
	return base + "/callbacks/couriers/" + string(c)
}

// emsMap reads the mapping of a contract; nil, where none is named, is the built-in one.
func emsMap(path string) (*courier.EMSMap, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return courier.ReadEMSMap(text)
}

// open makes the channels whose secrets are there. A new carrier gets its lines here and in accounts.
func (a accounts) open(fresh func(key, nonce string, until time.Time) bool) (courier.Set, error) {
	a.standard.Fresh = fresh
	caller := courier.NewCaller()
	set := courier.Set{}
	var errs []error
	add := func(configured bool, make func() (courier.Carrier, error)) {
		if !configured {
			return
		}
		c, err := make()
		if err != nil {
			errs = append(errs, fmt.Errorf("KUACHENG_%w", err)) // they begin with the setting's name
			return
		}
		set[c.Name()] = c
	}
	add(len(a.kuaidi100.Salts) > 0, func() (courier.Carrier, error) { return courier.NewKuaidi100(a.kuaidi100, caller) })
	add(len(a.kdniao.Keys) > 0, func() (courier.Carrier, error) { return courier.NewKdniao(a.kdniao, caller) })
	add(len(a.sf.Checkwords) > 0, func() (courier.Carrier, error) { return courier.NewSF(a.sf, caller) })
	add(len(a.ems.Keys) > 0, func() (courier.Carrier, error) { return courier.NewEMS(a.ems, caller) })
	add(len(a.standard.Keys) > 0, func() (courier.Carrier, error) { return courier.NewStandard(a.standard) })
	return set, errors.Join(errs...)
}

// The sandbox's accounts where nothing is configured: published, protecting nothing.
const (
	sandboxSalt      = "sandbox-salt-000001"
	sandboxAppKey    = "sandbox-appkey-000001"
	sandboxCheckword = "sandbox-checkword-000001"
	sandboxEMSKey    = "U2FuZGJveEVtc0tleTAwMQ==" // SandboxEmsKey001
	sandboxStandard  = "sandbox:73616e64626f782d7374616e646172642d6b65792d303030303030303030303031"
)

// play fills in what a sandbox has not been told, so that every courier has an account.
func (a *accounts) play() error {
	orElse := func(field *string, other string) {
		if *field == "" {
			*field = other
		}
	}
	secret := func(field *[]string, other string) {
		if len(*field) == 0 {
			*field = []string{other}
		}
	}
	a.kuaidi100.Key, a.kuaidi100.Customer = "SANDBOXKEY01", "SANDBOX0000000000000000000000001"
	a.ems.Authorization = "sandbox-authorization"
	secret(&a.kuaidi100.Salts, sandboxSalt)
	orElse(&a.kdniao.ID, "1000001")
	secret(&a.kdniao.Keys, sandboxAppKey)
	orElse(&a.sf.Partner, "SANDBOX01")
	secret(&a.sf.Checkwords, sandboxCheckword)
	orElse(&a.ems.Sender, "1100000000001")
	secret(&a.ems.Keys, sandboxEMSKey)
	if len(a.standard.Keys) > 0 {
		return nil
	}
	var err error
	a.standard.Keys, err = signature.ParseKeys(sandboxStandard)
	return err
}

// standin plays all couriers' offices, and moves the accounts to their addresses once it is served.
func (b *sandbox) standin(a *accounts, base string) error {
	set, err := a.open(nil)
	if err != nil {
		return err
	}
	callbacks := map[model.Carrier]string{}
	for name, c := range set {
		callbacks[name] = callbackURL(base, name)
		if tokened, ok := c.(interface{ CallbackAddress() string }); ok {
			callbacks[name] = tokened.CallbackAddress()
		}
	}
	b.couriers = couriers.New(couriers.Config{
		Clock: b.clock, Kuaidi100: a.kuaidi100, Kdniao: a.kdniao, SF: a.sf, EMS: a.ems, Standard: a.standard, Callbacks: callbacks,
	})
	where, err := b.serve(b.couriers)
	if err != nil {
		return err
	}
	a.kuaidi100.APIURL = where.String() + "/kuaidi100"
	a.kdniao.APIURL = where.String() + "/kdniao"
	a.sf.APIURL = where.String() + "/sf/std/service"
	a.ems.APIURL = where.String() + "/ems/amp-prod-api/f/amp/api/open"
	return nil
}

// freshNonce remembers nonces for all processes in Redis. When Redis does not answer, or has lost its memory, a
// message sent again meets the ids of its events, so it is let through.
func freshNonce(r *jobs.Redis) func(key, nonce string, until time.Time) bool {
	return func(key, nonce string, until time.Time) bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		fresh, err := r.Client().SetNX(ctx, "nonce:courier:"+key+":"+nonce, 1, 2*signature.Window).Result()
		return err != nil || fresh
	}
}
