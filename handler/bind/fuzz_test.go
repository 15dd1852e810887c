package bind_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/route/param"
	"pgregory.net/rapid"

	"kuacheng/handler/bind"
	"kuacheng/model/api/citizen"
	"kuacheng/model/api/counter"
	"kuacheng/model/api/view"
	"kuacheng/model/fault"
)

func jsonContext(body []byte) *app.RequestContext {
	c := app.NewContext(0)
	c.Request.Header.SetMethod("POST")
	c.Request.Header.SetContentTypeBytes([]byte(jsonType))
	c.Request.SetBodyRaw(body)
	return c
}

// FuzzRequest: whatever is sent, the binder answers with one of its faults or with exactly what encoding/json
// would have read; and a name that is not the idl's never passes.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		start, `{}`, `[]`, `null`, `{"checks":[null]}`, `{"identity":{"method":"a","matched":true},"checks":[{"material_code":"M","ok":true}]}`,
		`{"identity":{"METHOD":"a"}}`, `{"a":"\u0000\"\\"}`, `{"note":"` + "\xff" + `"}`, `{"note":1e999}`, ` { "note" : "x" , "checks" : [ ] } `, `{"identity":{"matched":tru`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := jsonContext(body)
		c.Params = param.Params{{Key: "no", Value: "KC1"}}
		got, err := bind.Request[counter.ReceiveRequest](c)
		if err == nil {
			var want counter.ReceiveRequest
			d := json.NewDecoder(strings.NewReader(string(body)))
			d.DisallowUnknownFields()
			if err := d.Decode(&want); err != nil {
				t.Fatalf("bound what encoding/json refuses: %v", err)
			}
			want.No = got.No
			if !reflect.DeepEqual(*got, want) {
				t.Fatalf("got %+v, want %+v", *got, want)
			}
			return
		}
		switch fault.Code(err) {
		case "bad_request", "validation_failed":
		default:
			t.Fatalf("answered %v", err)
		}
	})
}

// Whatever a client of ours writes down of a valid request is read back the same.
func TestRequest_reads_what_was_written(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string, most int) string {
			return rapid.StringN(1, most, -1).Draw(t, name)
		}
		want := citizen.StartMatterRequest{
			ItemCode: text("item", 40), SituationCode: text("situation", 40),
			Mode:            rapid.SampledFrom([]string{"online", "window", "kiosk"}).Draw(t, "mode"),
			ReceivingRegion: text("from", 6), HandlingRegion: text("to", 6),
			Delivery: &view.Delivery{Method: rapid.SampledFrom([]string{"mail", "electronic", "pickup"}).Draw(t, "method")},
		}
		if rapid.Bool().Draw(t, "has address") {
			want.Delivery.Address = &view.Address{Name: text("name", 50), Phone: text("phone", 20), Region: text("region", 6), Detail: text("detail", 120)}
		}
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := bind.Request[citizen.StartMatterRequest](jsonContext(body))
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if !reflect.DeepEqual(*got, want) {
			t.Fatalf("got %+v, want %+v", *got, want)
		}
	})
}

func BenchmarkRequest(b *testing.B) {
	body := []byte(start)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := bind.Request[citizen.StartMatterRequest](jsonContext(body)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var req citizen.StartMatterRequest
			if err := json.Unmarshal(jsonContext(body).Request.Body(), &req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
