package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"image/jpeg"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"
)

// The words by which the stand-in judges a content.
const (
	RiskyWord  = "违规内容"
	DoubtWord  = "疑似内容"
	hereWithin = 2 * time.Hour // a person must have used the mini-program
)

func (s *Server) checkText(r *http.Request) answer {
	var in struct {
		Version int
		OpenID  string
		Scene   int
		Content string
	}
	if bad := body(r, &in); bad != nil {
		return bad
	}
	switch {
	case !isOpenID(s.cfg.AppID, in.OpenID):
		return refuse(40003, "invalid openid,")
	case in.Version != 2 || in.Scene < 1 || in.Scene > 4 || in.Content == "" || len([]rune(in.Content)) > 2500:
		return refuse(40129, "invalid scene or content,")
	case s.clock.Now().Sub(s.person(in.OpenID).seen) > hereWithin:
		return refuse(61010, "code is expired,")
	}
	result := answer{"suggest": "pass", "label": 100}
	switch {
	case strings.Contains(in.Content, RiskyWord):
		result = answer{"suggest": "risky", "label": 20006}
	case strings.Contains(in.Content, DoubtWord):
		result = answer{"suggest": "review", "label": 21000}
	}
	return answer{"errcode": 0, "errmsg": "ok", "trace_id": randomText(16), "result": result, "detail": []answer{}}
}

// checkMedia takes a picture's address; the verdict is a push.
func (s *Server) checkMedia(r *http.Request) answer {
	var in struct {
		Version   int    `json:"version"`
		OpenID    string `json:"openid"`
		Scene     int    `json:"scene"`
		MediaType int    `json:"media_type"`
		MediaURL  string `json:"media_url"`
	}
	if bad := body(r, &in); bad != nil {
		return bad
	}
	switch {
	case !isOpenID(s.cfg.AppID, in.OpenID):
		return refuse(40003, "invalid openid,")
	case in.Version != 2 || in.Scene < 1 || in.Scene > 4 || in.MediaType != 2 || !strings.HasPrefix(in.MediaURL, "http"):
		return refuse(40129, "invalid scene or content,")
	case s.clock.Now().Sub(s.person(in.OpenID).seen) > hereWithin:
		return refuse(61010, "code is expired,")
	}
	trace := randomText(16)
	s.tell(event{from: in.OpenID, name: "wxa_media_check", fetch: in.MediaURL, media: map[string]any{
		"appid": s.cfg.AppID, "trace_id": trace, "version": int64(2),
	}})
	return answer{"errcode": 0, "errmsg": "ok", "trace_id": trace}
}

// maxMedia is the largest picture that is fetched.
const maxMedia = 10 << 20

// judgeMedia fetches a picture and writes the verdict on it into the event. A picture is judged by the words in its bytes,
// as a comment is.
func judgeMedia(ctx context.Context, e event) {
	content, err := fetchMedia(ctx, e.fetch)
	if err != nil {
		e.media["errcode"], e.media["errmsg"] = int64(-1008), "cannot download media"
		return
	}
	result := map[string]any{"suggest": "pass", "label": 100}
	switch {
	case bytes.Contains(content, []byte(RiskyWord)):
		result = map[string]any{"suggest": "risky", "label": 20006}
	case bytes.Contains(content, []byte(DoubtWord)):
		result = map[string]any{"suggest": "review", "label": 21000}
	}
	e.media["errcode"], e.media["errmsg"], e.media["result"] = int64(0), "ok", result
}

func fetchMedia(ctx context.Context, address string) ([]byte, error) {
	ctx, done := context.WithTimeout(ctx, 5*time.Second)
	defer done()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	content, err := io.ReadAll(io.LimitReader(res.Body, maxMedia+1))
	if err == nil && (res.StatusCode != http.StatusOK || len(content) > maxMedia) {
		err = pushError{res.StatusCode}
	}
	return content, err
}

var scene = regexp.MustCompile("^[0-9A-Za-z!#$'()*+,/:;=?@._~-]{1,32}$")

// drawCode answers an image, or JSON with an errcode, as WeChat does. What it draws is a QR code that says what
// a mini-program code would open.
func (s *Server) drawCode(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Scene, Page string
		Width       int
	}
	s.mu.Lock()
	bad := s.authorised(func(r *http.Request) answer {
		if bad := body(r, &in); bad != nil {
			return bad
		}
		switch {
		case len(in.Scene) > 32:
			return refuse(40169, "invalid length for scene, or the data is not json string")
		case !scene.MatchString(in.Scene):
			return refuse(40129, "invalid scene,")
		case strings.HasPrefix(in.Page, "/") || strings.Contains(in.Page, "?"):
			return refuse(41030, "invalid page,")
		case !s.codes5000.allow(s.clock.Now(), time.Minute, 5000):
			return refuse(45009, "reach max api minute quota limit,")
		}
		return nil
	})(r)
	s.mu.Unlock()
	if bad != nil {
		w.Header().Set("Content-Type", contentType)
		_ = json.NewEncoder(w).Encode(bad) // the caller may be gone
		return
	}
	q, err := qrcode.New("weixin-mini-program:"+in.Page+"?scene="+in.Scene, qrcode.Medium)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var img bytes.Buffer
	if err := jpeg.Encode(&img, q.Image(min(max(in.Width, 280), 1280)), nil); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(img.Bytes()) // the caller may be gone
}
