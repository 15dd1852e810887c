package wechat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"kuacheng/model"
)

const wechatHost = "api.weixin.qq.com"

// maxAnswer bounds what is read of an answer; the library reads without a limit.
const maxAnswer = 4 << 20

// exchange follows one HTTP call of ours. It travels in the request's context, because the library has one
// HTTP client for the whole process: the context is what tells two Clients (and two stand-ins) apart.
type exchange struct {
	to     *url.URL    // nil: the real host
	wrote  atomic.Bool // the request left whole; WeChat may have acted on it
	status atomic.Int64
}

type exchangeKey struct{}

func (x *exchange) context(ctx context.Context) context.Context {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				x.wrote.Store(true)
			}
		},
	})
	return context.WithValue(ctx, exchangeKey{}, x)
}

// transport carries what is meant for WeChat to where the exchange says: the real host, an egress proxy, a
// stand-in. It refuses any other host, and calls that are not ours, so a sandbox cannot reach the real thing.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok || r.URL.Host != wechatHost || r.URL.Scheme != "https" {
		return nil, fmt.Errorf("wechat: refused a call to %q", r.URL.Host)
	}
	if x.to != nil {
		r = r.Clone(r.Context()) // a RoundTripper must not change its argument
		r.URL.Scheme, r.URL.Host, r.Host = x.to.Scheme, x.to.Host, ""
		r.URL.Path = x.to.Path + r.URL.Path
	}
	res, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.status.Store(int64(res.StatusCode))
	res.Body = http.MaxBytesReader(nil, res.Body, maxAnswer)
	return res, nil
}

var install sync.Once

// installTransport gives the library its HTTP client. util.DefaultHTTPClient is a bare global of the library,
// read without a lock on every call; so it is set once, before the first Client exists, and never again. All
// Clients share it, and their own settings travel in contexts. Nothing else in the process may set it.
func installTransport() {
	install.Do(func() {
		base := http.DefaultTransport.(*http.Transport).Clone() // honours HTTPS_PROXY
		base.MaxIdleConnsPerHost = 64
		util.DefaultHTTPClient = &http.Client{
			Transport: transport{base},
			Timeout:   time.Minute, // a backstop; each call has its own, shorter one
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // WeChat's API redirects nowhere
			},
		}
	})
}

// failure turns what the library or the way returned into an Error that is safe to show: the library prints
// whole URLs, with secret and token.
func (x *exchange) failure(path string, err error) *Error {
	e := &Error{Path: path, Class: ClassBusy}
	var netErr net.Error
	var tooLarge *http.MaxBytesError
	switch status := x.status.Load(); {
	case errors.Is(err, context.Canceled):
		e.Note, e.is, e.Class = "cancelled", context.Canceled, ClassCancelled
	case errors.Is(err, context.DeadlineExceeded):
		e.Note, e.is = "timeout", context.DeadlineExceeded
	case errors.As(err, &netErr) && netErr.Timeout():
		e.Note, e.is = "timeout", context.DeadlineExceeded
	case errors.As(err, &tooLarge):
		e.Note = "answer too large"
	case status != 0 && status != http.StatusOK:
		e.Note = fmt.Sprintf("status %d", status)
	case status != 0:
		e.Note = "answer cannot be read"
	case x.wrote.Load():
		e.Note = "connection lost"
	default:
		e.Note = "no connection"
	}
	if status := x.status.Load(); path == pathSend && x.wrote.Load() && (status == 0 || status == http.StatusOK) {
		e.Class = ClassUnknown // send has no idempotency key: only this failure may hide a delivery
	}
	return e
}

// tillMidnight is how long a daily quota stays used up.
func tillMidnight(now time.Time) time.Duration {
	return model.DateOf(now).Add(1).Start().Sub(now)
}
