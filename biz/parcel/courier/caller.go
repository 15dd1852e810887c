package courier

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kuacheng/model"
)

const (
	connectTimeout = 3 * time.Second
	callTimeout    = 10 * time.Second
	maxAnswer      = 1 << 20
)

// Caller makes this server's calls to carriers: bounded in time and size, following no redirect, since the
// body of every call is a credential. Its errors never quote an address, a request or an answer.
type Caller struct{ client *http.Client }

// NewCaller is a caller with the bounds of couriers.md §11.
func NewCaller() *Caller {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectTimeout}).DialContext
	transport.TLSHandshakeTimeout = connectTimeout
	transport.MaxResponseHeaderBytes = 64 << 10
	transport.MaxIdleConnsPerHost = 8
	return &Caller{client: &http.Client{
		Transport:     transport,
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// CallError is why a carrier gave no usable answer. Code is the carrier's own, or one word of ours.
type CallError struct {
	Answer model.SubscribeAnswer // what to do about it
	Code   string
}

func (e *CallError) Error() string { return "courier: call failed: " + e.Code }

func later(code string) *CallError { return &CallError{Answer: model.SubscribeLater, Code: code} }

// post sends a body and gives the answer's. Anything but 200 is "later": carriers put their own refusals into
// the body of a 200.
func (c *Caller) post(ctx context.Context, url, contentType, body string) ([]byte, *CallError) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, &CallError{Answer: model.SubscribeStopped, Code: "address"}
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, later(networkWord(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, later(networkWord(err))
	case resp.StatusCode != http.StatusOK:
		return nil, later("http_" + strconv.Itoa(resp.StatusCode))
	case len(answer) > maxAnswer:
		return nil, later("answer_too_large")
	}
	return answer, nil
}

// networkWord names a transport error without its text, which holds the address.
func networkWord(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "network"
}
