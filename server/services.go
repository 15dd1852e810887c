package server

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"kuacheng/biz/account"
	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/editor"
	"kuacheng/biz/identity"
	"kuacheng/biz/licence"
	"kuacheng/biz/matter"
	"kuacheng/biz/notice"
	"kuacheng/biz/outbox"
	"kuacheng/biz/parcel"
	"kuacheng/biz/personkey"
	"kuacheng/biz/picture"
	"kuacheng/biz/premises"
	"kuacheng/biz/signature"
	"kuacheng/biz/sms"
	"kuacheng/biz/store"
	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/push"
	"kuacheng/config"
	"kuacheng/dataset"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/jobs"
	"kuacheng/model"
	"kuacheng/model/standard"
)

// outside is where the systems of others are, and with what credentials: the real ones, or the stand-ins.
type outside struct {
	wechat      wechat.Config
	push        wechat.Inlet // without tokens nothing is taken
	accounts    accounts     // at the couriers
	identityURL string
	identityKey signature.Key
	licence     licence.Config    // URL "": there is none
	sms         sms.TencentConfig // SecretID "": there is none
	texts       map[string]string // SMS: our key → the provider's id
}

// openOutside takes the configured outside world, or starts the sandbox's.
func (s *Server) openOutside(context.Context) error {
	templates, err := wechat.Configure(templatesOf(s.data), s.cfg.WechatTemplates)
	if err != nil {
		return fmt.Errorf("KUACHENG_WECHAT_TEMPLATES: %w", err)
	}
	if s.sandbox != nil {
		return s.sandbox.open(s, templates)
	}
	return nil
}

func (s *Server) outside() (outside, error) {
	if s.sandbox != nil {
		return s.sandbox.outside, nil
	}
	c := s.cfg
	templates, err := wechat.Configure(templatesOf(s.data), c.WechatTemplates)
	if err != nil {
		return outside{}, fmt.Errorf("KUACHENG_WECHAT_TEMPLATES: %w", err)
	}
	o := outside{
		wechat:      wechat.Config{AppID: c.WechatAppid, Secret: c.WechatSecret, AppAppID: c.WechatAppAppid, AppSecret: c.WechatAppSecret, Templates: templates},
		identityURL: c.IdentityURL,
		sms: sms.TencentConfig{
			SecretID: c.SMSSecretID, SecretKey: c.SMSSecretKey, AppID: c.SMSAppID, Sign: c.SMSSign, Region: c.SMSRegion, APIURL: c.SMSAPIURL,
		},
	}
	if o.texts, err = sms.ParseTemplates(c.SMSTemplates); err != nil {
		return o, fmt.Errorf("KUACHENG_SMS_TEMPLATES: %w", err)
	}
	if o.accounts, err = accountsOf(c, c.Public()); err != nil {
		return o, err
	}
	o.push = wechat.Inlet{AppID: c.WechatAppid, Tokens: config.Several(c.WechatToken), AESKeys: config.Several(c.WechatAESKey), Now: time.Now}
	if c.WechatAPIURL != "" {
		if o.wechat.APIURL, err = url.Parse(c.WechatAPIURL); err != nil {
			return o, errors.New("KUACHENG_WECHAT_API_URL is not a URL")
		}
	}
	keys, err := signature.ParseKeys(c.IdentityKey)
	if err != nil {
		return o, fmt.Errorf("KUACHENG_IDENTITY_KEY: %w", err)
	}
	o.identityKey = keys[0]
	o.licence, err = licenceOf(c)
	return o, err
}

// licenceOf is where electronic licences and shared data are; nowhere unless configured.
func licenceOf(c *config.Config) (licence.Config, error) {
	if c.LicenceURL == "" {
		return licence.Config{}, nil
	}
	keys, err := signature.ParseKeys(c.LicenceKey)
	if err != nil {
		return licence.Config{}, fmt.Errorf("KUACHENG_LICENCE_KEY: %w", err)
	}
	issuers, err := licence.ParseIssuers(c.LicenceIssuers)
	if err != nil {
		return licence.Config{}, fmt.Errorf("KUACHENG_LICENCE_ISSUERS: %w", err)
	}
	return licence.Config{URL: c.LicenceURL, Key: keys[0], Issuers: issuers}, nil
}

