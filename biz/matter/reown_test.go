package matter

import (
	"path/filepath"
	"testing"

	"kuacheng/biz/seal"
	"kuacheng/biz/store"
	"kuacheng/biz/store/sqlite"
	"kuacheng/model"
)

// TestService_Reown moves matters and reviews, seals addresses anew, and may run again.
func TestService_Reown(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "m.db"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Config: Config{DB: db, Keeper: keeper}}
	if s.matters, s.reviews, err = Open(ctx, db); err != nil {
		t.Fatal(err)
	}
	address := func(owner string) *model.SealedAddress {
		return &model.SealedAddress{
			Region: "440300", Name: keeper.Seal(addressPlace(owner, "name"), "张三丰"),
			Phone: keeper.Seal(addressPlace(owner, "phone"), "13800000000"), Detail: keeper.Seal(addressPlace(owner, "detail"), "学府路 1 号"),
		}
	}
	for no, m := range map[string]*model.Matter{
		"KC1": {Applicant: "old", Delivery: model.MatterDelivery{Address: address("old")}},
		"KC2": {Applicant: "old"},
		"KC3": {Applicant: "else", Agent: "old", Delivery: model.MatterDelivery{Address: address("else")}},
		"KC4": {Applicant: "else", Delivery: model.MatterDelivery{Address: address("else")}},
	} {
		m.ID = no
		if err := s.matters.Insert(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.reviews.Insert(ctx, &model.Review{Head: model.Head{ID: "KC1"}, Applicant: "old", Rating: model.Rating{Stars: 5, By: "old"}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Reown(ctx, "old", "new"); err != nil {
			t.Fatal(err)
		}
	}
	for no, want := range map[string][2]string{"KC1": {"new", ""}, "KC2": {"new", ""}, "KC3": {"else", "new"}, "KC4": {"else", ""}} {
		m, err := s.matters.Get(ctx, no)
		if err != nil || m.Applicant != want[0] || m.Agent != want[1] {
			t.Errorf("%s: %s %s, %v", no, m.Applicant, m.Agent, err)
			continue
		}
		if m.Delivery.Address != nil {
			if detail, err := keeper.Open(addressPlace(m.Applicant, "detail"), m.Delivery.Address.Detail); err != nil || detail != "学府路 1 号" {
				t.Errorf("%s: address %q, %v", no, detail, err)
			}
		}
	}
	if r, err := s.reviews.Get(ctx, "KC1"); err != nil || r.Applicant != "new" || r.Rating.By != "new" {
		t.Errorf("review %+v, %v", r, err)
	}
}
