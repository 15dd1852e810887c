// Package kiosk serves self-service machines (一体机, bank terminals): which there are, who stands at one, and the certificates that
// are made on the spot.
package kiosk

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"kuacheng/biz/account"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/file"
	"kuacheng/biz/licence"
	"kuacheng/biz/matter"
	"kuacheng/biz/seal"
	"kuacheng/biz/signature"
	"kuacheng/biz/store"
	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/kiosk"
)

// The collections.
const (
	Devices      = "devices"
	Logins       = "kiosk_logins"
	Certificates = "certificates"
)

// Notices is what machines need of notices.
type Notices interface {
	Give(ctx context.Context, d model.NoticeDraft) (created bool, err error)
}

// Registers answers what a certificate states: *licence.Client.
type Registers interface {
	Check(ctx context.Context, h licence.Holder, source, purpose string) (licence.Fact, error)
}

// Config says what the service stands on.
type Config struct {
	DB        *store.DB
	Clock     clock.Clock
	Keeper    *seal.Keeper
	Signer    *token.Signer
	QR        *token.QRSigner
	Files     *file.Store
	Catalogue *catalogue.Catalogue
	Accounts  *account.Service
	Matters   *matter.Service
	Notices   Notices
	Registers Registers // nil: no certificate is made
	Public    string    // what the links in codes begin with
}

// Service is the machines.
type Service struct {
	Config
	devices      *store.Collection[kiosk.Device]
	logins       *store.Collection[kiosk.Login]
	certificates *store.Collection[kiosk.Certificate]
}

// New opens the collections.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{Config: c}
	var errs [3]error
	s.devices, errs[0] = store.Open(ctx, c.DB, store.Spec[kiosk.Device]{
		Name: Devices,
		Fields: []store.Field[kiosk.Device]{
			{Name: "home", Of: func(*kiosk.Device) any { return "home" }},
			{Name: "region", Of: func(d *kiosk.Device) any { return d.Region }},
			{Name: "active", Of: func(d *kiosk.Device) any {
				if !d.Active {
					return nil
				}
				return d.Region
			}},
			{Name: "place", Of: func(d *kiosk.Device) any { return d.Place }},
		},
		Indexes: []store.Index{
			{Name: "home", Eq: []string{"home"}, Sort: "place"},
			{Name: "region", Eq: []string{"region"}, Sort: "place"},
			{Name: "active", Eq: []string{"active"}},
		},
	})
	s.logins, errs[1] = store.Open(ctx, c.DB, loginSpec)
	s.certificates, errs[2] = store.Open(ctx, c.DB, store.Spec[kiosk.Certificate]{
		Name: Certificates,
		Fields: []store.Field[kiosk.Certificate]{
			{Name: "kind", Of: func(x *kiosk.Certificate) any { return ofKind(x.Applicant, x.Item, x.Situation) }},
			{Name: "issued", Of: func(x *kiosk.Certificate) any { return x.Issued }},
			{Name: "matter", Of: func(x *kiosk.Certificate) any { return x.Matter }},
			{Name: "applicant", Of: func(x *kiosk.Certificate) any { return x.Applicant }},
		},
		Indexes: []store.Index{
			{Name: "kind", Eq: []string{"kind"}, Sort: "issued"}, {Name: "matter", Eq: []string{"matter"}},
			{Name: "applicant", Eq: []string{"applicant"}, Sort: "issued"},
		},
	})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("kiosk: %w", err)
	}
	return s, nil
}

// Register makes a machine known and gives its key, which nobody is given again.
func (s *Service) Register(ctx context.Context, who model.Actor, kind, region, place, org string) (*kiosk.Device, string, error) {
	if _, err := s.Catalogue.Regions.Lookup("region", region); err != nil {
		return nil, "", err
	}
	if !s.governs(who, region) {
		return nil, "", fault.New("forbidden")
	}
	if _, ok := s.Catalogue.Orgs().Get(org); !ok {
		return nil, "", fault.New("validation_failed").Field("org").Say("没有这个单位")
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	key := hex.EncodeToString(secret)
	id := "D" + rand.Text()[:12]
	d := &kiosk.Device{
		Head: model.Head{ID: id}, Kind: kind, Region: region, Place: place, Org: org, Key: s.Keeper.Seal(keyPlace(id), key), Active: true,
		Registered: s.Clock.Now(), Paper: kiosk.PaperOK,
	}
	if err := s.devices.Insert(ctx, d); err != nil {
		return nil, "", fmt.Errorf("kiosk: registering: %w", err)
	}
	s.Catalogue.ForgetZones()
	return d, key, nil
}

func keyPlace(id string) string { return "device:" + id }

// governs reports whether a supervisor answers for a region: their own and below; the bureau of the home city for every one.
func (s *Service) governs(who model.Actor, region string) bool {
	return who.Region == s.Catalogue.Rollout().Home() || s.Catalogue.Regions.Covers(who.Region, region)
}

// List gives the machines of a supervisor's region.
func (s *Service) List(ctx context.Context, who model.Actor, limit int, cursor string) (store.Page[kiosk.Device], error) {
	q := store.Query{Index: "region", Eq: []any{who.Region}, Limit: limit, Cursor: cursor}
	if who.Region == s.Catalogue.Rollout().Home() {
		q.Index, q.Eq = "home", []any{"home"}
	}
	page, err := s.devices.Find(ctx, q)
	if err != nil {
		return page, fmt.Errorf("kiosk: listing: %w", err)
	}
	return page, nil
}

// Switch puts a machine out of use, at once, or back into it.
func (s *Service) Switch(ctx context.Context, who model.Actor, id string, on bool) (*kiosk.Device, error) {
	d, err := s.device(ctx, id)
	if err != nil {
		return nil, err
	}
	if !s.governs(who, d.Region) {
		return nil, fault.New("not_found")
	}
	d, err = s.devices.Update(ctx, id, func(d *kiosk.Device) error {
		if d.Active == on {
			return store.ErrUnchanged
		}
		if on {
			d.Active = true
			return nil
		}
		d.Disable()
		return nil
	})
	s.Catalogue.ForgetZones()
	return d, err
}

func (s *Service) device(ctx context.Context, id string) (*kiosk.Device, error) {
	d, err := s.devices.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found").Say("未找到该设备")
	}
	if err != nil {
		return nil, fmt.Errorf("kiosk: reading device: %w", err)
	}
	return d, nil
}