// templatesOf are the dataset's WeChat templates in the client's form.
func templatesOf(d *dataset.Dataset) []wechat.Template {
	out := make([]wechat.Template, 0, len(d.Templates))
	for _, t := range d.Templates {
		x := wechat.Template{Key: t.Key, ID: t.ID, Title: t.Title, Kind: wechat.Kind(t.Kind), Page: t.Page}
		for _, f := range t.Fields {
			x.Fields = append(x.Fields, wechat.Field{Name: f.Name, Label: f.Label, Var: f.Var, Example: f.Example})
		}
		out = append(out, x)
	}
	return out
}

// openServices makes the capabilities and introduces them to one another.
func (s *Server) openServices(ctx context.Context) error {
	out, err := s.outside()
	if err != nil {
		return err
	}
	if s.personKeys, err = personkey.New(ctx, s.db, s.keeper, s.clock); err != nil {
		return err
	}
	s.wechat = wechat.New(out.wechat, s.clock)
	s.accounts, err = account.New(ctx, account.Config{
		DB: s.db, Keeper: s.keeper, Signer: s.signer, Clock: s.clock, WeChat: s.wechat,
		Checker: identity.New(out.identityURL, out.identityKey), AppID: out.wechat.AppID, AppAppID: out.wechat.AppAppID,
	})
	if err != nil {
		return err
	}
	carriers, err := out.accounts.open(freshNonce(s.redis))
	if err != nil {
		return err
	}
	notices, err := store.Open(ctx, s.db, notice.Spec())
	if err != nil {
		return err
	}
	s.notices = notice.New(notices, s.wechat, notice.NewApplicants(s.accounts.Applicants(), out.wechat.AppID), subjects{s}, s.clock)
	if err := s.openSMS(out); err != nil {
		return err
	}
	if s.pushes, err = push.New(ctx, push.Config{
		DB: s.db, Clock: s.clock, Inlet: &out.push, Templates: out.wechat.Templates, Accounts: s.accounts, Notices: s.notices,
		Metrics: s.registry, Log: s.log,
	}); err != nil {
		return err
	}
	if s.bookings, err = booking.New(ctx, booking.Config{DB: s.db, Clock: s.clock, Catalogue: s.catalogue, Notices: s.notices, Log: s.log}); err != nil {
		return err
	}
	if s.parcels, err = parcel.New(ctx, parcel.Config{
		DB: s.db, Clock: s.clock, Keeper: s.keeper, Carriers: carriers, Notices: s.notices,
		Bureau: s.bureau, PollDaily: s.cfg.CourierPollDaily, Metrics: s.registry, Log: s.log,
	}); err != nil {
		return err
	}
	if err = s.openPeers(ctx); err != nil {
		return err
	}
	s.shower = &show.Shower{Catalogue: s.catalogue, QR: s.qr, Public: s.cfg.Public(), Now: s.clock.Now}
	s.matters, err = matter.New(ctx, matter.Config{
		DB: s.db, Clock: s.clock, Keeper: s.keeper, Files: s.files, Catalogue: s.catalogue, Accounts: s.accounts,
		Parcels: s.parcels, Notices: s.notices, Bookings: s.bookings, Log: s.log, TrackLink: s.shower.TrackLink,
		Texts: s.wechat, AppID: out.wechat.AppID,
		Link: s.peers.Link,
	})
	if err != nil {
		return err
	}
	if out.licence.URL != "" {
		s.matters.Licences = licence.New(out.licence, s.clock.Now)
	}
	if err := s.openKiosks(ctx); err != nil {
		return err
	}
	s.bookings.Matters, s.parcels.Matters, s.peers.Matters = s.matters, s.matters, s.matters
	if s.pictures, err = picture.New(ctx, picture.Config{
		DB: s.db, Clock: s.clock, Files: s.files, Matters: s.matters, Accounts: s.accounts, Checker: s.wechat, AppID: out.wechat.AppID,
		QR: s.qr, Public: s.cfg.Public(),
	}); err != nil {
		return err
	}
	s.pushes.Checks = s.pictures
	if err := errors.Join(s.openLedger(ctx), s.openBureau(ctx)); err != nil {
		return err
	}
	if err := errors.Join(s.openAccord(ctx), s.openTrust(ctx), s.openPersonnel(ctx), s.openCredit(ctx)); err != nil {
		return err
	}
	s.premises = premises.New(premises.Config{Catalogue: s.catalogue, Clock: s.clock, Bookings: s.bookings})
	s.editor = editor.New(editor.Config{Catalogue: s.catalogue, Clock: s.clock, Proposals: s.agreements})
	if err := s.openSignals(ctx); err != nil {
		return err
	}
	s.notices.UsePeople(s.accounts)
	s.matters.Remains = []matter.Remains{s.pictures, s.kiosks}
	s.accounts.Erasing(s.personKeys, s.matters, s.bookings, s.notices, s.consents, s.policies, s.credit, s.mydata)
	s.accounts.Carry(s.matters, s.bookings, s.notices, s.policies, s.audit, s.consents, s.kiosks, s.credit, s.mydata)
	s.dossier = &dossier.Desk{Show: s.shower, Matters: s.matters, Parcels: s.parcels, Bookings: s.bookings, Accounts: s.accounts, Credit: s.credit}
	if s.db.Exclusive() {
		s.dossier.Memo = dossier.NewMemo()
	}
	return nil
}

