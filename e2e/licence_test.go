package e2e

import (
	"testing"
)

// named is a citizen by whose name the services of the sandbox behave in some way.
func (s *server) named(t testing.TB, name string) caller {
	t.Helper()
	c := s.login(t, newUser())
	who := someone()
	who["name"] = name
	c.post(t, "/api/v1/me/identity", who, nil)
	return c
}

type licence struct{ ID, Kind, Name, Status string }

func (c caller) licence(t testing.TB, kind string) licence {
	t.Helper()
	var list struct{ Items []licence }
	c.get(t, "/api/v1/licences", &list)
	for _, l := range list.Items {
		if l.Kind == kind {
			return l
		}
	}
	t.Fatalf("no licence of kind %s", kind)
	return licence{}
}

// TestMaterial_licence hands in an electronic licence in place of a paper (证照通).
func TestMaterial_licence(t *testing.T) {
	t.Parallel()
	s := shared(t)
	const card = "M001"
	c := s.named(t, "张照通")
	m := c.start(t, "online", "electronic")
	at := "/api/v1/matters/" + m.No + "/materials/"
	mine := c.licence(t, "id_card")
	if mine.Name != "居民身份证" || mine.Status != "valid" {
		t.Errorf("listed as %+v", mine)
	}
	var got material
	c.put(t, at+card, map[string]string{"licence": mine.ID}, &got)
	if got.State != "licence" {
		t.Errorf("state %s", got.State)
	}
	c.put(t, at+card, map[string]string{"licence": mine.ID}, nil) // the second tap
	c.call(t, "PUT", at+"M022", map[string]string{"licence": mine.ID}).refused(t, 422, "validation_failed")
	c.call(t, "PUT", at+card, map[string]any{}).refused(t, 422, "validation_failed")
	c.call(t, "PUT", at+card, map[string]any{"licence": mine.ID, "sharing": true}).refused(t, 422, "validation_failed")
	c.call(t, "PUT", at+"M999", map[string]string{"licence": mine.ID}).refused(t, 404, "material_unknown")
	c.put(t, at+"M022", scan(), nil)
	c.post(t, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, &m)
	if m.State != "awaiting_acceptance" {
		t.Errorf("handed in: %s", m.State)
	}
	c.call(t, "PUT", at+card, map[string]string{"licence": mine.ID}).refused(t, 409, "transition_not_allowed")

	other := s.named(t, "李过期")
	o := other.start(t, "online", "electronic")
	there := "/api/v1/matters/" + o.No + "/materials/" + card
	other.call(t, "PUT", there, map[string]string{"licence": mine.ID}).refused(t, 404, "licence_not_found")
	other.call(t, "PUT", there, map[string]string{"licence": other.licence(t, "id_card").ID}).refused(t, 409, "licence_not_valid")
	forger := s.named(t, "王假证")
	f := forger.start(t, "online", "electronic")
	forger.call(t, "PUT", "/api/v1/matters/"+f.No+"/materials/"+card, map[string]string{"licence": forger.licence(t, "id_card").ID}).refused(t, 409, "licence_untrusted")
	s.login(t, newUser()).call(t, "GET", "/api/v1/licences", nil).refused(t, 409, "identity_required")
	s.staff(t, "clerk").call(t, "PUT", "/api/v1/counter/matters/"+m.No+"/materials/"+card, map[string]string{"licence": mine.ID}).refused(t, 409, "licence_consent_required")
}

// TestMaterial_sharing lets registers be asked in place of a paper (数据通).
func TestMaterial_sharing(t *testing.T) {
	t.Parallel()
	s := shared(t)
	const card = "M001"
	for name, want := range map[string]string{"张共享": "shared", "赵查无": "missing"} {
		c := s.named(t, name)
		m := c.start(t, "online", "electronic")
		at := "/api/v1/matters/" + m.No + "/materials/"
		c.call(t, "PUT", at+"M022", map[string]bool{"sharing": true}).refused(t, 422, "validation_failed")
		c.put(t, at+"M022", scan(), nil)
		c.put(t, at+card, map[string]bool{"sharing": true}, nil)
		state := func() string {
			for _, x := range c.matter(t, m.No).Materials {
				if x.Code == card {
					return x.State
				}
			}
			return ""
		}
		eventually(t, name+" "+want, func() bool { return state() == want })
		if want == "missing" { // nothing is lost: the paper does
			c.call(t, "POST", "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}).refused(t, 409, "materials_missing")
			c.put(t, at+card, scan(), nil)
		}
		c.post(t, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, &m)
		if m.State != "awaiting_acceptance" {
			t.Errorf("%s: %s", name, m.State)
		}
	}
}

// TestMatter_duplicates flags what is handed in a second time.
func TestMatter_duplicates(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	flagged := func(no string) (twins []string) {
		var m struct {
			Twins []string `json:"possible_duplicate"`
		}
		c.get(t, "/api/v1/matters/"+no, &m)
		return m.Twins
	}
	draft := c.start(t, "online", "electronic")
	first := c.submitted(t, "electronic")
	if twins := flagged(draft.No); len(twins) != 0 {
		t.Errorf("a draft that was there first is flagged: %v", twins)
	}
	second := c.submitted(t, "electronic")
	if twins := flagged(second.No); len(twins) != 1 || twins[0] != first.No {
		t.Errorf("flagged %v, want %s", twins, first.No)
	}
}
