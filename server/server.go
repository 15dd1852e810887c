// Package server puts the program together from its packages, starts it and ends it in order.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"kuacheng/biz/account"
	"kuacheng/biz/agreement"
	"kuacheng/biz/audit"
	"kuacheng/biz/booking"
	"kuacheng/biz/catalogue"
	"kuacheng/biz/clock"
	"kuacheng/biz/consent"
	"kuacheng/biz/credit"
	"kuacheng/biz/editor"
	"kuacheng/biz/file"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/ledger"
	"kuacheng/biz/matter"
	"kuacheng/biz/meeting"
	"kuacheng/biz/mydata"
	"kuacheng/biz/notice"
	"kuacheng/biz/parcel"
	"kuacheng/biz/peer"
	"kuacheng/biz/personkey"
	"kuacheng/biz/personnel"
	"kuacheng/biz/picture"
	"kuacheng/biz/plan"
	"kuacheng/biz/policy"
	"kuacheng/biz/premises"
	"kuacheng/biz/problem"
	"kuacheng/biz/reseal"
	"kuacheng/biz/seal"
	"kuacheng/biz/signal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/mongo"
	"kuacheng/biz/store/sqlite"
	"kuacheng/biz/token"
	"kuacheng/biz/wechat"
	"kuacheng/biz/wechat/push"
	"kuacheng/config"
	"kuacheng/dataset"
	"kuacheng/handler/dossier"
	"kuacheng/handler/show"
	"kuacheng/jobs"
)

// Server is the whole program of one process.
type Server struct {
	cfg   *config.Config
	log   *slog.Logger
	clock clock.Clock

	db       *store.DB
	redis    *jobs.Redis
	jobs     *jobs.Jobs
	files    *file.Store
	registry *prometheus.Registry
	monitor  *jobs.Monitor

	data      *dataset.Dataset
	catalogue *catalogue.Catalogue
	keeper    *seal.Keeper
	signer    *token.Signer
	qr        *token.QRSigner
	drawer    *token.Drawer
	wechat    *wechat.Client

	accounts   *account.Service
	matters    *matter.Service
	bookings   *booking.Service
	parcels    *parcel.Service
	peers      *peer.Service
	notices    *notice.Service
	pushes     *push.Service
	pictures   *picture.Service
	ledger     *ledger.Service
	problems   *problem.Service
	kiosks     *kiosk.Service
	shower     *show.Shower
	dossier    *dossier.Desk
	agreements *agreement.Service
	editor     *editor.Service
	premises   *premises.Service
	personKeys *personkey.Service
	credit     *credit.Service
	meetings   *meeting.Service
	plan       *plan.Service
	policies   *policy.Service
	audit      *audit.Service
	consents   *consent.Service
	mydata     *mydata.Service
	signals    *signal.Service
	rotation   *reseal.Service
	personnel  *personnel.Service

	sandbox *sandbox // nil outside it
	http    *hertz.Hertz
	probe   *http.Server // of a worker
}

