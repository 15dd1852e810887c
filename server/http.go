package server

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"

	"github.com/cloudwego/hertz/pkg/app"
	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/adaptor"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kuacheng/biz/wechat"
	"kuacheng/handler"
	accorddoor "kuacheng/handler/accord"
	bureaudoor "kuacheng/handler/bureau"
	"kuacheng/handler/callbacks"
	"kuacheng/handler/citizen"
	"kuacheng/handler/counter"
	"kuacheng/handler/desk"
	editordoor "kuacheng/handler/editor"
	kioskdoor "kuacheng/handler/kiosk"
	ledgerdoor "kuacheng/handler/ledger"
	"kuacheng/handler/operations"
	organisationdoor "kuacheng/handler/organisation"
	plandoor "kuacheng/handler/plan"
	policydoor "kuacheng/handler/policy"
	"kuacheng/handler/public"
	accordrouter "kuacheng/handler/router/accord"
	bureaurouter "kuacheng/handler/router/bureau"
	callbacksrouter "kuacheng/handler/router/callbacks"
	citizenrouter "kuacheng/handler/router/citizen"
	counterrouter "kuacheng/handler/router/counter"
	creditrouter "kuacheng/handler/router/credit"
	deskrouter "kuacheng/handler/router/desk"
	editorrouter "kuacheng/handler/router/editor"
	kioskrouter "kuacheng/handler/router/kiosk"
	ledgerrouter "kuacheng/handler/router/ledger"
	operationsrouter "kuacheng/handler/router/operations"
	organisationrouter "kuacheng/handler/router/organisation"
	personnelrouter "kuacheng/handler/router/personnel"
	planrouter "kuacheng/handler/router/plan"
	policyrouter "kuacheng/handler/router/policy"
	privacyrouter "kuacheng/handler/router/privacy"
	publicrouter "kuacheng/handler/router/public"
	sandboxrouter "kuacheng/handler/router/sandbox"
	signalrouter "kuacheng/handler/router/signal"
	staffrouter "kuacheng/handler/router/staff"
	superviserouter "kuacheng/handler/router/supervise"
	trustrouter "kuacheng/handler/router/trust"
	sandboxdoor "kuacheng/handler/sandbox"
	"kuacheng/handler/staff"
	"kuacheng/handler/supervise"
	"kuacheng/handler/web"
	"kuacheng/jobs"
	"kuacheng/model"
)

