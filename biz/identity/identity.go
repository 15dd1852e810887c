// Package identity asks the population service whether a name and an id number belong together (实名核验,
// identity level 1). The wire is ours, since each city has its own service behind it: one signed POST.
package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"kuacheng/biz/signature"
)

// Question is what is asked. It is never logged.
type Question struct {
	Name     string `json:"name"`
	IDType   string `json:"id_type"`
	IDNumber string `json:"id_number"`
}

type answer struct {
	Matched *bool `json:"matched"`
}

// Client asks over HTTP.
type Client struct {
	url  string
	key  signature.Key
	http *http.Client
}

// New makes a client for the service at url ("https://…/match").
func New(url string, key signature.Key) *Client {
	return &Client{url: url, key: key, http: &http.Client{
		Timeout:       8 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Match says whether the service knows this name with this number. An error means that it could not be asked;
// errors carry neither the question nor the answer.
func (c *Client) Match(ctx context.Context, q Question) (bool, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return false, fmt.Errorf("identity: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("identity: the configured URL is not valid")
	}
	req.Header.Set("Content-Type", "application/json")
	signature.Sign(req.Header, c.key, body, time.Now())
	res, err := c.http.Do(req)
	if err != nil {
		return false, errors.New("identity: the service cannot be reached")
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return false, fmt.Errorf("identity: the service answered %d", res.StatusCode)
	}
	var a answer
	if err := json.NewDecoder(io.LimitReader(res.Body, 4<<10)).Decode(&a); err != nil || a.Matched == nil {
		return false, errors.New("identity: the service's answer cannot be read")
	}
	return *a.Matched, nil
}

// StandIn is the service as the sandbox has it: it knows everybody, except that a name which contains 不符
// never matches its number. It checks signatures as strictly as the real one would.
func StandIn(keys []signature.Key) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 4<<10))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		if _, err := signature.Verify(r.Header.Get, body, keys, time.Now()); err != nil {
			http.Error(w, "signature", http.StatusUnauthorized)
			return
		}
		var q Question
		if json.Unmarshal(body, &q) != nil || q.Name == "" || q.IDNumber == "" || q.IDType == "" {
			http.Error(w, "incomplete", http.StatusBadRequest)
			return
		}
		matched := !bytes.Contains([]byte(q.Name), []byte("不符"))
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer{Matched: &matched})
	})
}
