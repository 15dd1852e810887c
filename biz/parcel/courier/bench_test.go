package courier_test

import (
	"testing"
	"time"

	"kuacheng/biz/parcel/courier"
	"kuacheng/model"
)

// BenchmarkKuaidi100 weighs what a push costs before the store: the door, which is bounds, form, signature and the
// walk over the JSON; reading on top of it; and joining the rows to a parcel. Report ratios to the door.
func BenchmarkKuaidi100(b *testing.B) {
	k := newKuaidi100(b, "")
	r := formPush(vector(b, "k1.body", ""))
	b.Run("door", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if courier.Receive(k, r) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("door and read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if courier.Receive(k, r) != nil || len(k.Read(r).Rows) != 2 {
				b.Fatal("refused")
			}
		}
	})
	b.Run("absorb", func(b *testing.B) {
		b.ReportAllocs()
		var rows []model.ParcelRow
		for _, row := range k.Read(r).Rows {
			rows = append(rows, row.ParcelRow)
		}
		for b.Loop() {
			p := &model.Parcel{Carrier: k.Name(), Waybill: "SF1400000000001", State: model.ParcelCreated, SentAt: arrival.Add(-24 * time.Hour)}
			if !p.Absorb(rows, arrival).Changed {
				b.Fatal("nothing changed")
			}
		}
	})
}
