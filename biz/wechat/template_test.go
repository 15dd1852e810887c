package wechat_test

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// TestTemplates_match_the_notices holds that templates.yaml and the catalogue of notices speak of the same
// templates and variables.
func TestTemplates_match_the_notices(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, tpl := range templates(t) {
		keys = append(keys, tpl.Key)
		fields, page := model.TemplateVars(tpl.Key)
		for _, f := range tpl.Fields {
			if !slices.Contains(fields, f.Var) {
				t.Errorf("%s: no notice gives the variable %s", tpl.Key, f.Var)
			}
			if !wechat.Valid(f.Type(), f.Example) {
				t.Errorf("%s: the example %q breaks the rule of %s", tpl.Key, f.Example, f.Name)
			}
		}
		if name := pageVariable(tpl.Page); name != "" && !slices.Contains(append(fields, page...), name) {
			t.Errorf("%s: no notice gives the page's variable %s", tpl.Key, name)
		}
	}
	slices.Sort(keys)
	if want := model.NoticeTemplates(); !slices.Equal(keys, want) {
		t.Errorf("templates %v, notices use %v", keys, want)
	}
}

func pageVariable(page string) string {
	_, rest, ok := strings.Cut(page, "{")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "}")
	return name
}

// longest are the longest values that the sample data can put into a field, by variable.
func longest(t *testing.T) map[string]string {
	t.Helper()
	var items struct {
		Items []struct {
			Name   string
			Result struct{ Name string }
		}
	}
	var halls struct {
		Organisations []struct{ Name string }
		Halls         []struct {
			Name    string
			Windows []struct{ Name, Number string }
		}
	}
	var materials struct{ Materials []struct{ Name string } }
	read(t, "items.yaml", &items)
	read(t, "halls.yaml", &halls)
	read(t, "materials.yaml", &materials)
	var names, results, orgs, hallNames, windows, papers []string
	for _, i := range items.Items {
		names, results = append(names, i.Name), append(results, i.Result.Name)
	}
	for _, o := range halls.Organisations {
		orgs = append(orgs, o.Name)
	}
	for _, h := range halls.Halls {
		hallNames = append(hallNames, h.Name)
		for _, w := range h.Windows {
			windows = append(windows, "二楼 "+w.Number+" "+cmp.Or(w.Name, "跨城通办综合服务专窗"))
		}
	}
	for _, m := range materials.Materials {
		papers = append(papers, m.Name)
	}
	slices.SortFunc(papers, func(a, b string) int { return utf8.RuneCountInString(b) - utf8.RuneCountInString(a) })
	long := time.Date(2026, 11, 26, 15, 59, 0, 0, time.UTC)
	moment, day := model.NoticeTime(long), model.NoticeDate("2026-12-31")
	text := "照片不清晰且第 3 页缺少单位公章，请于 2026年12月31日 前重新扫描上传，分辨率不低于 300dpi，并附 KC4415202611260000427 号办件的说明"
	return map[string]string{
		"item": longestOf(names), "result": longestOf(results), "handling_org": longestOf(orgs), "receiving_org": longestOf(orgs),
		"publisher": longestOf(orgs), "hall": longestOf(hallNames), "window": longestOf(windows), "materials": strings.Join(papers[:5], "、"),
		"starts_at": moment, "called_at": moment, "received_at": moment, "forwarded_at": moment, "accepted_at": moment, "at": moment,
		"decided_at": moment, "dispatched_at": moment, "delivered_at": moment, "closed_at": moment, "due_on": day, "until": day,
		"booking_no": "YY2611260042", "matter_no": "KC4415202611260000427", "waybill": strings.Repeat("A1", 16), "ticket": "K012",
		"by": "邮政特快专递", "reason": text, "note": text, "state": "派送失败待再次派送", "outcome": "不予行政许可决定", "carrier": "中国邮政速递物流",
		"delivery": text, "title": text, "audience": text, "booking_id": "YY2611260042", "parcel_id": "pa_1", "policy_id": "po_1",
	}
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("../../dataset/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func longestOf(list []string) string {
	return slices.MaxFunc(list, func(a, b string) int { return utf8.RuneCountInString(a) - utf8.RuneCountInString(b) })
}

// TestTemplates_with_the_longest_values sends every template with the longest real values: WeChat refuses a
// message whole for one field that is too long.
func TestTemplates_with_the_longest_values(t *testing.T) {
	t.Parallel()
	w, values := newWorld(t), longest(t)
	for _, tpl := range w.wx.Templates() {
		mustAccept(t, w, "a", tpl.Key)
		_, err := w.Send(t.Context(), wechat.Message{OpenID: w.wx.OpenID("a"), Template: tpl.Key, Values: values})
		if err != nil {
			t.Errorf("%s: %v", tpl.Key, err)
		}
	}
	if shown := w.wx.Messages("a"); len(shown) != len(w.wx.Templates()) {
		t.Errorf("%d messages shown", len(shown))
	}
}

// TestNotices_go_through_WeChat composes every notice that has a template and sends it.
func TestNotices_go_through_WeChat(t *testing.T) {
	t.Parallel()
	w, values := newWorld(t), longest(t)
	values["alternatives"], values["place"], values["why"] = "11月27日 09:00", "汕尾市城区某驿站", "您曾办理相关事项"
	sent := 0
	for _, key := range model.NoticeKeys() {
		kind, _ := model.NoticeKindOf(key)
		if kind.Template == "" {
			continue
		}
		_, _, fields, err := model.Compose(key, values)
		if err != nil {
			t.Fatal(err)
		}
		mustAccept(t, w, "a", kind.Template)
		if _, err := w.Send(t.Context(), wechat.Message{OpenID: w.wx.OpenID("a"), Template: kind.Template, Values: fields}); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		sent++
	}
	if sent < 20 || len(w.wx.Messages("a")) != sent {
		t.Errorf("%d sent, %d shown", sent, len(w.wx.Messages("a")))
	}
}

func TestTemplate_page(t *testing.T) {
	t.Parallel()
	tpl := wechat.Template{Page: "pages/parcel/detail?id={parcel_id}"}
	for _, c := range []struct {
		values map[string]string
		want   string
	}{
		{map[string]string{"parcel_id": "p&1", "matter_no": "KC1"}, "pages/parcel/detail?id=p%261"},
		{map[string]string{"matter_no": "KC1"}, "pages/matter/detail?no=KC1"},
		{nil, ""},
	} {
		if _, page, err := tpl.Render(c.values); err != nil || page != c.want {
			t.Errorf("page %q, %v; want %q", page, err, c.want)
		}
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	list, err := wechat.Configure(templates(t), "booking_confirmed=Ab_-9, matter_accepted=Xy/thing7:item/date9:due_on")
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]wechat.Template{}
	for _, tpl := range list {
		byKey[tpl.Key] = tpl
	}
	if got := byKey["booking_confirmed"]; got.ID != "Ab_-9" || len(got.Fields) != 5 {
		t.Errorf("booking_confirmed = %+v", got)
	}
	got := byKey["matter_accepted"]
	want := []wechat.Field{
		{Name: "thing7", Var: "item", Label: "办理事项", Example: "职工养老保险关系转移接续"},
		{Name: "date9", Var: "due_on", Label: "承诺办结日", Example: "2026年12月21日"},
	}
	if got.ID != "Xy" || !slices.Equal(got.Fields, want) {
		t.Errorf("matter_accepted = %+v", got)
	}
	if byKey["review_invited"].ID != "" || byKey["review_invited"].Version() != "" || got.Version() == byKey["booking_confirmed"].Version() {
		t.Error("ids or versions of templates that the setting does not name")
	}
	if templates(t)[0].ID != "" {
		t.Error("Configure changed what it was given")
	}
	for _, bad := range []string{"nope=x", "booking_confirmed", "booking_confirmed=", "booking_confirmed=x/colour1:item", "booking_confirmed=x/thing1", "=x", "booking_confirmed=x/thing1:item/thing1:hall"} {
		if _, err := wechat.Configure(templates(t), bad); err == nil {
			t.Errorf("the setting %q is taken", bad)
		}
	}
}

func TestParseTemplates_refuses(t *testing.T) {
	t.Parallel()
	const head = "templates:\n  - {key: a, title: A, kind: once, page: p, fields: [{name: thing1, var: item}]}\n"
	if _, err := wechat.ParseTemplates([]byte(head)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"no yaml":      "templates: [",
		"same key":     head + "  - {key: a, title: B, kind: once, fields: [{name: thing1, var: item}]}\n",
		"same title":   head + "  - {key: b, title: A, kind: once, fields: [{name: thing1, var: item}]}\n",
		"no kind":      head + "  - {key: b, title: B, fields: [{name: thing1, var: item}]}\n",
		"no fields":    head + "  - {key: b, title: B, kind: long}\n",
		"no number":    head + "  - {key: b, title: B, kind: long, fields: [{name: thing, var: item}]}\n",
		"unknown type": head + "  - {key: b, title: B, kind: long, fields: [{name: colour1, var: item}]}\n",
		"no variable":  head + "  - {key: b, title: B, kind: long, fields: [{name: thing1}]}\n",
		"field twice":  head + "  - {key: b, title: B, kind: long, fields: [{name: thing1, var: x}, {name: thing1, var: y}]}\n",
	} {
		if _, err := wechat.ParseTemplates([]byte(bad)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
