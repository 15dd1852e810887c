package model_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kuacheng/model"
)

// noticeVars are real-looking values of every variable that the catalogue knows.
var noticeVars = map[string]string{
	"item": "职工养老保险关系转移接续", "matter_no": "KC4415202611260000427", "hall": "深圳市跨城通办服务大厅",
	"starts_at": "2026年11月26日 09:30", "booking_no": "YY2611260042", "booking_id": "YY2611260042", "by": "本人取消",
	"reason": "行程有变，改日再约", "alternatives": "11月27日 09:00、11月27日 10:30", "ticket": "K012", "window": "一楼 K02 跨城通办专窗",
	"called_at": "2026年11月26日 09:35", "ahead": "3", "until": "2026年12月7日", "handling_org": "汕尾市人力资源和社会保障局",
	"receiving_org": "深圳市政务服务和数据管理局", "received_at": "2026年11月26日 09:52", "waybill": "SF1357924680123",
	"forwarded_at": "2026年11月26日 16:40", "accepted_at": "2026年11月30日 10:05", "due_on": "2026年12月21日", "at": "2026年11月30日 10:05",
	"materials": "社会保险参保缴费凭证等 2 份", "outcome": "准予办理", "decided_at": "2026年12月16日 15:20", "delivery": "结果将邮寄到您填写的地址",
	"result": "养老保险关系转移接续联系函", "carrier": "邮政速递", "dispatched_at": "2026年12月17日 11:00", "delivered_at": "2026年12月18日 14:31",
	"closed_at": "2026年12月18日 14:31", "title": "返乡创业一次性资助办法", "audience": "返乡创业人员、退役军人", "publisher": "汕尾市人力资源和社会保障局",
	"procedure": "专家评审", "days": "10", "holder": "深圳市政务服务和数据管理局", "place": "城区某代收点", "why": "您曾办理社会保险事项",
	"org": "汕尾市政务服务和数据管理局", "what": "办件材料遗失", "due": "2026年12月1日", "count": "2", "yellow": "3", "red": "1", "overdue": "0", "parcel_id": "pa1", "policy_id": "po1",
}

// noticeTable is domain §11: of each key the WeChat template, and its marks: U goes out at night, S by SMS too.
var noticeTable = map[string]string{
	"booking_confirmed": "booking_confirmed U", "booking_changed": "booking_confirmed U", "booking_reminder": "booking_reminder",
	"booking_cancelled": "booking_cancelled", "booking_displaced": "booking_cancelled U S", "queue_near": "queue_called U",
	"queue_called": "queue_called U", "matter_received": "matter_received", "matter_forwarded": "matter_forwarded",
	"matter_accepted": "matter_accepted", "matter_deemed_accepted": "matter_accepted", "matter_refused": "matter_refused S",
	"supplement_requested": "supplement_requested S", "formal_check_failed": "supplement_requested", "supplement_due": "supplement_due S",
	"draft_expiring": "supplement_due", "matter_decided": "matter_decided S", "result_dispatched": "result_dispatched",
	"result_delivered": "result_delivered", "delivery_failed": "parcel_problem S", "parcel_problem": "parcel_problem",
	"parcel_stalled": "parcel_problem", "parcel_at_pickup_point": "parcel_problem", "materials_lost": "parcel_problem S",
	"review_invited": "review_invited", "policy_push": "policy_push", "item_suggested": "policy_push", "licence_expiring": "policy_push",
	"matter_submitted": "", "materials_arrived": "", "materials_bounced": "", "supplement_supplied": "", "supplement_lapsed": " S",
	"draft_expired": "", "matter_suspended": "", "matter_resumed": "", "matter_extended": " S", "decision_revoked": " S", "result_ready": " S",
	"pickup_reminder": " S", "result_unclaimed": " S", "matter_withdrawn": "", "matter_terminated": " S", "matter_reopened": "",
	"papers_returned": "", "parcel_out_for_delivery": "", "booking_no_show": "", "booking_blocked": "", "review_contacted": "",
	"review_answered": "", "review_held": "", "problem_answered": "", "privacy_request_done": " S", "login_new_device": " S",
	"data_export_ready": "", // ours, beside those of the domain
	"staff_new_matter":  "", "staff_light_yellow": "", "staff_light_red": "", "staff_overdue": "", "staff_forward_due": "",
	"staff_papers_owed": "", "staff_problem_assigned": "", "staff_problem_late": "", "staff_parcel_stalled": "", "staff_parcel_problem": "",
	"staff_delivery_disputed": "", "staff_signal": "", "staff_peer_conflict": "", "staff_catalogue_consent": "", "staff_report_due": "",
	"staff_device_trouble": "", "staff_handover": "",
	// Ours, beside those of the domain: what the bureau's own work needs.
	"credit_noted": "", "credit_answered": "",
	"staff_proposal_settled": "", "staff_agreement_expiring": "", "staff_agreement_ended": "", "staff_meeting_called": "", "staff_task_late": "",
	"staff_digest": "", "staff_escalated": "",
}

