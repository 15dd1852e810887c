package web

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/model/fault"
)

const idempotencyHeader = "Idempotency-Key"

// Idempotency identifies a request that must have one effect however often it is sent: key is a digest of
// caller, route and Idempotency-Key, body a digest of what was asked (path and body, as sent). Both are ""
// when the caller sent no key. Call it after the body has been bound.
func Idempotency(c *app.RequestContext, caller string) (key, body string, err error) {
	given := c.Request.Header.Peek(idempotencyHeader)
	if len(given) == 0 {
		return "", "", nil
	}
	if len(given) > 128 {
		return "", "", badKey()
	}
	for _, b := range given {
		if b <= ' ' || b > '~' {
			return "", "", badKey()
		}
	}
	key = digest([]byte(caller), c.Request.Header.Method(), []byte(c.FullPath()), given)
	return key, digest(c.Request.URI().PathOriginal(), c.Request.Body()), nil
}

func badKey() error {
	return fault.New("bad_request").Field(idempotencyHeader).Say("请求编号（Idempotency-Key）应为 1 至 128 个可见的英文字符")
}

// digest hashes parts so that no two lists of parts look alike.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		n := len(p)
		h.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
