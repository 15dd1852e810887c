package once_test

import (
	"testing"
	"time"

	"kuacheng/biz/once"
	"kuacheng/biz/seal"
	"kuacheng/model"
	"kuacheng/model/fault"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	first := once.New(keeper, "a1 book key-1", "body")
	again := once.New(keeper, "a1 book key-1", "body")
	if first.Draw(0) != again.Draw(0) || first.Draw(0) == first.Draw(1) {
		t.Fatal("one key must draw the same id, and another at the next attempt")
	}
	other := once.New(keeper, "a2 book key-1", "body")
	if other.Draw(0) == first.Draw(0) {
		t.Error("another request draws the same id")
	}
	if made, err := other.Made(first.Origin(nil, now)); made || err != nil {
		t.Errorf("another request: %v, %v", made, err)
	}
	o := first.Origin([]byte(`{"id":"YY1"}`), now)
	if made, err := again.Made(o); !made || err != nil {
		t.Fatalf("the second tap: %v, %v", made, err)
	}
	if got, err := again.Answer(o); err != nil || string(got) != `{"id":"YY1"}` {
		t.Fatalf("answer %s, %v", got, err)
	}
	if _, err := once.New(keeper, "a1 book key-1", "other").Made(o); fault.Code(err) != "idempotency_conflict" {
		t.Fatalf("another body: %v", err)
	}
	none := once.New(keeper, "", "body")
	if drawn := none.Draw(0); none.Keyed() || drawn == none.Draw(0) || none.Origin(nil, now) != nil {
		t.Error("without a key each request is its own")
	}
	h := model.Head{Origin: o}
	once.Forget(&h, now.Add(once.Kept))
	if h.Origin == nil {
		t.Error("forgotten too early")
	}
	if once.Forget(&h, now.Add(once.Kept+time.Second)); h.Origin != nil {
		t.Error("not forgotten")
	}
}