// openSMS lets what cannot wait go by SMS, where there is a provider.
func (s *Server) openSMS(out outside) error {
	if out.sms.SecretID == "" {
		return nil
	}
	provider, err := sms.NewTencent(out.sms)
	if err != nil {
		return fmt.Errorf("KUACHENG_SMS_API_URL: %w", err)
	}
	s.notices.UseSMS(&sms.Sender{Provider: provider, Templates: out.texts}, s.accounts)
	return nil
}

// bureau is the organisation that supervises a region: its own, or the home city's.
func (s *Server) bureau(region string) string {
	for _, o := range s.catalogue.Orgs().All() {
		if o.Region == region && o.Does(model.OrgSupervises) {
			return o.ID
		}
	}
	return s.data.Plan.Bureau
}

// subjects says in which state a notice's subject is, so that a stale notice is not sent.
type subjects struct{ s *Server }

func (x subjects) State(ctx context.Context, ref model.NoticeRef) (string, error) {
	switch ref.Kind {
	case "matter":
		m, err := x.s.matters.Peek(ctx, ref.ID)
		if err != nil {
			return "", err
		}
		return string(m.State), nil
	case "booking":
		b, err := x.s.bookings.Get(ctx, model.System, ref.ID)
		if err != nil {
			return "", err
		}
		return string(b.State), nil
	case "problem", "device", "staff", "signal":
		return "", nil // told whatever has become of it
	case "parcel":
		p, err := x.s.parcels.Get(ctx, ref.ID)
		if err != nil {
			return "", err
		}
		return string(p.State), nil
	}
	return "", nil
}

