// Package licence asks the province's services for what citizens need not bring on paper: electronic licences
// (证照通), and facts in other departments' registers (数据通). The wire is ours, since each province has its own
// service behind it: signed JSON by POST, and documents sealed by their issuer with SM2 (GB/T 32918).
package licence

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"

	"kuacheng/biz/signature"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Valid is the status of a licence that is in force.
const Valid = "valid"

// Holder is whose licence or fact is asked for. It is never logged.
type Holder struct {
	Name     string `json:"name"`
	IDType   string `json:"id_type"`
	IDNumber string `json:"id_number"`
}

// Line is a licence in the list of somebody's.
type Line struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"` // a code of dataset/licences.yaml
	Issuer  string     `json:"issuer"`
	Status  string     `json:"status"` // valid, expired, revoked
	ValidTo model.Date `json:"valid_to,omitempty"`
}

// document is what an issuer has sealed.
type document struct {
	ID             string     `json:"id"`
	Kind           string     `json:"kind"`
	Number         string     `json:"number"`
	Issuer         string     `json:"issuer"`
	Status         string     `json:"status"`
	HolderName     string     `json:"holder_name"`
	HolderIDNumber string     `json:"holder_id_number"`
	ValidFrom      model.Date `json:"valid_from,omitempty"`
	ValidTo        model.Date `json:"valid_to,omitempty"`
}

// Fact is what a register says to a question.
type Fact struct {
	Found  bool   `json:"found"`
	Serial string `json:"serial"` // of the answer, by which the register finds it again
}

// Issuers are the public keys of those who seal licences, by key id.
type Issuers map[string]*ecdsa.PublicKey

// ParseIssuers reads "kid:hex,…", each an uncompressed SM2 point of 65 bytes.
func ParseIssuers(s string) (Issuers, error) {
	out := Issuers{}
	for part := range strings.SplitSeq(s, ",") {
		id, digits, ok := strings.Cut(strings.TrimSpace(part), ":")
		point, err := hex.DecodeString(digits)
		if !ok || id == "" || err != nil {
			return nil, errors.New("issuers are written kid:hex,…")
		}
		key, err := sm2.NewPublicKey(point)
		if err != nil {
			return nil, fmt.Errorf("issuer %q is no SM2 public key of 65 bytes", id)
		}
		out[id] = key
	}
	return out, nil
}

// Config says where the services are.
type Config struct {
	URL     string // what "/list", "/authorise", "/fetch" and "/check" are put after
	Key     signature.Key
	Issuers Issuers
}

// Client asks over HTTP.
type Client struct {
	cfg  Config
	http *http.Client
	now  func() time.Time // the day on which a licence must be in force
}

// New makes a client.
func New(cfg Config, now func() time.Time) *Client {
	cfg.URL = strings.TrimSuffix(cfg.URL, "/")
	return &Client{cfg: cfg, now: now, http: &http.Client{
		Timeout:       8 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// List gives somebody's licences. Fault: licence_unavailable.
func (c *Client) List(ctx context.Context, h Holder) ([]Line, error) {
	var out struct {
		Licences []Line `json:"licences"`
	}
	err := c.ask(ctx, "/list", map[string]any{"holder": h}, &out)
	return out.Licences, err
}

// Fetch gets a licence for one purpose, by an authorisation that is used once, and vouches for it: sealed by a
// known issuer, of this holder, in force today. What is kept of it is reference and digest. Faults:
// licence_unavailable, licence_not_found, licence_untrusted, licence_not_yours, licence_not_valid.
func (c *Client) Fetch(ctx context.Context, h Holder, id, purpose string) (*model.LicenceRef, error) {
	var grant struct {
		Grant string `json:"grant"`
	}
	if err := c.ask(ctx, "/authorise", map[string]any{"holder": h, "licence": id, "purpose": purpose}, &grant); err != nil {
		return nil, err
	}
	var sealed struct {
		Document  []byte `json:"document"`
		Signature []byte `json:"signature"`
		Key       string `json:"key"`
	}
	if err := c.ask(ctx, "/fetch", map[string]any{"grant": grant.Grant, "purpose": purpose}, &sealed); err != nil {
		return nil, err
	}
	issuer := c.cfg.Issuers[sealed.Key]
	if issuer == nil || !sm2.VerifyASN1WithSM2(issuer, nil, sealed.Document, sealed.Signature) {
		return nil, fault.New("licence_untrusted")
	}
	var d document
	if err := json.Unmarshal(sealed.Document, &d); err != nil || d.ID != id {
		return nil, fault.New("licence_untrusted")
	}
	if err := d.check(h, model.DateOf(c.now())); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(sealed.Document)
	return &model.LicenceRef{Kind: d.Kind, ID: d.ID, Digest: hex.EncodeToString(digest[:])}, nil
}

func (d *document) check(h Holder, today model.Date) error {
	switch {
	case d.HolderIDNumber != h.IDNumber || d.HolderName != h.Name:
		return fault.New("licence_not_yours")
	case d.Status != Valid:
		return fault.New("licence_not_valid").With("status", d.Status)
	case d.ValidFrom != "" && today < d.ValidFrom:
		return fault.New("licence_not_valid").With("valid_from", string(d.ValidFrom))
	case d.ValidTo != "" && today > d.ValidTo:
		return fault.New("licence_not_valid").With("valid_to", string(d.ValidTo))
	}
	return nil
}

// Check asks a register about somebody, for one purpose. Fault: licence_unavailable.
func (c *Client) Check(ctx context.Context, h Holder, source, purpose string) (Fact, error) {
	var f Fact
	err := c.ask(ctx, "/check", map[string]any{"holder": h, "source": source, "purpose": purpose}, &f)
	return f, err
}

// ask posts a signed question. Errors carry neither the question nor the answer.
func (c *Client) ask(ctx context.Context, path string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("licence: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL+path, bytes.NewReader(body))
	if err != nil {
		return errors.New("licence: the configured URL is not valid")
	}
	req.Header.Set("Content-Type", "application/json")
	signature.Sign(req.Header, c.cfg.Key, body, time.Now())
	res, err := c.http.Do(req)
	if err != nil {
		return down(errors.New("licence: the service cannot be reached"))
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return fault.New("licence_not_found")
	default:
		return down(fmt.Errorf("licence: the service answered %d", res.StatusCode))
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(answer); err != nil {
		return down(errors.New("licence: the service's answer cannot be read"))
	}
	return nil
}

func down(cause error) error { return fault.New("licence_unavailable").Because(cause) }