// Stands reports whether a machine in use stands in a region: a pair offers its mode only then.
func (s *Service) Stands(region string) bool {
	ctx, done := context.WithTimeout(context.Background(), 2*time.Second)
	defer done()
	for _, r := range s.Catalogue.Regions.Below(region) {
		page, err := s.devices.Find(ctx, store.Query{Index: "active", Eq: []any{r}, Limit: 1})
		if err == nil && len(page.Items) > 0 {
			return true
		}
	}
	return false
}

// sessionLife is how long a machine's token works; it begins a new session before that.
const sessionLife = time.Hour

// Begin starts a machine's session: signature is the hex HMAC-SHA256, with the machine's key, of timestamp, nonce and device id,
// joined by line feeds. The clock of the sandbox does not move its window.
func (s *Service) Begin(ctx context.Context, id, timestamp, nonce, sum string) (d *kiosk.Device, tok string, expires time.Time, err error) {
	secret := make([]byte, 32) // an unknown device is told what a wrong signature is told
	d, err = s.device(ctx, id)
	if err == nil {
		var key string
		if key, err = s.Keeper.Open(keyPlace(id), d.Key); err != nil {
			return nil, "", expires, fmt.Errorf("kiosk: opening a device's key: %w", err)
		}
		if secret, err = hex.DecodeString(key); err != nil {
			return nil, "", expires, fmt.Errorf("kiosk: a device's key is no hex")
		}
	} else if fault.Code(err) != "not_found" {
		return nil, "", expires, err
	}
	header := map[string]string{
		signature.HeaderKey: id, signature.HeaderTimestamp: timestamp, signature.HeaderNonce: nonce, signature.HeaderSignature: sum,
	}
	if _, err := signature.Verify(func(name string) string { return header[name] }, []byte(id), []signature.Key{{ID: id, Secret: secret}}, time.Now()); err != nil || d == nil {
		if errors.Is(err, signature.ErrTime) {
			return nil, "", expires, fault.New("timestamp_out_of_range")
		}
		return nil, "", expires, fault.New("signature_invalid")
	}
	if d, err = s.devices.Update(ctx, id, func(d *kiosk.Device) error { return d.Begin(nonce, s.Clock.Now()) }); err != nil {
		return nil, "", expires, err
	}
	tok, expires, err = s.Signer.Issue(model.Actor{Door: model.DoorKiosk, Role: model.RoleDevice, ID: d.ID, Region: d.Region}, session(d), sessionLife)
	return d, tok, expires, err
}

// session names what a machine's tokens belong to: raising its epoch ends them.
func session(d *kiosk.Device) string { return fmt.Sprintf("%s#%d", d.ID, d.Epoch) }

// Check lets a machine, or a person at one, in by a token. A machine that was switched off and a person who has walked away are not.
func (s *Service) Check(ctx context.Context, h token.Holder) error {
	if h.Role == model.RoleDevice {
		d, err := s.device(ctx, h.ID)
		if err != nil || !d.Active || session(d) != h.Session {
			return fault.New("unauthenticated")
		}
		return nil
	}
	return s.checkPerson(ctx, h)
}

// Report notes how a machine is.
func (s *Service) Report(ctx context.Context, id, paper string) (*kiosk.Device, error) {
	return s.devices.Update(ctx, id, func(d *kiosk.Device) error {
		d.Heard(paper, s.Clock.Now())
		return nil
	})
}

// WakeDevice looks after a machine that has not been heard of.
func (s *Service) WakeDevice(ctx context.Context, id string) error {
	_, err := s.devices.Update(ctx, id, func(d *kiosk.Device) error {
		if !d.Quiet(s.Clock.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Trouble tells who runs a machine that it needs a look: the outbox.Handler of kiosk.KindTrouble.
func (s *Service) Trouble(ctx context.Context, id string, e model.Event) error {
	d, err := s.devices.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("kiosk: reading device: %w", err)
	}
	what := map[string]string{"paper": "缺纸", "silent": "没有响应"}[e.Ref["what"]]
	_, err = s.Notices.Give(ctx, model.NoticeDraft{
		Event: e.ID, Recipient: d.Org, To: model.ToStaff, Key: "staff_device_trouble", Ref: model.NoticeRef{Kind: "device", ID: id}, At: e.At,
		Vars: map[string]string{"place": d.Place, "what": what, "at": model.NoticeTime(e.At)},
	})
	return err
}