func TestNoticeKeys_are_those_of_the_domain(t *testing.T) {
	t.Parallel()
	keys := model.NoticeKeys()
	if want := slices.Sorted(maps.Keys(noticeTable)); !slices.Equal(slices.Sorted(slices.Values(keys)), want) {
		t.Fatalf("keys %v\nwant %v", keys, want)
	}
	for _, key := range keys {
		k, _ := model.NoticeKindOf(key)
		got := k.Template
		if k.Urgent {
			got += " U"
		}
		if k.Important {
			got += " S"
		}
		if got != noticeTable[key] {
			t.Errorf("%s: %q, want %q", key, got, noticeTable[key])
		}
	}
}

// What goes by SMS is what domain §11 marks S, a window that calls and a parcel in trouble; its text needs
// nothing that the notice could lack, and nothing that people type.
func TestNoticeSMS(t *testing.T) {
	t.Parallel()
	for _, key := range model.NoticeKeys() {
		k, _ := model.NoticeKindOf(key)
		text := model.NoticeSMS(key)
		if want := k.Important || key == "queue_called" || key == "parcel_problem"; want != (text != "") {
			t.Errorf("%s: SMS %q", key, text)
		}
		for _, m := range regexp.MustCompile(`\{([a-z_]+)\}`).FindAllStringSubmatch(text, -1) {
			name := m[1]
			if slices.Contains([]string{"note", "reason", "what", "why", "place", "answer"}, name) {
				t.Errorf("%s: free text %s", key, name)
			}
			vars := maps.Clone(noticeVars)
			delete(vars, name)
			n, err := model.NewNotice(model.NoticeDraft{Event: "e", Recipient: "a", To: model.ToApplicant, Key: key, Vars: vars}, "", time.Now())
			if err == nil && len(n.SMS) == 0 {
				t.Errorf("%s is whole without %s, its SMS is not", key, name)
			}
		}
	}
}

var stray = regexp.MustCompile(`[{}\[\]\n]|。。|，。|%!`)

func TestCompose_every_key(t *testing.T) {
	t.Parallel()
	for _, key := range model.NoticeKeys() {
		title, text, fields, err := model.Compose(key, noticeVars)
		if err != nil || title == "" || text == "" || stray.MatchString(text) || !strings.HasSuffix(text, "。") {
			t.Errorf("%s: %q, %q, %v", key, title, text, err)
		}
		k, _ := model.NoticeKindOf(key)
		need, page := model.TemplateVars(k.Template)
		for _, name := range need {
			if fields[name] == "" {
				t.Errorf("%s: field %s is empty", key, name)
			}
		}
		for name := range fields {
			if !slices.Contains(need, name) && !slices.Contains(page, name) {
				t.Errorf("%s: the template has no use for %s", key, name)
			}
		}
		if k.Template == "" && fields != nil {
			t.Errorf("%s: fields without a template", key)
		}
	}
}

// Every variable without a default is missed when it is not there, in words that name it.
func TestCompose_misses_variables(t *testing.T) {
	t.Parallel()
	for _, key := range model.NoticeKeys() {
		k, _ := model.NoticeKindOf(key)
		need, _ := model.TemplateVars(k.Template)
		for name := range noticeVars {
			vars := maps.Clone(noticeVars)
			delete(vars, name)
			_, text, _, err := model.Compose(key, vars)
			required := slices.Contains(need, name) || strings.Contains(optional.ReplaceAllString(k.Text, ""), "{"+name+"}")
			if k.Defaults[name] != "" || k.Fill[name] != "" && !strings.Contains(optional.ReplaceAllString(k.Text, ""), "{"+name+"}") {
				required = false
			}
			if required != (err != nil) {
				t.Errorf("%s without %s: %v", key, name, err)
			}
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%s without %s: %v names another", key, name, err)
			}
			if err == nil && stray.MatchString(text) {
				t.Errorf("%s without %s: %q", key, name, text)
			}
		}
	}
	if _, _, _, err := model.Compose("no_such_key", noticeVars); err == nil {
		t.Error("an unknown key composes")
	}
}

var optional = regexp.MustCompile(`\[[^\]]*\]`)

