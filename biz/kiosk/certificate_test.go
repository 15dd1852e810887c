package kiosk

import (
	"strings"
	"testing"
	"time"

	"kuacheng/model"
	"kuacheng/model/kiosk"
)

// TestUntil: a month that lacks the day ends with its last (民法典 第202条).
func TestUntil(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		validity string
		on, want model.Date
	}{
		{"P90D", "2026-11-25", "2027-02-23"}, {"P3M", "2026-11-30", "2027-02-28"}, {"P1M", "2027-01-31", "2027-02-28"}, {"P6M", "2026-08-31", "2027-02-28"},
		{"P1Y", "2028-02-29", "2029-02-28"}, {"P3Y", "2026-11-25", "2029-11-25"}, {"P1M", "2026-11-25", "2026-12-25"}, {"", "2026-11-25", ""}, {"P", "2026-11-25", ""},
		{"PxD", "2026-11-25", ""}, {"P3W", "2026-11-25", ""}, {"3M", "2026-11-25", ""},
	} {
		if got := until(c.validity, c.on.At(10*60)); got != c.want {
			t.Errorf("%s from %s: %s, want %s", c.validity, c.on, got, c.want)
		}
	}
}

// certify puts a certificate there as a print does, until a crash before the older one is marked.
func (o *office) certify(id string, at time.Time) *kiosk.Certificate {
	o.t.Helper()
	c := &kiosk.Certificate{
		Head: model.Head{ID: id}, Applicant: "ap1", Item: "SW-RS-0001", Situation: "01", Org: "441500-RS", Issued: at.UTC().Truncate(time.Millisecond), Prints: 1,
		Holder: o.holderOf(id),
	}
	if err := o.certificates.Insert(o.t.Context(), c); err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *office) holderOf(id string) string {
	return o.Service.holder(id, "张三丰", "44000019900101001X")
}

// TestService_certificates: of two papers that say the same one is good, also when a crash came between; the paper's own code finds it and
// proves whose it is; the department that gave it voids it.
func TestService_certificates(t *testing.T) {
	t.Parallel()
	o := open(t)
	ctx := t.Context()
	today := model.DateOf(o.clock.Now())
	older := o.certify(kiosk.Number(today.Add(-1), 7), o.clock.Now().Add(-24*time.Hour))
	newer := o.certify(kiosk.Number(today, 7), o.clock.Now())
	for prints := 2; prints <= 3; prints++ {
		if c, err := o.again(ctx, newer, today); err != nil || c.Prints != prints {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	if x, err := o.Mine(ctx, citizen, older.ID); err != nil || x.State(today) != kiosk.CertificateSuperseded || x.NewerNo != newer.ID {
		t.Errorf("%+v, %v", x, err)
	}
	_, err := o.Mine(ctx, stranger, newer.ID)
	wants(t, err, "not_found")
	code, ok := strings.CutPrefix(o.VerifyURL(newer), "https://example.test/q/")
	q, err := o.QR.Read(code)
	if err != nil || !ok {
		t.Fatalf("%v", err)
	}
	found, err := o.Verified(ctx, q)
	if err != nil || found.ID != newer.ID || CheckCode(found) == "" {
		t.Fatalf("%+v, %v", found, err)
	}
	for name, c := range map[string]struct {
		name, number string
		want         bool
	}{
		"who it is":       {"张三丰", "44000019900101001x", true},
		"with a space":    {" 张三丰", "44000019900101001X ", true},
		"another name":    {"李四", "44000019900101001X", false},
		"another number":  {"张三丰", "440000199001010028", false},
		"nothing entered": {"", "", false},
	} {
		if got := o.Matches(found, c.name, c.number); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	q.ID++
	_, err = o.Verified(ctx, q)
	wants(t, err, "qr_invalid")
	rev := model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "rev", Org: "441500-RS"}
	_, err = o.Revoke(ctx, rev, "none", "x")
	wants(t, err, "not_found")
	if _, err = o.Revoke(ctx, rev, newer.ID, "登记有误"); err != nil {
		t.Fatal(err)
	}
	if found, err = o.Mine(ctx, citizen, newer.ID); err != nil {
		t.Fatal(err)
	}
	_, err = o.again(ctx, found, today)
	wants(t, err, "certificate_not_valid")
	_, err = o.Paper(ctx, citizen, newer.ID, false)
	wants(t, err, "certificate_not_valid")
}
