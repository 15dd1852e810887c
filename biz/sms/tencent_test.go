package sms_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"kuacheng/biz/clock"
	"kuacheng/biz/sms"
	"kuacheng/biz/sms/standin"
	"kuacheng/model"
)

// TestTC3 is the example of Tencent Cloud's documentation of TC3-HMAC-SHA256, whose key really ends in stars.
func TestTC3(t *testing.T) {
	t.Parallel()
	k := sms.TC3{SecretID: "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", SecretKey: "Gu5t9xGARNpq86cd98joQYCN3*******", Service: "cvm"}
	body := `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	got := k.Authorization("cvm.tencentcloudapi.com", "DescribeInstances", time.Unix(1551113065, 0), []byte(body))
	want := "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, " +
		"SignedHeaders=content-type;host;x-tc-action, Signature=be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3"
	if got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

type world struct {
	*sms.Sender
	phones *standin.Server
}

func newWorld(t *testing.T, change ...func(*sms.TencentConfig)) world {
	t.Helper()
	var approved []standin.Template
	ids := map[string]string{}
	for i, key := range model.NoticeSMSKeys() {
		id := strconv.Itoa(100 + i)
		ids[key] = id
		approved = append(approved, standin.Template{ID: id, Key: key, Text: model.NoticeSMSForm(key)})
	}
	phones := standin.New(standin.Config{SecretID: "id", SecretKey: "key", AppID: "1400000000", Sign: "跨城通办", Templates: approved}, &clock.Movable{})
	srv := httptest.NewServer(phones)
	t.Cleanup(srv.Close)
	cfg := sms.TencentConfig{SecretID: "id", SecretKey: "key", AppID: "1400000000", Sign: "跨城通办", APIURL: srv.URL, Timeout: 30 * time.Second}
	for _, f := range change {
		f(&cfg)
	}
	client, err := sms.NewTencent(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return world{&sms.Sender{Provider: client, Templates: ids}, phones}
}

const phone = model.Phone("13800000000")

func refused(t *testing.T, err error, class sms.Class, code string) {
	t.Helper()
	var e *sms.Error
	if !errors.As(err, &e) || e.Class != class || e.Code != code {
		t.Fatalf("%v, want %s %s", err, class, code)
	}
	for _, secret := range []string{string(phone), "http", "K012"} {
		if strings.Contains(err.Error(), secret) || strings.Contains(e.Reason(), secret) {
			t.Errorf("%q shows %q", err, secret)
		}
	}
}

func TestSender_Send(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	serial, err := w.Send(t.Context(), phone, "queue_called", []string{"K012", "二楼 K02 专窗"})
	if err != nil || serial == "" {
		t.Fatalf("%q, %v", serial, err)
	}
	got := w.phones.Messages(string(phone))
	if len(got) != 1 || got[0].Text != "【跨城通办】请K012号到二楼 K02 专窗办理，过号需重新排队。" || got[0].Template != "queue_called" {
		t.Errorf("%+v", got)
	}
	if _, err := w.Send(t.Context(), phone, "privacy_request_done", nil); err != nil {
		t.Errorf("a text without parameters: %v", err)
	}
}

func TestSender_Send_refusals(t *testing.T) {
	t.Parallel()
	ctx, good := t.Context(), []string{"K012", "专窗"}
	for name, c := range map[string]struct {
		change func(*sms.TencentConfig)
		fault  standin.Fault
		key    string
		params []string
		phone  model.Phone
		class  sms.Class
		code   string
	}{
		"wrong key":        {change: func(c *sms.TencentConfig) { c.SecretKey = "other" }, class: sms.ClassConfig, code: "AuthFailure.SignatureFailure"},
		"wrong id":         {change: func(c *sms.TencentConfig) { c.SecretID = "other" }, class: sms.ClassConfig, code: "AuthFailure.SecretIdNotFound"},
		"wrong app":        {change: func(c *sms.TencentConfig) { c.AppID = "1" }, class: sms.ClassConfig, code: "UnauthorizedOperation.SmsSdkAppIdVerifyFail"},
		"wrong sign":       {change: func(c *sms.TencentConfig) { c.Sign = "别的" }, class: sms.ClassConfig, code: "FailedOperation.SignatureIncorrectOrUnapproved"},
		"too few params":   {params: good[:1], class: sms.ClassMistake, code: "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"},
		"a long param":     {params: []string{"K012", strings.Repeat("窗", sms.MaxParam+1)}, class: sms.ClassMistake, code: "InvalidParameterValue.TemplateParameterLengthLimit"},
		"an address":       {params: []string{"K012", "http://x"}, class: sms.ClassMistake, code: "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"},
		"no such number":   {phone: "12000000000", class: sms.ClassPerson, code: "InvalidParameterValue.IncorrectPhoneNumber"},
		"no such text":     {key: "matter_accepted", class: sms.ClassConfig, code: "no_template"},
		"unsubscribed":     {fault: standin.Fault{Number: "FailedOperation.PhoneNumberInBlacklist"}, class: sms.ClassPerson, code: "FailedOperation.PhoneNumberInBlacklist"},
		"enough today":     {fault: standin.Fault{Number: "LimitExceeded.PhoneNumberDailyLimit"}, class: sms.ClassPerson, code: "LimitExceeded.PhoneNumberDailyLimit"},
		"too fast":         {fault: standin.Fault{Number: "LimitExceeded.PhoneNumberThirtySecondLimit"}, class: sms.ClassLimit, code: "LimitExceeded.PhoneNumberThirtySecondLimit"},
		"no money":         {fault: standin.Fault{Code: "FailedOperation.InsufficientBalanceInSmsPackage"}, class: sms.ClassConfig, code: "FailedOperation.InsufficientBalanceInSmsPackage"},
		"their fault":      {fault: standin.Fault{Code: "InternalError.Timeout"}, class: sms.ClassBusy, code: "InternalError.Timeout"},
		"nobody knows it":  {fault: standin.Fault{Code: "Brand.NewCode"}, class: sms.ClassMistake, code: "Brand.NewCode"},
		"a hostile code":   {fault: standin.Fault{Code: "x\n13800000000"}, class: sms.ClassMistake, code: "code_unreadable"},
		"bad gateway":      {fault: standin.Fault{Status: 502}, class: sms.ClassBusy, code: "status_502"},
		"half an answer":   {fault: standin.Fault{Cut: true}, class: sms.ClassUnknown, code: "answer_unreadable"},
		"nobody there":     {change: func(c *sms.TencentConfig) { c.APIURL = "http://127.0.0.1:1" }, class: sms.ClassBusy, code: "no_connection"},
		"never an answer":  {change: func(c *sms.TencentConfig) { c.Timeout = 200 * time.Millisecond }, fault: standin.Fault{Silent: true}, class: sms.ClassUnknown, code: "timeout"},
		"a redirect to it": {fault: standin.Fault{Status: 302}, class: sms.ClassBusy, code: "status_302"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w world
			if c.change != nil {
				w = newWorld(t, c.change)
			} else {
				w = newWorld(t)
			}
			if c.fault != (standin.Fault{}) {
				w.phones.Fail(1, c.fault)
			}
			key, params, to := "queue_called", good, phone
			if c.key != "" {
				key = c.key
			}
			if c.params != nil {
				params = c.params
			}
			if c.phone != "" {
				to = c.phone
			}
			_, err := w.Send(ctx, to, key, params)
			refused(t, err, c.class, c.code)
		})
	}
}

func TestSender_Send_cancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Send(ctx, phone, "queue_called", []string{"K012", "专窗"})
	refused(t, err, sms.ClassBusy, "cancelled")
	if !errors.Is(err, context.Canceled) {
		t.Error("a cancelled call does not say so")
	}
}

func TestParseTemplates(t *testing.T) {
	t.Parallel()
	got, err := sms.ParseTemplates("queue_called=1234567, supplement_due=89")
	if err != nil || len(got) != 2 || got["supplement_due"] != "89" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"queue_called", "queue_called=", "=1", "no_such=1", "matter_accepted=1", "queue_called=1;2"} {
		if _, err := sms.ParseTemplates(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestDocs holds docs/sms.md, from which an operator registers the texts, to what is sent. KUACHENG_UPDATE=1
// writes it again.
func TestDocs(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# SMS texts\n\nWhat cannot wait and does not get through by WeChat goes by SMS. Register these texts with Tencent Cloud SMS\n" +
		"(短信控制台 → 正文模板 → 通知类), and name their ids in `KUACHENG_SMS_TEMPLATES` as `key=id,…`. A key without an id stays in\n" +
		"the inbox; `doctor` lists those. This page is written by the test of `biz/sms`.\n\n| key | text |\n|---|---|\n")
	for _, key := range model.NoticeSMSKeys() {
		b.WriteString("| `" + key + "` | " + model.NoticeSMSForm(key) + " |\n")
	}
	const page = "../../docs/sms.md"
	raw, err := os.ReadFile(page)
	if err == nil && string(raw) == b.String() {
		return
	}
	if os.Getenv("KUACHENG_UPDATE") != "1" {
		t.Fatal("docs/sms.md does not list the texts as they are; KUACHENG_UPDATE=1 writes it")
	}
	if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