func TestCompose_words(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key  string
		vars map[string]string
		want string
	}{
		{"booking_confirmed", nil, "您已预约2026年11月26日 09:30在深圳市跨城通办服务大厅办理「职工养老保险关系转移接续」，预约编号 YY2611260042。请带齐材料，提前十五分钟到。"},
		{"result_delivered", map[string]string{"waybill": "", "note": "请在办件详情下载电子结果。"}, "办件 KC4415202611260000427 的结果已于2026年12月18日 14:31送达。请在办件详情下载电子结果。"},
		{"supplement_requested", map[string]string{"note": "第一行\n 请联系 13800000000，证件 44000019900101001X。"}, "您的「职工养老保险关系转移接续」（办件编号 KC4415202611260000427）需要补正：社会保险参保缴费凭证等 2 份。请在2026年12月7日前提交。说明：第一行 请联系 ****，证件 ****。"},
		{"matter_refused", map[string]string{"reason": "{item}[x]"}, "您的「职工养老保险关系转移接续」（办件编号 KC4415202611260000427）于2026年11月30日 10:05被决定不予受理，原因：{item}[x]。不予受理通知书和救济途径请在办件详情查看。"},
	} {
		vars := maps.Clone(noticeVars)
		delete(vars, "note")
		maps.Copy(vars, c.vars)
		if _, text, _, err := model.Compose(c.key, vars); err != nil || text != c.want {
			t.Errorf("%s:\n%s\nwant\n%s\n%v", c.key, text, c.want, err)
		}
	}
	_, _, fields, err := model.Compose("result_delivered", map[string]string{"matter_no": "KC1", "delivered_at": "2026年12月18日 14:31"})
	if err != nil || fields["waybill"] != "-" || fields["parcel_id"] != "" {
		t.Errorf("an electronic result: %v, %v", fields, err)
	}
}

func TestScrubNumbers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"张某 44000019900101001X":                         "张某 ****",
		"44000019900101001x，":                           "****，",
		"旧证440000900101001。":                            "旧证****。",
		"电话13800000000":                                 "电话****",
		"电话 +8613800000000、138 0000 0000、138-0000-0000": "电话 ****、****、****",
		"通行证 H00000001 和 MA0000001":                     "通行证 **** 和 ****",
		"护照E00000001":                                   "护照****",
		"４４００００１９９００１０１００１Ｘ 全角":                         "**** 全角",
		"办件 KC4415202611260000427":                      "办件 KC4415202611260000427",
		"预约 YY2611260042，运单 SF1357924680123":            "预约 YY2611260042，运单 SF1357924680123",
		"2026年11月26日 300dpi 第3页":                        "2026年11月26日 300dpi 第3页",
		"":                                              "",
	} {
		if got := model.ScrubNumbers(in); got != want {
			t.Errorf("ScrubNumbers(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestQuietUntil(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, model.Beijing)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ now, until string }{
		{"2026-11-24 21:59:59", ""},
		{"2026-11-24 22:00:00", "2026-11-25 08:00:00"},
		{"2026-11-24 23:30:00", "2026-11-25 08:00:00"},
		{"2026-11-25 00:00:00", "2026-11-25 08:00:00"},
		{"2026-11-25 07:59:59", "2026-11-25 08:00:00"},
		{"2026-11-25 08:00:00", ""},
		{"2026-12-31 22:00:00", "2027-01-01 08:00:00"},
	} {
		until, quiet := model.QuietUntil(at(c.now).UTC())
		if quiet != (c.until != "") || quiet && !until.Equal(at(c.until)) {
			t.Errorf("%s: %v, %v", c.now, until, quiet)
		}
	}
	if got := model.DigestAt(at("2026-11-24 08:29:59")); !got.Equal(at("2026-11-24 08:30:00")) {
		t.Error(got)
	}
	if got := model.DigestAt(at("2026-11-24 08:30:00")); !got.Equal(at("2026-11-25 08:30:00")) {
		t.Error(got)
	}
}

func draft(key string, at time.Time) model.NoticeDraft {
	return model.NoticeDraft{
		Event: "KC1#3", Recipient: "ap_1", To: model.ToApplicant, Key: key, Ref: model.NoticeRef{Kind: "matter", ID: "KC1"}, At: at, Vars: noticeVars,
	}
}

func TestNewNotice(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 4, 0, 0, 123_456_789, time.UTC)
	night := noon.Add(11 * time.Hour)
	n, err := model.NewNotice(draft("matter_accepted", noon), "v1", noon)
	if err != nil {
		t.Fatal(err)
	}
	if n.ID != "KC1.3:ap_1" || n.Template != "matter_accepted" || n.Delivery(model.ChannelWeChat).State != model.DeliveryWaiting ||
		len(n.Outbox) != 1 || n.Outbox[0].Kind != model.NoticeSend || !n.Expired(*n.Wake) || n.At.Nanosecond() != 123_000_000 {
		t.Errorf("by day: %+v", n)
	}
	if n, _ = model.NewNotice(draft("matter_accepted", night), "v1", night); len(n.Outbox) != 0 || n.Wake == nil || !n.Wake.Equal(model.DateOf(night).Add(1).At(8*60)) {
		t.Errorf("by night: outbox %v, wake %v", n.Outbox, n.Wake)
	}
	if n, _ = model.NewNotice(draft("booking_confirmed", night), "v1", night); len(n.Outbox) != 1 || !n.Expired(*n.Wake) {
		t.Errorf("urgent by night: outbox %v, wake %v", n.Outbox, n.Wake)
	}
	if n, _ = model.NewNotice(draft("matter_accepted", noon), "", noon); n.Delivery(model.ChannelWeChat).Reason != model.ReasonNoTemplate || len(n.Outbox) != 0 {
		t.Errorf("no template: %+v", n.Channels)
	}
	if n, _ = model.NewNotice(draft("matter_submitted", noon), "v1", noon); n.Channels != nil || len(n.Outbox) != 0 || n.Values != nil {
		t.Errorf("inbox only: %+v", n)
	}
	if n, _ = model.NewNotice(draft("queue_called", noon), "v1", noon); n.Expires == nil || !n.Expires.Equal(n.At.Add(15*time.Minute)) {
		t.Errorf("life: %v", n.Expires)
	}
	d := draft("staff_new_matter", noon)
	d.To = model.ToStaff
	if n, err = model.NewNotice(d, "", noon); err != nil || n.Channels != nil {
		t.Errorf("staff: %+v, %v", n, err)
	}
	d.Key = "nope"
	if _, err = model.NewNotice(d, "", noon); err == nil {
		t.Error("an unknown key makes a notice")
	}
}

