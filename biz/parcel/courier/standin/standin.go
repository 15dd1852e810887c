// Package standin plays the couriers' offices for the sandbox and for tests: an HTTP server that this
// program's real clients reach by their configured addresses, and that posts the couriers' own signed
// callbacks over a real socket to the addresses it was subscribed with. No signature is skipped and no
// interface is swapped; only the addresses differ from the real ones.
//
// It holds no data of the store and forgets everything when the process ends, as a courier forgets nothing
// but may lose a subscription: an unknown waybill that is advanced is created.
package standin

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Config is what a stand-in knows of the accounts and of the world.
type Config struct {
	Clock courier.Clock // the sandbox's: times of events, and when a retry is due

	// The accounts, as the real clients have them. A carrier whose account is empty has no office here.
	Kuaidi100 courier.Kuaidi100Config
	Kdniao    courier.KdniaoConfig
	SF        courier.SFConfig
	EMS       courier.EMSConfig
	Standard  courier.StandardConfig

	// SFForm makes SF push forms with XML instead of JSON: the account's choice.
	SFForm bool

	// Callbacks are where pushes go for waybills that nobody has subscribed, and for carriers whose address is
	// set in their console instead of in a call; for sf and ems with the token (CallbackAddress).
	Callbacks map[model.Carrier]string

	// SlowPause is how long the fault "slow" rests in the middle of a body; default 6 s, above a door's limit.
	SlowPause time.Duration
}

// office is one carrier's side of the wire.
type office interface {
	// serve answers a call of ours as strictly as the carrier does.
	serve(w http.ResponseWriter, r *http.Request)

	// pushes makes the carrier's callbacks for a parcel of which the last fresh scans are new.
	pushes(p *parcel, fresh int, f Fault) []push

	// accepted says whether an answer ends the carrier's retries.
	accepted(status int, body []byte) bool

	// patience are the waits after which the carrier tries again.
	patience() []time.Duration

	// offers says whether a fault means something at this carrier.
	offers(f Fault) bool
}

// Server is the stand-in of all carriers.
type Server struct {
	cfg     Config
	client  *http.Client
	offices map[model.Carrier]office

	mu      sync.Mutex
	parcels map[string]*parcel
	due     []retry
	broken  map[model.Carrier]*breakage
}

// maxParcels bounds what one sandbox can be made to remember.
const maxParcels = 10_000

// New is a stand-in with no parcels.
func New(cfg Config) *Server {
	if cfg.SlowPause == 0 {
		cfg.SlowPause = 6 * time.Second
	}
	s := &Server{
		cfg: cfg, parcels: map[string]*parcel{}, broken: map[model.Carrier]*breakage{},
		client: &http.Client{
			Timeout:       20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	s.offices = map[model.Carrier]office{}
	if len(cfg.Kuaidi100.Salts) > 0 {
		s.offices[model.CarrierKuaidi100] = &kuaidi100{s}
	}
	if len(cfg.Kdniao.Keys) > 0 {
		s.offices[model.CarrierKdniao] = &kdniao{s}
	}
	if len(cfg.SF.Checkwords) > 0 {
		s.offices[model.CarrierSF] = &sf{s}
	}
	if len(cfg.EMS.Keys) > 0 {
		s.offices[model.CarrierEMS] = &ems{s: s}
	}
	if len(cfg.Standard.Keys) > 0 {
		s.offices[model.CarrierStandard] = &standard{s}
	}
	return s
}

// breakage is how an office fails, and how often still.
type breakage struct {
	how   string
	times int
}

// Break lets the next calls to a carrier's office fail: "500", "429", "cut" (the connection), "garbage".
func (s *Server) Break(c model.Carrier, how string, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken[c] = &breakage{how, times}
}

// ServeHTTP answers calls to /{carrier}/…, on the carrier's own paths below it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	o, ok := s.offices[model.Carrier(name)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if how := s.breaks(model.Carrier(name)); how != "" {
		fail(w, how)
		return
	}
	r = r.Clone(r.Context())
	r.URL.Path = "/" + rest
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	o.serve(w, r)
}

