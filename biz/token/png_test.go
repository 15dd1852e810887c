package token_test

import (
	"bytes"
	"image/png"
	"testing"

	"kuacheng/biz/token"
)

func TestDrawer_PNG(t *testing.T) {
	t.Parallel()
	d, err := token.NewDrawer()
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]int{0: 300, 500: 500, 5: 120, 100000: 1200} {
		for range 2 {
			raw, err := d.PNG("https://kc.example/q/abc", size)
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(bytes.NewReader(raw))
			if err != nil || img.Bounds().Dx() != want {
				t.Errorf("size %d: %v, %v", size, img.Bounds(), err)
			}
		}
	}
}
