package sqlite

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// The strings of a decoded document are parts of its stored form, so decoding must leave that as it is, whatever
// is escaped in it.
func TestCodec_leaves_the_stored_form_alone(t *testing.T) {
	t.Parallel()
	type doc struct {
		Text string            `json:"text"`
		List []string          `json:"list"`
		Map  map[string]string `json:"map"`
	}
	text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\"\\\n\t\x00\x1f<>&\u2028市"))))
	rapid.Check(t, func(r *rapid.T) {
		want := doc{text.Draw(r, "text"), rapid.SliceOfN(text, 1, 3).Draw(r, "list"), rapid.MapOfN(text, text, 1, 3).Draw(r, "map")}
		body, err := codec{}.Encode(&want)
		if err != nil {
			r.Fatal(err)
		}
		before := bytes.Clone(body)
		for range 2 {
			var got doc
			if err := (codec{}).Decode(body, &got); err != nil {
				r.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				r.Fatalf("got %+q, want %+q", got, want)
			}
		}
		if !bytes.Equal(body, before) {
			r.Fatalf("decoding changed %q to %q", before, body)
		}
	})
}

func FuzzCodec_Decode(f *testing.F) {
	f.Add([]byte(`{"text":"\u5e02","list":["a\"b"],"map":{"k":"v"},"more":[1,{"x":null}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		var into struct {
			Text string            `json:"text"`
			List []string          `json:"list"`
			Map  map[string]string `json:"map"`
			N    int64             `json:"n"`
			In   *struct {
				F float64 `json:"f"`
			} `json:"in"`
		}
		_ = codec{}.Decode(data, &into) // a damaged file must end in an error, not in a crash
		if !bytes.Equal(data, before) {
			t.Errorf("decoding changed %q to %q", before, data)
		}
	})
}