func TestNotice_stale(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	d := draft("supplement_requested", noon)
	d.Expires = noon.Add(time.Hour)
	n, err := model.NewNotice(d, "v1", noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		state string
		now   time.Time
		want  string
	}{
		{"awaiting_correction", noon.Add(2 * time.Minute), ""},
		{"awaiting_supplement", noon.Add(2 * time.Minute), ""},
		{"accepted", noon.Add(time.Minute), ""},
		{"accepted", noon.Add(2 * time.Minute), model.ReasonStale},
		{"", noon.Add(2 * time.Minute), ""}, // a subject that nobody knows the state of
		{"awaiting_correction", noon.Add(time.Hour), model.ReasonExpired},
	} {
		if got := n.Stale(c.state, c.now); got != c.want {
			t.Errorf("%q at %v: %q, want %q", c.state, c.now, got, c.want)
		}
	}
}

func TestNotice_merged(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)
	mk := func(event, key, ref string, at time.Time) *model.Notice {
		d := draft(key, at)
		d.Event, d.Ref.ID = event, ref
		n, err := model.NewNotice(d, "v1", at)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	old := mk("KC1#3", "matter_accepted", "KC1", noon)
	for name, c := range map[string]struct {
		newer *model.Notice
		want  bool
	}{
		"a newer one":        {mk("KC1#4", "matter_accepted", "KC1", noon.Add(9*time.Minute)), true},
		"much later":         {mk("KC1#4", "matter_accepted", "KC1", noon.Add(10*time.Minute)), false},
		"another key":        {mk("KC1#4", "matter_decided", "KC1", noon.Add(time.Minute)), false},
		"another matter":     {mk("KC2#4", "matter_accepted", "KC2", noon.Add(time.Minute)), false},
		"an older one":       {mk("KC1#2", "matter_accepted", "KC1", noon.Add(-time.Minute)), false},
		"itself":             {old, false},
		"at the same moment": {mk("KC1#4", "matter_accepted", "KC1", noon), true},
	} {
		if got := c.newer.Supersedes(old); got != c.want {
			t.Errorf("%s supersedes: %v", name, got)
		}
		if c.want && old.Supersedes(c.newer) {
			t.Errorf("%s: each supersedes the other", name)
		}
	}
}

// Notices carry no numbers of persons, whatever people type into free text.
func TestCompose_scrubs_free_text(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`44[0-9]{4}19[0-9]{9}[0-9X]`).Draw(t, "id")
		mobile := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "mobile")
		vars := maps.Clone(noticeVars)
		for _, name := range []string{"note", "reason", "why", "what", "place"} {
			vars[name] = "请" + id + "、" + mobile + "。"
		}
		for _, key := range model.NoticeKeys() {
			_, text, fields, err := model.Compose(key, vars)
			if err != nil {
				t.Fatal(err)
			}
			all, _ := json.Marshal(fields)
			if s := text + string(all); strings.Contains(s, id) || strings.Contains(s, mobile) {
				t.Fatalf("%s: %s", key, s)
			}
		}
	})
}
