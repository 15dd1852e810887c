package web

import (
	"strconv"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"
)

// Prefers is the offer that the Accept header likes best; among equals the earlier offer. Without a header, or
// if nothing fits, it is the first: an answer that was not asked for is more use than none.
func Prefers(c *app.RequestContext, offers ...string) string {
	accept := string(c.Request.Header.Peek("Accept"))
	best, most := offers[0], 0.0
	for _, offer := range offers {
		if q := quality(accept, offer); q > most {
			best, most = offer, q
		}
	}
	return best
}

// quality is how much an Accept header likes one type; the most exact range decides (RFC 9110 §12.5.1).
func quality(accept, offer string) float64 {
	major, _, _ := strings.Cut(offer, "/")
	exactness, q := 0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		fields := strings.Split(part, ";")
		media := strings.ToLower(strings.TrimSpace(fields[0]))
		exact := 0
		switch media {
		case offer:
			exact = 3
		case major + "/*":
			exact = 2
		case "*/*":
			exact = 1
		}
		if exact <= exactness {
			continue
		}
		exactness, q = exact, 1
		for _, param := range fields[1:] {
			name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
			if !strings.EqualFold(name, "q") {
				continue
			}
			if n, err := strconv.ParseFloat(value, 64); err == nil && n >= 0 && n <= 1 {
				q = n
			}
		}
	}
	return q
}
