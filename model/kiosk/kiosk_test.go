package kiosk_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/kiosk"
)

var start = time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)

// TestDevice: whatever a machine says and however long it is silent, a signature begins one session, its trouble is told once until it is
// over, and a machine that is off begins nothing.
func TestDevice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := &kiosk.Device{Head: model.Head{ID: "D1"}, Active: true, Paper: kiosk.PaperOK}
		at, used := start, map[string]time.Time{}
		for range rapid.IntRange(1, 40).Draw(t, "acts") {
			at = at.Add(time.Duration(rapid.IntRange(0, 1200).Draw(t, "seconds")) * time.Second)
			trouble, events, epoch := d.Trouble, len(d.Outbox), d.Epoch
			switch rapid.IntRange(0, 4).Draw(t, "act") {
			case 0:
				nonce := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "nonce")
				err := d.Begin(nonce, at)
				last, before := used[nonce]
				switch {
				case !d.Active && fault.Code(err) != "device_disabled":
					t.Fatalf("off, and %v", err)
				case d.Active && before && at.Sub(last) <= 2*kiosk.Window && fault.Code(err) != "nonce_replayed":
					t.Fatalf("a signature of %s ago is taken again: %v", at.Sub(last), err)
				case d.Active && !before && err != nil:
					t.Fatalf("a fresh one: %v", err)
				}
				if err == nil {
					used[nonce] = at
				}
			case 1:
				d.Heard(rapid.SampledFrom([]string{"", kiosk.PaperOK, kiosk.PaperLow, kiosk.PaperOut}).Draw(t, "paper"), at)
				if d.Wake == nil || !d.Wake.After(at) {
					t.Fatal("nobody watches a machine that has just spoken")
				}
			case 2:
				due := d.Wake != nil && !d.Wake.After(at)
				if d.Quiet(at) != due || due && d.Wake != nil {
					t.Fatal("quiet at the wrong time, or for ever")
				}
			case 3:
				was := d.Active
				d.Disable()
				if d.Active || d.Wake != nil || was != (d.Epoch > epoch) {
					t.Fatalf("%+v", d)
				}
			case 4:
				d.Active = true
			}
			if told := len(d.Outbox) - events; told > 1 || told == 1 && (d.Trouble == "" || d.Trouble == trouble) {
				t.Fatalf("%d told; trouble %q, before %q", told, d.Trouble, trouble)
			}
			if (d.Trouble == "paper") && d.Paper != kiosk.PaperOut {
				t.Fatal("the paper is there again, and the trouble stays")
			}
			if len(d.Nonces) > 40 {
				t.Fatal("signatures are kept for ever")
			}
		}
	})
}

// TestLogin: a code is answered once and taken once, by the machine that drew it, in its time; whatever is tried, nobody but who said yes
// is at the machine, and not for longer than they touch it.
func TestLogin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := kiosk.NewLogin("kl1", &kiosk.Device{Head: model.Head{ID: "D1"}, Place: "大厅"}, start)
		at, yes, taken := start, "", 0
		for range rapid.IntRange(1, 20).Draw(t, "acts") {
			at = at.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
			before := *l
			var err error
			switch rapid.IntRange(0, 2).Draw(t, "act") {
			case 0:
				person, agreed := rapid.SampledFrom([]string{"ap1", "ap2"}).Draw(t, "person"), rapid.Bool().Draw(t, "yes")
				if err = l.Answer(person, agreed, at); err == nil && agreed {
					if yes != "" && yes != person {
						t.Fatal("two people said yes")
					}
					yes = person
				}
			case 1:
				device := rapid.SampledFrom([]string{"D1", "D2"}).Draw(t, "device")
				if err = l.Take(device, at); err == nil {
					taken++
					if device != "D1" || yes == "" || taken > 1 {
						t.Fatalf("taken by %s, %d times, yes by %q", device, taken, yes)
					}
				}
			case 2:
				if l.Alive(at) {
					l.Used = at
				}
			}
			if err != nil && (l.State != before.State || l.Person != before.Person) {
				t.Fatalf("%s was refused and changed the code", fault.Code(err))
			}
			if l.Alive(at) && (l.Person != yes || yes == "" || at.Sub(start) >= kiosk.MostOf) {
				t.Fatalf("%s is at the machine", l.Person)
			}
			if l.Alive(at) && l.Alive(at.Add(kiosk.IdleFor)) {
				t.Fatal("who has walked away is there")
			}
		}
	})
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	org := model.Actor{Door: model.DoorDesk, Role: model.RoleReviewer, ID: "rev", Org: "441500-RS"}
	other := org
	other.Org = "441500-GA"
	for name, c := range map[string]struct {
		c    kiosk.Certificate
		on   model.Date
		want string
	}{
		"for ever":         {kiosk.Certificate{}, "2099-01-01", kiosk.CertificateValid},
		"its last day":     {kiosk.Certificate{Until: "2026-12-31"}, "2026-12-31", kiosk.CertificateValid},
		"the day after":    {kiosk.Certificate{Until: "2026-12-31"}, "2027-01-01", kiosk.CertificateExpired},
		"another is newer": {kiosk.Certificate{NewerNo: "ZM2", Until: "2026-12-31"}, "2027-01-01", kiosk.CertificateSuperseded},
		"void before all":  {kiosk.Certificate{NewerNo: "ZM2", Revoked: &kiosk.Revocation{}}, "2026-01-01", kiosk.CertificateRevoked},
	} {
		if got := c.c.State(c.on); got != c.want || kiosk.StateName(got) == "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	x := &kiosk.Certificate{Org: org.Org}
	if err := x.Revoke(other, "x", start); fault.Code(err) != "wrong_organisation" {
		t.Errorf("%v", err)
	}
	if err := x.Revoke(org, "", start); fault.Code(err) != "reason_required" || x.Revoked != nil {
		t.Errorf("%v", err)
	}
	for _, why := range []string{"登记有误", "再说一次"} {
		if err := x.Revoke(org, why, start); err != nil || x.Revoked.Why != "登记有误" {
			t.Errorf("%+v, %v", x.Revoked, err)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := model.Date("2026-01-01").Add(rapid.IntRange(0, 20000).Draw(t, "day"))
		n := kiosk.Number(day, rapid.Uint64().Draw(t, "draw"))
		if len(n) != 18 || !strings.HasPrefix(n, "ZM"+strings.ReplaceAll(string(day), "-", "")) {
			t.Fatal(n)
		}
	})
}
