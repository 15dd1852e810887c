// Package demo plays the whole journey against a running server, over HTTP alone, as citizen, clerk,
// reviewer and courier would; it prints each step in Chinese and stops at the first that is not as it should be.
package demo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mdp/qrterminal/v3"
)

// The sample pair and the password that sandbox staff have.
const (
	receiving = "440300" // 深圳
	handling  = "441500" // 汕尾
	password  = "sandbox-only"
)

var beijing = time.FixedZone("CST", 8*60*60)

// journey is what the steps share.
type journey struct {
	*client
	out  io.Writer
	step int
}

// Run plays the journey against the server at base. out receives the story.
func Run(ctx context.Context, base string, out io.Writer) error {
	j := &journey{client: &client{base: strings.TrimRight(base, "/"), http: &http.Client{Timeout: 30 * time.Second}}, out: out}
	for _, part := range []struct {
		title string
		play  func(context.Context) error
	}{
		{"开始：调到工作时间", j.daytime},
		{"第一位申请人：在深圳的窗口，办汕尾的事", j.window},
		{"第二位申请人：全程网办", j.online},
		{"第三位申请人：取消预约，名额释放", j.cancelling},
		{"第四位申请人：办理地的业务系统联网办理", j.peer},
		{"又一位申请人：快件被退回，改址再寄", j.returned},
		{"在一体机上：扫码登录，当场出证", j.kiosk},
		{"政数局的早晨：概览、台账、差评整改", j.morning},
	} {
		fmt.Fprintf(out, "\n━━ %s ━━\n", part.title)
		if err := part.play(ctx); err != nil {
			fmt.Fprintf(out, "✗ %v\n", err)
			return fmt.Errorf("%s：%w", part.title, err)
		}
	}
	fmt.Fprintf(out, "\n全部 %d 步完成。\n", j.step)
	return nil
}

// tell prints a step that has happened.
func (j *journey) tell(format string, args ...any) {
	j.step++
	fmt.Fprintf(j.out, "%3d. %s\n", j.step, fmt.Sprintf(format, args...))
}

// note prints what belongs to the step before.
func (j *journey) note(format string, args ...any) {
	fmt.Fprintf(j.out, "     %s\n", fmt.Sprintf(format, args...))
}

// show draws a QR code in the terminal.
func (j *journey) show(link string) {
	qrterminal.GenerateWithConfig(link, qrterminal.Config{
		Level: qrterminal.M, Writer: j.out, HalfBlocks: true, QuietZone: 1,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE,
		BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK,
	})
	j.note("%s", link)
}

type clockAnswer struct {
	Now string `json:"now"`
}

// advance moves the server's clock.
func (j *journey) advance(ctx context.Context, d time.Duration) (time.Time, error) {
	var a clockAnswer
	if err := j.post(ctx, "/sandbox/clock", map[string]any{"advance": d.Round(time.Second).String()}, &a); err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, a.Now)
}

// advanceTo moves the server's clock to a moment that lies ahead.
func (j *journey) advanceTo(ctx context.Context, at time.Time) error {
	now, err := j.advance(ctx, 0)
	if err != nil {
		return err
	}
	if d := at.Sub(now); d > 0 {
		_, err = j.advance(ctx, d)
	}
	return err
}

// daytime starts at nine in the morning where it is night: pushes that can wait are held back then.
func (j *journey) daytime(ctx context.Context) error {
	now, err := j.advance(ctx, 0)
	if err != nil {
		return err
	}
	local := now.In(beijing)
	if local.Hour() < 9 || local.Hour() >= 16 {
		next := time.Date(local.Year(), local.Month(), local.Day(), 9, 0, 0, 0, beijing)
		if !next.After(local) {
			next = next.AddDate(0, 0, 1)
		}
		if now, err = j.advance(ctx, next.Sub(local)); err != nil {
			return err
		}
	}
	j.tell("服务器时间：%s", now.In(beijing).Format("2006-01-02 15:04"))
	return nil
}

// workday moves to ten in the morning of the next day that is neither Saturday nor Sunday, so that who must
// act finds an office open.
func (j *journey) workday(ctx context.Context) error {
	now, err := j.advance(ctx, 0)
	if err != nil {
		return err
	}
	local := now.In(beijing)
	next := time.Date(local.Year(), local.Month(), local.Day()+1, 10, 0, 0, 0, beijing)
	for next.Weekday() == time.Saturday || next.Weekday() == time.Sunday {
		next = next.AddDate(0, 0, 1)
	}
	_, err = j.advance(ctx, next.Sub(local))
	return err
}

// login signs a citizen in by WeChat.
func (j *journey) login(ctx context.Context, user string) (*client, error) {
	var code struct{ Code string }
	if err := j.post(ctx, "/sandbox/wechat/login", map[string]string{"user": user}, &code); err != nil {
		return nil, err
	}
	var in struct{ Token string }
	if err := j.post(ctx, "/api/v1/login/wechat", map[string]string{"code": code.Code}, &in); err != nil {
		return nil, err
	}
	return j.as(in.Token), nil
}

// identify proves who a citizen is, once.
func identify(ctx context.Context, c *client, name, number, phone string) error {
	return c.post(ctx, "/api/v1/me/identity", map[string]string{
		"name": name, "id_type": "resident_id", "id_number": number, "phone": phone,
	}, nil)
}

// staff signs a member of staff in.
func (j *journey) staff(ctx context.Context, username string) (*client, error) {
	var in struct{ Token string }
	if err := j.post(ctx, "/api/v1/staff/login", map[string]string{"username": username, "password": password}, &in); err != nil {
		return nil, err
	}
	return j.as(in.Token), nil
}

type message struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data"`
}

// pushed waits until a citizen's WeChat has shown a message of a template, n of them in all.
func (j *journey) pushed(ctx context.Context, user, template string, n int) error {
	var got message
	err := until(ctx, "微信推送 "+template, func() (bool, error) {
		var list struct{ Items []message }
		if err := j.get(ctx, "/sandbox/wechat/messages?user="+user, &list); err != nil {
			return false, err
		}
		seen := 0
		for _, m := range list.Items {
			if m.Template == template {
				seen++
				got = m
			}
		}
		return seen >= n, nil
	})
	if err != nil {
		return err
	}
	var parts []string
	for _, v := range got.Data {
		parts = append(parts, v)
	}
	j.note("微信：%s（%s）", template, strings.Join(parts, " · "))
	return nil
}

type notice struct {
	Template string `json:"template"`
	Title    string `json:"title"`
	Text     string `json:"text"`
}

// told waits until a notice stands in a citizen's inbox.
func (j *journey) told(ctx context.Context, c *client, template string) error {
	var got notice
	err := until(ctx, "消息 "+template, func() (bool, error) {
		var list struct{ Items []notice }
		if err := c.get(ctx, "/api/v1/inbox?limit=100", &list); err != nil {
			return false, err
		}
		for _, n := range list.Items {
			if n.Template == template {
				got = n
				return true, nil
			}
		}
		return false, nil
	})
	if err == nil {
		j.note("消息：%s。%s", got.Title, got.Text)
	}
	return err
}

// picture is a small scan to upload.
func picture() []byte {
	img := image.NewGray(image.Rect(0, 0, 64, 40))
	for i := range 64 {
		img.SetGray(i, i*40/64, color.Gray{Y: 200})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
