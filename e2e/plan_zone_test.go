package e2e

import (
	"fmt"
	"testing"
)

type zone struct {
	Live       bool
	Phase      int
	Reason     string
	Modes      []string
	ItemCount  int            `json:"item_count"`
	ModeCounts map[string]int `json:"mode_counts"`
	ItemsURL   string         `json:"items_url"`
}

// TestPlan_A1_S1_S2_S4_zone: every pair of the plan's four phases is live, with its phase and the counts that the plan asks for; a pair without
// the home city is not covered, and says so.
func TestPlan_A1_S1_S2_S4_zone(t *testing.T) {
	t.Parallel()
	c := shared(t).nobody()
	phases := map[int][]string{
		2: {"440100", "440300", "441900", "441300"},
		3: {"442000", "440400", "441200", "440700", "440600"},
		4: {"440200", "440500", "440800", "440900", "441400", "441600", "441700", "441800", "445100", "445200", "445300"},
	}
	cities := 0
	for phase, list := range phases {
		for _, city := range list {
			cities++
			var there zone
			c.get(t, "/api/v1/zone?from="+city+"&to="+shanwei, &there)
			if !there.Live || there.Phase != phase || there.ModeCounts["online"] != 96 || there.ItemCount == 0 {
				t.Errorf("%s: %+v", city, there)
			}
		}
	}
	if cities != 20 {
		t.Errorf("%d other cities", cities)
	}
	var z zone
	if c.get(t, "/api/v1/zone?from="+shenzhen+"&to="+shanwei, &z); z.ModeCounts["window"] != 96 {
		t.Errorf("by window: %+v", z)
	}
	if c.get(t, "/api/v1/zone?from=441521&to=441502", &z); !z.Live || z.Phase != 1 {
		t.Errorf("within the city: %+v", z)
	}
	z = zone{}
	if c.get(t, "/api/v1/zone?from=440100&to="+shenzhen, &z); z.Live || z.Reason != "not_covered" {
		t.Errorf("without the home city: %+v", z)
	}
	var regions struct {
		Items []struct {
			Code  string
			Phase int
			Live  bool
		}
	}
	c.get(t, "/api/v1/regions", &regions)
	if len(regions.Items) < 21 {
		t.Errorf("%d regions", len(regions.Items))
	}
}

// TestPlan_T4_catalogue: whatever item is listed has situations, each with materials, and one standard for every county that handles it; the
// frequent ones come first.
func TestPlan_T4_catalogue(t *testing.T) {
	t.Parallel()
	c := shared(t).nobody()
	type listed struct {
		Code    string
		Regions []string `json:"handling_regions"`
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		var page struct {
			Items []listed
			Next  string `json:"next_cursor"`
		}
		c.get(t, fmt.Sprintf("/api/v1/items?from=%s&to=%s&limit=100&cursor=%s", shenzhen, shanwei, cursor), &page)
		for _, x := range page.Items {
			if seen[x.Code] {
				t.Errorf("%s is listed twice", x.Code)
			}
			seen[x.Code] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) < 96 {
		t.Fatalf("%d items", len(seen))
	}
	for code := range seen {
		var it struct {
			Version    int
			Situations []struct {
				Code      string
				Materials []struct{ Code, Name string }
			}
		}
		c.get(t, "/api/v1/items/"+code, &it)
		if it.Version == 0 || len(it.Situations) == 0 {
			t.Errorf("%s: version %d, %d situations", code, it.Version, len(it.Situations))
		}
		for _, s := range it.Situations {
			if len(s.Materials) == 0 || s.Materials[0].Name == "" {
				t.Errorf("%s: situation %s has no materials", code, s.Code)
			}
		}
	}
}

// TestPlan_T8_reassign: a department hands a matter to the county's, with its reason on the trail; from then on it is theirs.
func TestPlan_T8_reassign(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, _ := s.citizen(t)
	reviewer, boss := s.staff(t, "reviewer"), s.staff(t, "supervisor")
	m := c.submitted(t, "electronic")
	path := "/api/v1/desk/matters/" + m.No
	reviewer.call(t, "POST", path+"/reassign", map[string]any{"org": "441502-GA", "reason": "x"}).refused(t, 409, "item_not_offered")
	reviewer.desk(t, m.No, "reassign", map[string]any{"org": "441502-RS", "reason": "户籍在城区"})
	reviewer.call(t, "GET", path, nil).refused(t, 404, "not_found")
	var got struct {
		Org struct{ ID string } `json:"handling_org"`
	}
	if boss.get(t, "/api/v1/supervise/matters/"+m.No, &got); got.Org.ID != "441502-RS" {
		t.Errorf("%+v", got)
	}
	var trail struct {
		Items []struct{ Event, Why string }
	}
	boss.get(t, "/api/v1/matters/"+m.No+"/trail", &trail)
	if last := trail.Items[len(trail.Items)-1]; last.Event != "reassign" || last.Why != "户籍在城区" {
		t.Errorf("%+v", last)
	}
}

// TestPlan_T5_online: 申请受理, 审查决定, 颁证送达, all from the phone, with one account.
func TestPlan_T5_online(t *testing.T) {
	t.Parallel()
	s := shared(t)
	c, user := s.citizen(t)
	reviewer := s.staff(t, "reviewer")
	m := c.submitted(t, "electronic")
	reviewer.desk(t, m.No, "accept", map[string]any{})
	c.told(t, "matter_accepted", m.No)
	reviewer.desk(t, m.No, "decide", map[string]any{"outcome": "granted"})
	reviewer.desk(t, m.No, "dispatch", map[string]any{"method": "electronic"})
	c.reaches(t, m.No, "closed")
	if a := s.login(t, user).call(t, "GET", "/api/v1/matters/"+m.No+"/result", nil); a.status != 200 || string(a.body[:4]) != "%PDF" {
		t.Errorf("the result, after signing in anew: %d", a.status)
	}
}
