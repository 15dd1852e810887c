package licence

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm2"

	"kuacheng/biz/signature"
	"kuacheng/model"
)

// grantLife is how long a one-time authorisation may be used.
const grantLife = 5 * time.Minute

// StandIn is the services as the sandbox has them. Everybody has an identity card, a household register and a
// social security card; names that contain 过期 have an expired identity card, names that contain 假证 one that
// nobody has sealed. Registers know everybody, but for names that contain 查无; the source 停机库 is always down.
type StandIn struct {
	keys   []signature.Key
	issuer *sm2.PrivateKey
	now    func() time.Time

	mu     sync.Mutex
	grants map[string]grant
}

type grant struct {
	holder  Holder
	licence string
	purpose string
	until   time.Time
}

// NewStandIn makes the services, with an issuer's key of their own; now is the day by which licences expire.
func NewStandIn(keys []signature.Key, now func() time.Time) (*StandIn, error) {
	issuer, err := sm2.GenerateKey(rand.Reader)
	return &StandIn{keys: keys, issuer: issuer, now: now, grants: map[string]grant{}}, err
}

// Issuers are the keys by which its licences are known.
func (s *StandIn) Issuers() Issuers { return Issuers{"sandbox": &s.issuer.PublicKey} }

type question struct {
	Holder  Holder `json:"holder"`
	Licence string `json:"licence"`
	Grant   string `json:"grant"`
	Purpose string `json:"purpose"`
	Source  string `json:"source"`
}

// ServeHTTP answers the four questions, to those who sign.
func (s *StandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	if _, err := signature.Verify(r.Header.Get, body, s.keys, time.Now()); err != nil {
		http.Error(w, "signature", http.StatusUnauthorized)
		return
	}
	var q question
	if json.Unmarshal(body, &q) != nil {
		http.Error(w, "incomplete", http.StatusBadRequest)
		return
	}
	answer, status := s.answer(r.URL.Path, q)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer) //nolint:errcheck // a caller that has gone has its reasons
}

func (s *StandIn) answer(path string, q question) (any, int) {
	switch path {
	case "/list":
		lines := []Line{}
		for _, d := range s.licences(q.Holder) {
			lines = append(lines, Line{ID: d.ID, Kind: d.Kind, Issuer: d.Issuer, Status: s.status(d), ValidTo: d.ValidTo})
		}
		return map[string]any{"licences": lines}, http.StatusOK
	case "/authorise":
		return s.authorise(q)
	case "/fetch":
		return s.fetch(q)
	case "/check":
		if q.Source == "停机库" {
			return nil, http.StatusServiceUnavailable
		}
		return Fact{Found: !strings.Contains(q.Holder.Name, "查无"), Serial: rand.Text()}, http.StatusOK
	}
	return nil, http.StatusBadRequest
}

func (s *StandIn) authorise(q question) (any, int) {
	mine := slices.ContainsFunc(s.licences(q.Holder), func(d document) bool { return d.ID == q.Licence })
	if !mine || q.Purpose == "" {
		return nil, http.StatusNotFound
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := rand.Text()
	s.grants[key] = grant{q.Holder, q.Licence, q.Purpose, time.Now().Add(grantLife)}
	return map[string]any{"grant": key}, http.StatusOK
}

func (s *StandIn) fetch(q question) (any, int) {
	s.mu.Lock()
	g, ok := s.grants[q.Grant]
	delete(s.grants, q.Grant) // once
	s.mu.Unlock()
	if !ok || g.purpose != q.Purpose || time.Now().After(g.until) {
		return nil, http.StatusForbidden
	}
	for _, d := range s.licences(g.holder) {
		if d.ID != g.licence {
			continue
		}
		doc, err := json.Marshal(d)
		if err != nil {
			return nil, http.StatusInternalServerError
		}
		sealed, err := s.issuer.Sign(rand.Reader, doc, sm2.DefaultSM2SignerOpts)
		if err != nil {
			return nil, http.StatusInternalServerError
		}
		if strings.Contains(d.HolderName, "假证") {
			sealed[len(sealed)-1] ^= 1
		}
		return map[string]any{"document": doc, "signature": sealed, "key": "sandbox"}, http.StatusOK
	}
	return nil, http.StatusNotFound
}

func (s *StandIn) status(d document) string {
	if d.ValidTo != "" && d.ValidTo < model.DateOf(s.now()) {
		return "expired"
	}
	return d.Status
}

// licences are made up from the holder, always the same.
func (s *StandIn) licences(h Holder) []document {
	card := document{Kind: "id_card", Issuer: "公安机关", Number: h.IDNumber, ValidFrom: "2020-01-01", ValidTo: "2040-01-01"}
	if strings.Contains(h.Name, "过期") {
		card.ValidTo = "2024-12-31"
	}
	out := []document{
		card,
		{Kind: "household_register", Issuer: "公安机关", Number: "H" + short(h, "household_register")},
		{Kind: "social_security_card", Issuer: "人力资源和社会保障部门", Number: "S" + short(h, "social_security_card")},
	}
	for i := range out {
		d := &out[i]
		d.ID, d.Status, d.HolderName, d.HolderIDNumber = "ZZ"+short(h, d.Kind), Valid, h.Name, h.IDNumber
	}
	return out
}

func short(h Holder, kind string) string {
	sum := sha256.Sum256([]byte(h.IDNumber + " " + kind))
	return strings.ToUpper(hex.EncodeToString(sum[:8]))
}
