package model_test

import (
	"encoding/binary"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
)

func TestQRNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		no, err := model.MakeMatterNo("441521", time.Unix(rapid.Int64Range(1_600_000_000, 3_000_000_000).Draw(t, "at"), 0), rapid.Uint64().Draw(t, "random"))
		if err != nil {
			t.Fatal(err)
		}
		if got := model.MatterNoOf(model.MatterDigits(no)); got != no {
			t.Fatalf("matter %s came back as %s", no, got)
		}
		n := rapid.Uint64().Draw(t, "booking")
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], n)
		id := model.BookingID(b)
		if model.BookingNumber(id) != n || model.BookingIDOf(n) != id {
			t.Fatalf("booking %s: %d, %s", id, model.BookingNumber(id), model.BookingIDOf(n))
		}
	})
	if model.MatterDigits("KC1") != 0 {
		t.Error("what is no number has no digits")
	}
}
