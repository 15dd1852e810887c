package bind

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kuacheng/model/api/citizen"
	"kuacheng/model/api/view"
)

// What is let through without the validator is what the validator would let through.
func TestPlan_fits_only_what_the_validator_takes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringN(0, 60, 600)
		for _, req := range []any{
			&view.MatterRef{No: text.Draw(rt, "no")},
			&citizen.MattersRequest{State: text.Draw(rt, "state"), Limit: rapid.Int32().Draw(rt, "limit"), Cursor: text.Draw(rt, "cursor")},
		} {
			p := planOf(reflect.TypeOf(req).Elem())
			if !p.plain {
				rt.Fatalf("%T is not plain", req)
			}
			if err := rules.Struct(req); p.fits(reflect.ValueOf(req).Elem()) && err != nil {
				rt.Fatalf("%+v: %v", req, err)
			}
		}
	})
}