func (s *Server) breaks(c model.Carrier) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.broken[c]
	if b == nil || b.times == 0 {
		return ""
	}
	b.times--
	return b.how
}

func fail(w http.ResponseWriter, how string) {
	switch how {
	case "429":
		w.WriteHeader(http.StatusTooManyRequests)
	case "cut":
		panic(http.ErrAbortHandler)
	case "garbage":
		_, _ = io.WriteString(w, "<html>系统繁忙</html>")
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// Advanced tells what one call of Advance did.
type Advanced struct {
	Waybill string   `json:"waybill"`
	Step    string   `json:"step"` // the parcel's last event
	Posted  []Posted `json:"posted"`
}

// Posted is one callback and the answer to it. The address is without its query, where tokens are.
type Posted struct {
	URL    string `json:"url"`
	Status int    `json:"status"` // 0: no answer
	Body   string `json:"body"`
}

// Advance moves a parcel one step along its script, or through all steps to the named event, and posts the
// carrier's callbacks. A fault makes them go wrong in its way.
func (s *Server) Advance(ctx context.Context, c model.Carrier, waybill, to string, f Fault) (Advanced, error) {
	o, ok := s.offices[c]
	if !ok {
		return Advanced{}, fault.New("not_found").Say("没有这家快递的替身")
	}
	waybill = model.NormaliseWaybill(waybill)
	if waybill == "" || len(waybill) > model.MaxWaybill {
		return Advanced{}, fault.New("waybill_invalid").Field("waybill")
	}
	if f != "" && (!slices.Contains(faults, f) || !o.offers(f)) {
		return Advanced{}, fault.New("validation_failed").Field("fault").Say("这家快递不会这样出错")
	}
	posts, step, err := s.step(o, c, waybill, to, f)
	if err != nil {
		return Advanced{}, err
	}
	done := Advanced{Waybill: waybill, Step: step, Posted: []Posted{}}
	for _, p := range posts {
		done.Posted = append(done.Posted, s.post(ctx, p))
	}
	return done, nil
}

// step moves the parcel under the lock and makes the callbacks; they are posted without it.
func (s *Server) step(o office, c model.Carrier, waybill, to string, f Fault) ([]retry, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.find(c, waybill)
	if err != nil {
		return nil, "", err
	}
	events, err := p.way(to)
	if err != nil {
		return nil, "", err
	}
	for i := range p.rows {
		p.rows[i].held = false
	}
	for _, e := range events {
		p.move(e, s.cfg.Clock.Now(), f)
	}
	if f == FaultLate {
		p.rows[len(p.rows)-len(events)].held = true
	}
	var posts []retry
	for _, one := range s.faulty(o, p, len(events), f) {
		posts = append(posts, retry{push: one, office: o, parcel: p, waits: o.patience()})
	}
	return posts, string(p.rows[len(p.rows)-1].event), nil
}

// find gives the parcel of a waybill, and makes it when there is none.
func (s *Server) find(c model.Carrier, waybill string) (*parcel, error) {
	id := model.ParcelID(c, waybill)
	if p, ok := s.parcels[id]; ok {
		return p, nil
	}
	if len(s.parcels) >= maxParcels {
		return nil, fault.New("unavailable").Say("沙箱中的快件过多，请重新启动")
	}
	company := c.Company()
	if company == "" {
		company = companyOf(waybill)
	}
	p := &parcel{carrier: c, company: company, waybill: waybill, from: "深圳市", to: "汕尾市", callback: s.cfg.Callbacks[c]}
	if c == model.CarrierKuaidi100 && len(s.cfg.Kuaidi100.Salts) > 0 {
		p.salt = s.cfg.Kuaidi100.Salts[0]
	}
	s.parcels[id] = p
	return p, nil
}

// companyOf guesses a company from the form of a number, for parcels that nobody has subscribed.
func companyOf(waybill string) string {
	for prefix, company := range map[string]string{"SF": "shunfeng", "JD": "jd", "YT": "yuantong", "JT": "jtexpress"} {
		if strings.HasPrefix(waybill, prefix) {
			return company
		}
	}
	return "ems"
}
