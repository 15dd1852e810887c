package wechat

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg" // what WeChat draws, as a rule
	"image/png"
	"regexp"
	"sync"
)

// Poster is what a mini-program code opens.
type Poster struct {
	Page  string // of the mini-program, without a leading slash
	Scene string // what the page is told: at most 32 characters
}

// sceneForm is narrower than WeChat's own rule, of which some characters are refused in practice.
var sceneForm = regexp.MustCompile(`^[0-9A-Za-z=_.:-]{1,32}$`)

// codeWidth is the side of a drawn code in pixels: enough for a poster of A4.
const codeWidth = 860

// Code draws a mini-program code (小程序码) without limit of number, as PNG.
func (c *Client) Code(ctx context.Context, p Poster) (drawn []byte, err error) {
	if !sceneForm.MatchString(p.Scene) {
		return nil, &Error{Code: 40169, Class: ClassMistake, Path: pathCode, Note: "scene"}
	}
	in := struct {
		Scene     string `json:"scene"`
		Page      string `json:"page"`
		CheckPath bool   `json:"check_path"` // off: a poster may be printed before the page is published
		Version   string `json:"env_version,omitempty"`
		Width     int    `json:"width"`
	}{p.Scene, p.Page, false, map[string]string{"developer": "develop", "trial": "trial"}[c.cfg.State], codeWidth}
	err = c.ask(ctx, pathCode, in, func(body []byte) error {
		drawn, err = asPNG(body)
		return err
	})
	return drawn, err
}

// asPNG takes WeChat's JPEG or PNG; anything else is no code.
func asPNG(body []byte) ([]byte, error) {
	size, kind, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil || size.Width > 4096 || size.Height > 4096 {
		return nil, errors.New("no image")
	}
	if kind == "png" {
		return body, nil
	}
	img, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = png.Encode(&out, img)
	return out.Bytes(), err
}

// Posters draws codes once: they never change, and WeChat allows 5 000 a minute.
type Posters struct {
	client *Client
	mu     sync.Mutex // drawing one at a time: an afternoon's posters are a few hundred
	drawn  map[Poster][]byte
}

// maxPosters bounds what is remembered, some 20 KB each.
const maxPosters = 1000

// NewPosters remembers in this process.
func NewPosters(c *Client) *Posters { return &Posters{client: c, drawn: map[Poster][]byte{}} }

// PNG gives the code of a poster.
func (p *Posters) PNG(ctx context.Context, x Poster) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if drawn, ok := p.drawn[x]; ok {
		return drawn, nil
	}
	drawn, err := p.client.Code(ctx, x)
	if err != nil {
		return nil, err
	}
	if len(p.drawn) >= maxPosters {
		clear(p.drawn)
	}
	p.drawn[x] = drawn
	return drawn, nil
}
