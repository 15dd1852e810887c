package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"time"
)

// The first citizen. Name, number and phone are made up; the number's check digit is right.
const (
	firstUser  = "zhang"
	firstName  = "张三丰"
	firstID    = "44000019900101001X"
	firstPhone = "13800000000"
)

// templates are what the first citizen agrees to be told by.
var templates = []string{"booking_confirmed", "matter_received", "matter_forwarded", "matter_accepted",
	"supplement_requested", "matter_decided", "result_dispatched", "result_delivered", "review_invited"}

// window is the journey from the counter in 深圳 to the letter at the door.
func (j *journey) window(ctx context.Context) error {
	it, m, b, err := j.bookAtWindow(ctx)
	if err != nil {
		return err
	}
	if err := j.counter(ctx, m, b); err != nil {
		return err
	}
	if err := j.papersTravel(ctx, m); err != nil {
		return err
	}
	if err := j.desk(ctx, it, m); err != nil {
		return err
	}
	return j.letterArrives(ctx, m)
}

// bookAtWindow: log in, prove identity, find the item, start the matter, book, get the code and the push.
func (j *journey) bookAtWindow(ctx context.Context) (item, matter, booking, error) {
	c, err := j.login(ctx, firstUser)
	if err != nil {
		return item{}, matter{}, booking{}, err
	}
	j.tell("申请人以微信登录")
	if err := identify(ctx, c, firstName, firstID, firstPhone); err != nil {
		return item{}, matter{}, booking{}, err
	}
	j.tell("实名认证通过")
	if err := c.post(ctx, "/api/v1/subscriptions", map[string]any{"accepted": append(templates, "booking_confirmed", "result_delivered")}, nil); err != nil {
		return item{}, matter{}, booking{}, err
	}
	j.tell("同意接收订阅消息")
	var zone struct {
		Live      bool     `json:"live"`
		Modes     []string `json:"modes"`
		ItemCount int      `json:"item_count"`
	}
	if err := c.get(ctx, "/api/v1/zone?from="+receiving+"&to="+handling, &zone); err != nil {
		return item{}, matter{}, booking{}, err
	}
	if !zone.Live {
		return item{}, matter{}, booking{}, errors.New("深圳→汕尾专区应已开通")
	}
	j.tell("深圳→汕尾专区：%d 个事项，办理方式 %s", zone.ItemCount, strings.Join(zone.Modes, "、"))
	it, err := j.findItem(ctx, "window", "mail")
	if err != nil {
		return it, matter{}, booking{}, err
	}
	j.tell("找到事项 %s %s，承诺 %d 个工作日", it.Code, it.Name, it.PromisedDays)
	for _, x := range it.Situations[0].Materials {
		if x.Required {
			j.note("情形“%s”需要：%s", it.Situations[0].Name, x.Name)
		}
	}
	m, err := j.openWindow(ctx, c, it, firstName, firstPhone)
	if err != nil {
		return it, m, booking{}, err
	}
	j.tell("开始办件 %s（异地窗口代收代办），%s", m.No, m.StateName)
	b, err := j.book(ctx, c, it, m)
	return it, m, b, err
}

func (j *journey) book(ctx context.Context, c *client, it item, m matter) (booking, error) {
	h, err := j.hallFor(ctx, it)
	if err != nil {
		return booking{}, err
	}
	now, err := j.advance(ctx, 0)
	if err != nil {
		return booking{}, err
	}
	free, err := j.freeSlots(ctx, h.ID, it.Code, now)
	if err != nil {
		return booking{}, err
	}
	j.tell("%s（%s）最近的空闲时段：%s，余 %d 个", h.Name, h.Address, free[0].StartsAt.In(beijing).Format("01-02 15:04"), free[0].Left)
	var b booking
	if err := c.post(ctx, "/api/v1/bookings", map[string]string{"matter_no": m.No, "slot_id": free[0].ID}, &b); err != nil {
		return b, err
	}
	if b.QR == nil {
		return b, errors.New("预约应有二维码")
	}
	j.tell("预约成功 %s，预约码：", b.ID)
	j.show(b.QR.URL)
	raw, err := c.send(ctx, "GET", "/api/v1/bookings/"+b.ID+"/qr.png?size=300", "", nil)
	if err != nil {
		return b, err
	}
	if img, err := png.Decode(bytes.NewReader(raw)); err != nil || img.Bounds().Dx() != 300 {
		return b, fmt.Errorf("预约码应为 300 像素的 PNG：%v", err)
	}
	if err := refused(c.post(ctx, "/api/v1/bookings", map[string]string{"matter_no": m.No, "slot_id": free[0].ID}, nil), "already_booked"); err != nil {
		return b, err
	}
	j.tell("再点一次，不会重复预约")
	return b, j.pushed(ctx, firstUser, "booking_confirmed", 1)
}