// newHTTP puts the doors together. Who may come in by each stands in package handler.
func (s *Server) newHTTP(l net.Listener) *hertz.Hertz {
	h := web.New(web.Config{Listener: l, ExitWait: s.cfg.ShutdownTimeout, Logger: s.log, Registry: s.registry})
	guard := &handler.Guard{Signer: s.signer, Accounts: s.accounts, Kiosks: s.kiosks}
	c := &citizen.Handler{
		Accounts: s.accounts, Bookings: s.bookings, Catalogue: s.catalogue, Matters: s.matters, Notices: s.notices,
		Dossier: s.dossier, Keeper: s.keeper, Drawer: s.drawer, Pictures: s.pictures, Problems: s.problems, Kiosks: s.kiosks,
	}
	if s.sandbox != nil {
		c.Tapped = s.sandbox.tapped
		sandboxrouter.Register(h.Engine, &sandboxdoor.Handler{WeChat: s.sandbox.wechat, Couriers: s.sandbox.couriers, SMS: s.sandbox.sms, Clock: s.sandbox.clock}, guard.Let)
	}
	citizenrouter.Register(h.Engine, c, guard.Let)
	counterrouter.Register(h.Engine, &counter.Handler{
		Accounts: s.accounts, Bookings: s.bookings, Matters: s.matters, Dossier: s.dossier, QR: s.qr,
	}, guard.Let)
	deskrouter.Register(h.Engine, &desk.Handler{Matters: s.matters, Dossier: s.dossier, Kiosks: s.kiosks}, guard.Let)
	staffrouter.Register(h.Engine, &staff.Handler{
		Accounts: s.accounts, Matters: s.matters, Notices: s.notices, Dossier: s.dossier, Show: s.shower, Problems: s.problems,
	}, guard.Let)
	superviserouter.Register(h.Engine, &supervise.Handler{Matters: s.matters, Dossier: s.dossier, Queues: s.jobs.Admin(), Peers: s.peers, Catalogue: s.catalogue, Posters: wechat.NewPosters(s.wechat)}, guard.Let)
	ledgerrouter.Register(h.Engine, &ledgerdoor.Handler{Ledger: s.ledger, Catalogue: s.catalogue}, guard.Let)
	bureaurouter.Register(h.Engine, &bureaudoor.Handler{Problems: s.problems, Matters: s.matters, Show: s.shower, Keeper: s.keeper, Kiosks: s.kiosks}, guard.Let)
	kioskrouter.Register(h.Engine, &kioskdoor.Handler{
		Kiosks: s.kiosks, Accounts: s.accounts, Matters: s.matters, Catalogue: s.catalogue, Dossier: s.dossier, Keeper: s.keeper,
	}, guard.Let)
	accordrouter.Register(h.Engine, &accorddoor.Handler{Agreements: s.agreements, Meetings: s.meetings, Show: s.shower, Keeper: s.keeper}, guard.Let)
	editorrouter.Register(h.Engine, &editordoor.Handler{Editor: s.editor, Keeper: s.keeper}, guard.Let)
	organisationrouter.Register(h.Engine, &organisationdoor.Handler{Premises: s.premises, Show: s.shower, Keeper: s.keeper}, guard.Let)
	planrouter.Register(h.Engine, &plandoor.Handler{Plan: s.plan, Show: s.shower, Keeper: s.keeper}, guard.Let)
	creditrouter.Register(h.Engine, s.creditDoor(), guard.Let)
	policyrouter.Register(h.Engine, &policydoor.Handler{Policies: s.policies, Show: s.shower, Keeper: s.keeper}, guard.Let)
	privacyrouter.Register(h.Engine, s.privacyDoor(), guard.Let)
	trustrouter.Register(h.Engine, s.trustDoor(), guard.Let)
	personnelrouter.Register(h.Engine, s.personnelDoor(), guard.Let)
	signalrouter.Register(h.Engine, s.signalDoor(), guard.Let)
	callbacksrouter.Register(h.Engine, &callbacks.Handler{WeChat: s.pushes, Parcels: s.parcels, Peers: s.peers}, guard.Let)
	publicrouter.Register(h.Engine, &public.Handler{
		QR: s.qr, Matters: s.matters, Bookings: s.bookings, Dossier: s.dossier, Catalogue: s.catalogue, Pictures: s.pictures, Ledger: s.ledger, Kiosks: s.kiosks,
	}, guard.Let)
	operationsrouter.Register(h.Engine, operations.New(s.registry, s.probes()...), guard.Let)
	s.mountMonitor(h)
	return h
}

// probes are what the server stands on.
func (s *Server) probes() []operations.Probe {
	return []operations.Probe{
		{Name: "store", Ask: s.db.Ping},
		{Name: "queue", Ask: s.redis.Ping},
	}
}

// mountMonitor shows asynq's own page to the administrator: a browser cannot send a bearer token, so it asks for
// the configured password.
func (s *Server) mountMonitor(h *hertz.Hertz) {
	const root = "/admin/queues"
	password := s.cfg.AdminPassword
	if password == "" && s.sandbox != nil {
		password = SandboxPassword
	}
	if password == "" {
		return
	}
	s.monitor = jobs.NewMonitor(s.redis, jobs.MonitorOptions{Root: root, Write: s.cfg.AdminWrite})
	pages := adaptor.HertzHandler(s.monitor)
	serve := func(ctx context.Context, c *app.RequestContext) {
		user, given, ok := c.Request.BasicAuth()
		right := subtle.ConstantTimeCompare([]byte(given), []byte(password)) == 1
		if !ok || user != string(model.RoleAdmin) || !right {
			c.Header("WWW-Authenticate", `Basic realm="kuacheng", charset="UTF-8"`)
			c.AbortWithStatus(http.StatusUnauthorized)
			return
		}
		pages(ctx, c)
	}
	h.Any(root, serve)
	h.Any(root+"/*any", serve)
}

// probeMux is what a worker answers.
func (s *Server) probeMux() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		for _, p := range s.probes() {
			if p.Ask(r.Context()) != nil {
				http.Error(w, p.Name, http.StatusServiceUnavailable)
				return
			}
		}
		w.WriteHeader(http.StatusOK)
	})
	return mux
}