// New wires everything and opens the store; nothing runs yet. What it cannot start with safely it refuses, and
// says what to set.
func New(ctx context.Context, cfg *config.Config, log *slog.Logger) (_ *Server, err error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, log: log, clock: clock.Real{}, registry: prometheus.NewRegistry()}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	for _, step := range []func(context.Context) error{
		s.openKeys, s.openData, s.openStore, s.openOutside, s.openServices, s.openJobs, s.seed,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// openKeys reads the keys, or takes the sandbox's published ones.
func (s *Server) openKeys(context.Context) error {
	sealKeys, indexKey, tokenKeys := s.cfg.SealKeys, s.cfg.IndexKey, s.cfg.TokenKeys
	if s.cfg.Sandbox {
		sealKeys, indexKey, tokenKeys = cmp.Or(sealKeys, sandboxSealKeys), cmp.Or(indexKey, sandboxIndexKey), cmp.Or(tokenKeys, sandboxTokenKeys)
		movable := &clock.Movable{}
		s.clock, s.sandbox = movable, &sandbox{clock: movable}
	}
	keys, err := seal.ParseKeys(sealKeys)
	if err != nil {
		return fmt.Errorf("KUACHENG_SEAL_KEYS: %w", err)
	}
	index, err := parseHex(indexKey)
	if err != nil {
		return fmt.Errorf("KUACHENG_INDEX_KEY: %w", err)
	}
	if s.keeper, err = seal.New(keys, index); err != nil {
		return fmt.Errorf("KUACHENG_SEAL_KEYS, KUACHENG_INDEX_KEY: %w", err)
	}
	signing, err := token.ParseKeys(tokenKeys)
	if err != nil {
		return fmt.Errorf("KUACHENG_TOKEN_KEYS: %w", err)
	}
	if s.signer, err = token.NewSigner(signing, s.clock); err != nil {
		return err
	}
	s.qr = token.NewQRSigner(signing, s.clock)
	s.drawer, err = token.NewDrawer()
	return err
}

func (s *Server) openData(context.Context) (err error) {
	if s.data, err = dataset.Load(); err != nil {
		return fmt.Errorf("loading the catalogue: %w", err)
	}
	s.catalogue = catalogue.New(s.data)
	return nil
}

func (s *Server) openStore(ctx context.Context) (err error) {
	switch path := filepath.Join(s.cfg.Data, "kuacheng.db"); s.cfg.Store {
	case config.SQLite:
		s.db, err = sqlite.Open(ctx, path, store.Config{})
	case config.SQLiteShared:
		s.db, err = sqlite.OpenShared(ctx, path, store.Config{})
	default:
		s.db, err = mongo.Open(ctx, s.cfg.Store, store.Config{})
	}
	if err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	s.registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "kuacheng_store_commits_total", Help: "Durable commits of this process; one may hold many writes."},
			func() float64 { return float64(s.db.Stats().Commits) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "kuacheng_store_writes_total", Help: "Documents that this process inserted, replaced or deleted."},
			func() float64 { return float64(s.db.Stats().Writes) }),
	)
	if err := s.catalogue.Follow(ctx, s.db, s.clock); err != nil {
		return err
	}
	if s.files, err = file.Open(ctx, cmp.Or(s.cfg.Files, filepath.Join(s.cfg.Data, "files")), s.keeper); err != nil {
		return err
	}
	if s.redis, err = jobs.OpenRedis(s.cfg.Redis); err != nil {
		return fmt.Errorf("KUACHENG_REDIS: %w", err)
	}
	return nil
}

// Run serves until ctx ends, then finishes what has begun: no new requests, the open ones answered, the begun jobs
// done, the store closed.
func (s *Server) Run(ctx context.Context) error {
	l, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listening on %s: %w", s.cfg.Listen, err), s.close())
	}
	failed := make(chan error, 1)
	if s.cfg.Role == "worker" {
		s.serveProbes(l)
	} else {
		s.http = s.newHTTP(l)
		go func() { failed <- s.http.Run() }()
	}
	if !s.db.Exclusive() {
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go s.catalogue.Watch(watching, s.log)
	}
	if err := s.jobs.Start(); err != nil {
		return errors.Join(err, s.shutdown())
	}
	if s.sandbox != nil {
		s.sandbox.start(ctx)
	}
	s.log.Info("started", "listen", s.cfg.Listen, "role", s.cfg.Role, "store", s.db.Engine(), "sandbox", s.cfg.Sandbox)
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serving on %s: %w", s.cfg.Listen, err)
	}
	return errors.Join(err, s.shutdown())
}

// shutdown ends in the order in which things stand on one another.
func (s *Server) shutdown() error {
	s.log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownTimeout)
	defer cancel()
	var errs []error
	if s.http != nil {
		errs = append(errs, s.http.Shutdown(ctx))
	}
	if s.probe != nil {
		errs = append(errs, s.probe.Close())
	}
	errs = append(errs, s.jobs.Shutdown(ctx), s.close())
	err := errors.Join(errs...)
	s.log.Info("stopped")
	return err
}

func (s *Server) close() error {
	var errs []error
	if s.monitor != nil {
		errs = append(errs, s.monitor.Close())
	}
	if s.sandbox != nil {
		errs = append(errs, s.sandbox.close())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Close())
	}
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(errs...)
}

// serveProbes lets a worker, which serves no door, be asked whether it is well and what it has done.
func (s *Server) serveProbes(l net.Listener) {
	s.probe = &http.Server{Handler: s.probeMux(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.probe.Serve(l) }() // ends with Close
}
