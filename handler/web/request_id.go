package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"

	"github.com/cloudwego/hertz/pkg/app"
)

const requestIDHeader = "X-Request-Id"

// request is what the context of a request carries.
type request struct {
	id      string
	closing <-chan struct{}
}

type requestKey struct{}

// RequestID is the id of the request, as answered in X-Request-Id.
func RequestID(c *app.RequestContext) string {
	r, _ := c.Value(requestIDHeader).(*request)
	if r == nil {
		return ""
	}
	return r.id
}

// identify takes the caller's X-Request-Id if it is a plain word, else makes one; it travels in the context
// too, so that log lines of everything below carry it (see LogHandler).
func identify(ctx context.Context, c *app.RequestContext, closing <-chan struct{}) context.Context {
	id := string(c.Request.Header.Peek(requestIDHeader))
	if !plainWord(id) {
		id = newID()
	}
	r := &request{id: id, closing: closing}
	c.Set(requestIDHeader, r)
	c.Response.Header.Set(requestIDHeader, id)
	return context.WithValue(ctx, requestKey{}, r)
}

// newID only has to differ from others: nothing is kept from anybody by it.
func newID() string {
	var random [12]byte
	binary.LittleEndian.PutUint64(random[:], rand.Uint64())
	binary.LittleEndian.PutUint32(random[8:], rand.Uint32())
	return hex.EncodeToString(random[:])
}

func plainWord(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '_', b == '.':
		default:
			return false
		}
	}
	return true
}

// LogHandler adds the request's id to every record that is logged with its context.
func LogHandler(next slog.Handler) slog.Handler { return idHandler{next} }

type idHandler struct{ slog.Handler }

func (h idHandler) Handle(ctx context.Context, r slog.Record) error {
	if req, ok := ctx.Value(requestKey{}).(*request); ok {
		r.AddAttrs(slog.String("request_id", req.id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h idHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return idHandler{h.Handler.WithAttrs(attrs)}
}

func (h idHandler) WithGroup(name string) slog.Handler { return idHandler{h.Handler.WithGroup(name)} }