// counter: scan, check in, call, serve, check the papers, forward them by post.
func (j *journey) counter(ctx context.Context, m matter, b booking) error {
	if err := j.advanceTo(ctx, b.Slot.StartsAt.Add(-10*time.Minute)); err != nil {
		return err
	}
	clerk, err := j.staff(ctx, "clerk")
	if err != nil {
		return err
	}
	j.tell("到了预约时间，深圳窗口人员登录")
	var v visit
	if err := clerk.post(ctx, "/api/v1/counter/scan", map[string]string{"qr": b.QR.URL}, &v); err != nil {
		return err
	}
	if v.Matter == nil || v.Matter.No != m.No || v.Applicant == nil || v.Applicant.Name == firstName {
		return errors.New("扫码应得到办件与脱敏的申请人")
	}
	j.tell("扫码：%s %s，核对 %d 项材料", v.Applicant.Name, v.Applicant.IDNumber, len(v.Checks))
	for _, step := range []struct{ path, say string }{{"check-in", "签到"}, {"call", "叫号"}, {"serve", "开始办理"}} {
		if err := clerk.post(ctx, "/api/v1/counter/bookings/"+b.ID+"/"+step.path, map[string]any{}, &v); err != nil {
			return err
		}
		j.tell("%s：排队号 %s", step.say, v.Booking.Ticket)
		if step.path == "call" {
			if err := j.fallsBack(ctx, m, v.Booking.Ticket); err != nil {
				return err
			}
		}
	}
	checks := []map[string]any{}
	for _, c := range v.Checks {
		if c.Required {
			checks = append(checks, map[string]any{"material_code": c.Code, "ok": true})
		}
	}
	if err := clerk.post(ctx, "/api/v1/counter/matters/"+m.No+"/receive", map[string]any{
		"identity": map[string]any{"method": "id_card", "matched": true}, "checks": checks,
	}, &m); err != nil {
		return err
	}
	if err := m.in("received"); err != nil {
		return err
	}
	j.tell("人证核验一致，形式审查通过：%s，责任单位 %s", m.StateName, m.OwedBy.Name)
	if err := refused(clerk.post(ctx, "/api/v1/desk/matters/"+m.No+"/accept", map[string]any{}, nil), "forbidden"); err != nil {
		return err
	}
	j.tell("窗口人员不能受理：受审分离")
	if err := refused(clerk.post(ctx, "/api/v1/counter/matters/"+m.No+"/forward", map[string]any{"by": "mail", "carrier": "ems", "waybill": "EA123456789CN"}, nil), "waybill_invalid"); err != nil {
		return err
	}
	j.tell("运单号抄错一位，当场发现")
	if err := clerk.post(ctx, "/api/v1/counter/matters/"+m.No+"/forward", map[string]any{"by": "mail", "carrier": "kuaidi100", "waybill": j.waybill(1), "phone": "13600000000"}, &m); err != nil {
		return err
	}
	j.tell("材料寄出：%s", m.StateName)
	return m.in("in_transit")
}

// waybill makes numbers that differ between runs on one store.
func (j *journey) waybill(n int64) string {
	return fmt.Sprintf("SF%013d", (time.Now().UnixMilli()*10+n)%1e13)
}

// courier moves the stand-in's parcel, which posts signed callbacks to the server.
func (j *journey) courier(ctx context.Context, waybill, to string) error {
	return j.courierBy(ctx, "kuaidi100", waybill, to)
}

// courierBy is courier by a channel that is named.
func (j *journey) courierBy(ctx context.Context, carrier, waybill, to string) error {
	var a struct {
		Step   string `json:"step"`
		Posted []struct {
			Status int    `json:"status"`
			Body   string `json:"body"`
		} `json:"posted"`
	}
	if err := j.post(ctx, "/sandbox/couriers/"+carrier+"/advance", map[string]string{"waybill": waybill, "to": to}, &a); err != nil {
		return err
	}
	for _, p := range a.Posted {
		if p.Status != 200 {
			return fmt.Errorf("快递回调应答 %d %s", p.Status, p.Body)
		}
	}
	j.tell("快递 %s：%s（回调 %d 次，均已签名）", waybill, a.Step, len(a.Posted))
	return nil
}

// papersTravel: the courier calls back until the papers are in 汕尾.
func (j *journey) papersTravel(ctx context.Context, m matter) error {
	c, err := j.login(ctx, firstUser)
	if err != nil {
		return err
	}
	if err := j.pushed(ctx, firstUser, "matter_forwarded", 1); err != nil {
		return err
	}
	if err := c.get(ctx, "/api/v1/matters/"+m.No, &m); err != nil {
		return err
	}
	if len(m.Parcels) != 1 {
		return fmt.Errorf("办件应有一个邮件，却有 %d 个", len(m.Parcels))
	}
	waybill := m.Parcels[0].Waybill
	if err := j.courier(ctx, waybill, "collected"); err != nil {
		return err
	}
	if err := j.workday(ctx); err != nil {
		return err
	}
	if err := j.courier(ctx, waybill, "delivered"); err != nil {
		return err
	}
	if c, err = j.login(ctx, firstUser); err != nil {
		return err
	}
	if m, err = reaches(ctx, c, m.No, "awaiting_acceptance"); err != nil {
		return err
	}
	j.tell("材料到达汕尾：%s，责任单位 %s", m.StateName, m.OwedBy.Name)
	return j.told(ctx, c, "materials_arrived")
}