// openJobs says who carries out which event. A kind stays in its queue for ever (package jobs says why).
func (s *Server) openJobs(ctx context.Context) (err error) {
	s.jobs, err = jobs.New(ctx, jobs.Config{
		DB: s.db, Redis: s.redis, Clock: s.clock, Log: s.log, EnqueueOnly: s.cfg.Role == "api",
		Concurrency: s.cfg.WorkerConcurrency, TaskCheckInterval: s.cfg.TaskCheckInterval, SweepInterval: s.cfg.SweepInterval,
		ShutdownTimeout: s.cfg.ShutdownTimeout, Metrics: s.registry,
	})
	if err != nil {
		return err
	}
	s.jobs.On(model.NoticeSend, jobs.Urgent, s.notices.Send)
	s.jobs.On(model.NoticeSendSMS, jobs.Urgent, s.notices.SendSMS)
	s.jobs.On(model.KindAccountMerged, jobs.Default, s.accounts.Merged)
	s.jobs.On(model.KindWechatPush, jobs.Default, s.pushes.Happened)
	s.jobs.On(model.BookingEventKind, jobs.Urgent, s.watched(model.BookingEventKind, then(s.bookings.Happened, s.credit.Booking)))
	s.jobs.On(model.KindMatterEvent, jobs.Urgent, then(s.matters.Happened, s.credit.Matter))
	s.jobs.On(model.KindMatterShare, jobs.Default, s.matters.Share)
	s.jobs.On(model.KindMatterReminder, jobs.Default, s.matters.Remind)
	s.jobs.On(model.KindMatterLight, jobs.Default, s.watched(model.KindMatterLight, s.matters.Lit))
	s.jobs.On(model.KindReviewGiven, jobs.Default, s.matters.Reviewed)
	s.jobs.On(model.KindReviewCheck, jobs.Slow, s.matters.CheckReview)
	s.jobs.On(model.KindPictureCheck, jobs.Slow, s.pictures.Check)
	for kind, h := range s.parcels.Handlers() {
		s.jobs.On(kind, parcelQueue(kind), s.watched(kind, h))
	}
	for kind, h := range s.peers.Handlers() {
		s.jobs.On(kind, peerQueue(kind), s.watched(kind, h))
	}
	s.jobs.On(model.KindCatalogueChanged, jobs.Urgent, s.catalogue.Changed)
	s.jobs.On(model.KindHallChanged, jobs.Urgent, s.bookings.HallChanged)
	s.jobs.On(standard.KindPaused, jobs.Urgent, s.pairPaused)
	s.jobs.On(standard.KindSchedule, jobs.Urgent, s.premises.ScheduleChanged)
	s.jobs.OnWake(catalogue.Halls, s.bookings.WakeHall)
	s.ledgerJobs()
	s.bureauJobs()
	s.kioskJobs()
	s.accordJobs()
	s.trustJobs()
	s.creditJobs()
	s.personnelJobs()
	s.signalJobs()
	wakes := map[string]outbox.Wake{
		matter.Collection: s.matters.Wake, notice.Collection: s.notices.Wake, push.Collection: s.pushes.Wake, picture.Collection: s.pictures.Wake, account.Applicants: s.accounts.Wake, booking.Bookings: s.bookings.WakeBooking,
		booking.Slots: s.bookings.WakeSlot, booking.Agendas: s.bookings.WakeAgenda, booking.Queues: s.bookings.WakeQueue, account.Sessions: s.accounts.WakeSession,
	}
	for collection, h := range s.parcels.Wakes() {
		wakes[collection] = h
	}
	for collection, h := range s.peers.Wakes() {
		wakes[collection] = h
	}
	for collection, h := range wakes {
		s.jobs.OnWake(collection, h)
	}
	if s.sandbox != nil {
		s.sandbox.clock.OnMove(s.jobs.Kick)
	}
	return nil
}

// pairPaused takes back the bookings of a paused pair's drafts.
func (s *Server) pairPaused(ctx context.Context, _ string, e model.Event) error {
	settings, err := s.catalogue.StoredSettings(ctx)
	if err != nil {
		return err
	}
	for _, p := range settings.Pauses {
		if p.ID == e.Ref["pause"] {
			return s.bookings.PairPaused(ctx, p.From, p.To, p.Since, p.Until)
		}
	}
	return nil // lifted again before it began
}

// parcelQueue keeps what asks a courier apart from what somebody waits for.
func parcelQueue(kind string) jobs.Queue {
	switch kind {
	case model.ParcelBound, model.ParcelSubscribeDue, model.ParcelPollDue:
		return jobs.Slow
	case model.CourierMessageReceived, model.ParcelStateChanged, model.KindMatterParcel:
		return jobs.Urgent
	}
	return jobs.Default
}

// peerQueue keeps what asks another city apart from what tells people.
func peerQueue(kind string) jobs.Queue {
	if kind == model.KindPeerDiffers {
		return jobs.Default
	}
	return jobs.Slow
}

// seed makes the sandbox's staff, or refuses to run beside them.
func (s *Server) seed(ctx context.Context) error {
	if s.sandbox != nil {
		return s.sandbox.seed(ctx, s)
	}
	there, err := s.accounts.SandboxStaff(ctx)
	if err != nil {
		return err
	}
	if there {
		return errors.New("the store holds sandbox staff with a published password: use another store, or set KUACHENG_SANDBOX=true")
	}
	return nil
}
