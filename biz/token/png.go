package token

import (
	"fmt"

	"github.com/maypok86/otter/v2"
	"github.com/skip2/go-qrcode"
)

// Sizes of a drawn code, in pixels.
const (
	QRSizeDefault = 300
	QRSizeMin     = 120
	QRSizeMax     = 1200
)

// Drawer draws QR codes as PNG and remembers them: drawing takes over a millisecond and a megabyte of garbage.
type Drawer struct {
	drawn *otter.Cache[drawing, []byte]
}

type drawing struct {
	link string
	size int
}

// NewDrawer makes a drawer that remembers some 8 MiB of images.
func NewDrawer() (*Drawer, error) {
	c, err := otter.New(&otter.Options[drawing, []byte]{
		MaximumWeight: 8 << 20,
		Weigher:       func(_ drawing, png []byte) uint32 { return uint32(len(png)) },
	})
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return &Drawer{drawn: c}, nil
}

// PNG draws a link; size 0 is the default. The level is High, which costs no more than Medium at this length and
// survives a scratched screen.
func (d *Drawer) PNG(link string, size int) ([]byte, error) {
	if size == 0 {
		size = QRSizeDefault
	}
	size = min(max(size, QRSizeMin), QRSizeMax)
	key := drawing{link, size}
	if png, ok := d.drawn.GetIfPresent(key); ok {
		return png, nil
	}
	png, err := qrcode.Encode(link, qrcode.High, size)
	if err != nil {
		return nil, fmt.Errorf("token: drawing: %w", err)
	}
	d.drawn.Set(key, png)
	return png, nil
}
