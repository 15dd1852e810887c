package demo

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// kiosk: a resident in 深圳 signs in at a machine with the phone, has a certificate of 汕尾's made on the spot, and anybody verifies it.
func (j *journey) kiosk(ctx context.Context) error {
	boss, err := j.staff(ctx, "supervisor")
	if err != nil {
		return err
	}
	var device struct{ ID, Key, Place string }
	if err := boss.post(ctx, "/api/v1/supervise/devices", map[string]string{
		"kind": "kiosk", "region": receiving, "place": "深圳市民中心一楼", "org": receiving + "-ZS",
	}, &device); err != nil {
		return err
	}
	machine, err := j.session(ctx, device.ID, device.Key)
	if err != nil {
		return err
	}
	var list struct{ Items []struct{ Name string } }
	if err := machine.get(ctx, "/api/v1/kiosk/items?to="+handling, &list); err != nil {
		return err
	}
	j.tell("一体机 %s 登记、签名开机，可办 %d 个场景", device.Place, len(list.Items))
	person, err := j.signIn(ctx, machine)
	if err != nil {
		return err
	}
	return j.certificate(ctx, person)
}

// session is what a machine does when it is switched on.
func (j *journey) session(ctx context.Context, id, key string) (*client, error) {
	secret, err := hex.DecodeString(key)
	if err != nil {
		return nil, err
	}
	stamp, nonce := strconv.FormatInt(time.Now().Unix(), 10), rand.Text()
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s\n%s\n%s", stamp, nonce, id)
	var a struct{ Token string }
	err = j.post(ctx, "/api/v1/kiosk/session", map[string]string{
		"device_id": id, "timestamp": stamp, "nonce": nonce, "signature": hex.EncodeToString(mac.Sum(nil)),
	}, &a)
	return j.as(a.Token), err
}

func (j *journey) signIn(ctx context.Context, machine *client) (*client, error) {
	const name = "周敏"
	phone, err := j.login(ctx, "zhou")
	if err != nil {
		return nil, err
	}
	if err := identify(ctx, phone, name, "441500199001010317", "13400000000"); err != nil {
		return nil, err
	}
	var l struct {
		ID, State, Token string
		QR               struct{ Token, URL string }
	}
	if err := machine.post(ctx, "/api/v1/kiosk/login", map[string]any{}, &l); err != nil {
		return nil, err
	}
	j.tell("一体机显示登录码，两分钟内有效")
	j.show(l.QR.URL)
	var seen struct{ Place string }
	if err := phone.get(ctx, "/api/v1/kiosk-logins/"+l.QR.Token, &seen); err != nil {
		return nil, err
	}
	if err := phone.post(ctx, "/api/v1/kiosk-logins/"+l.QR.Token+"/confirm", map[string]any{}, nil); err != nil {
		return nil, err
	}
	if err := machine.get(ctx, "/api/v1/kiosk/login/"+l.ID, &l); err != nil {
		return nil, err
	}
	if l.Token == "" {
		return nil, fmt.Errorf("确认后应得到本人令牌，却为 %s", l.State)
	}
	j.tell("%s用手机扫码，核对“%s”后确认登录", name, seen.Place)
	return j.as(l.Token), nil
}

func (j *journey) certificate(ctx context.Context, person *client) error {
	var made, again struct {
		No, State   string
		Certificate struct {
			No, Name  string
			PDF       string `json:"pdf_url"`
			VerifyURL string `json:"verify_url"`
			CheckCode string `json:"check_code"`
			Prints    int
		}
	}
	want := map[string]string{"item_code": "SW-RS-0011", "situation_code": "SW-RS-0011-01"}
	if err := person.post(ctx, "/api/v1/kiosk/certificates", want, &made); err != nil {
		return err
	}
	if made.State != "closed" {
		return fmt.Errorf("即时办件应已办结，却为 %s", made.State)
	}
	pdf, err := person.send(ctx, "GET", made.Certificate.PDF, "", nil)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF")) {
		return errors.New("证明应为 PDF")
	}
	j.tell("当场出证：%s %s，办件 %s 已办结，PDF %d 字节", made.Certificate.Name, made.Certificate.No, made.No, len(pdf))
	if err := person.post(ctx, "/api/v1/kiosk/certificates", want, &again); err != nil {
		return err
	}
	if again.No != made.No || again.Certificate.Prints != 2 {
		return errors.New("当日补打不应另生办件")
	}
	j.note("当日补打第 %d 份，不另生办件", again.Certificate.Prints)
	_, code, _ := strings.Cut(made.Certificate.VerifyURL, "/q/")
	var shown struct {
		Certificate struct {
			StateName string `json:"state_name"`
			CheckCode string `json:"check_code"`
		}
	}
	if err := j.get(ctx, "/q/"+code, &shown); err != nil {
		return err
	}
	if shown.Certificate.CheckCode != made.Certificate.CheckCode {
		return errors.New("核验页的核验码应与纸上一致")
	}
	j.tell("任何人扫码核验：%s，核验码 %s，页上没有姓名", shown.Certificate.StateName, shown.Certificate.CheckCode)
	return person.post(ctx, "/api/v1/kiosk/logout", map[string]any{}, nil)
}
