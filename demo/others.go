package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// online: upload, submit, accepted, decided, served electronically; nobody travels and nothing is posted.
func (j *journey) online(ctx context.Context) error {
	const user, name = "li", "李小龙"
	c, err := j.login(ctx, user)
	if err != nil {
		return err
	}
	if err := identify(ctx, c, name, "441500199001010026", "13900000000"); err != nil {
		return err
	}
	it, err := j.findItem(ctx, "online", "electronic")
	if err != nil {
		return err
	}
	var m matter
	if err := c.post(ctx, "/api/v1/matters", map[string]any{
		"item_code": it.Code, "situation_code": it.Situations[0].Code, "mode": "online",
		"receiving_region": receiving, "handling_region": handling, "delivery": map[string]string{"method": "electronic"},
	}, &m); err != nil {
		return err
	}
	j.tell("%s开始全程网办 %s：%s", name, m.No, it.Name)
	if err := refused(c.post(ctx, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, nil), "materials_missing"); err != nil {
		return err
	}
	j.tell("材料不齐，不能提交")
	for _, x := range m.Materials {
		if x.Required {
			if err := c.upload(ctx, "/api/v1/matters/"+m.No+"/materials/"+x.Code, "材料.png", "image/png", picture(), nil); err != nil {
				return err
			}
			j.note("上传 %s", x.Name)
		}
	}
	if err := c.post(ctx, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, &m); err != nil {
		return err
	}
	j.tell("提交：%s", m.StateName)
	reviewer, err := j.staff(ctx, "reviewer")
	if err != nil {
		return err
	}
	for _, step := range []struct {
		verb string
		in   map[string]any
		say  string
	}{
		{"accept", map[string]any{}, "受理"},
		{"decide", map[string]any{"outcome": "granted"}, "准予办理"},
		{"dispatch", map[string]any{"method": "electronic"}, "电子送达"},
	} {
		if err := reviewer.post(ctx, "/api/v1/desk/matters/"+m.No+"/"+step.verb, step.in, &m); err != nil {
			return err
		}
		j.tell("汕尾：%s", step.say)
	}
	if _, err := reaches(ctx, c, m.No, "closed"); err != nil {
		return err
	}
	pdf, err := c.send(ctx, "GET", "/api/v1/matters/"+m.No+"/result", "", nil)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF")) {
		return errors.New("电子结果应为 PDF")
	}
	j.tell("下载电子决定书，%d 字节；全程没有跑动", len(pdf))
	if err := j.told(ctx, c, "result_delivered"); err != nil {
		return err
	}
	return j.strangers(ctx, m)
}

// strangers: another person's matter does not exist for anybody else.
func (j *journey) strangers(ctx context.Context, m matter) error {
	other, err := j.login(ctx, firstUser)
	if err != nil {
		return err
	}
	if err := refused(other.get(ctx, "/api/v1/matters/"+m.No, nil), "not_found"); err != nil {
		return err
	}
	j.tell("别人的办件看不到（404）")
	return nil
}

// cancelling: a seat that is given up is free for the next person.
func (j *journey) cancelling(ctx context.Context) error {
	c, err := j.login(ctx, "wang")
	if err != nil {
		return err
	}
	if err := identify(ctx, c, "王五", "441500199001010114", "13700000000"); err != nil {
		return err
	}
	it, err := j.findItem(ctx, "window", "mail")
	if err != nil {
		return err
	}
	m, err := j.openWindow(ctx, c, it, "王五", "13700000000")
	if err != nil {
		return err
	}
	h, err := j.hallFor(ctx, it)
	if err != nil {
		return err
	}
	now, err := j.advance(ctx, 0)
	if err != nil {
		return err
	}
	free, err := j.freeSlots(ctx, h.ID, it.Code, now)
	if err != nil {
		return err
	}
	chosen := free[len(free)-1]
	left := func() (int, error) {
		again, err := j.freeSlots(ctx, h.ID, it.Code, now)
		for _, s := range again {
			if s.ID == chosen.ID {
				return s.Left, err
			}
		}
		return 0, err
	}
	var b booking
	if err := c.post(ctx, "/api/v1/bookings", map[string]string{"matter_no": m.No, "slot_id": chosen.ID}, &b); err != nil {
		return err
	}
	taken, err := left()
	if err != nil {
		return err
	}
	j.tell("预约 %s，余额 %d → %d", b.ID, chosen.Left, taken)
	for range 2 { // the second tap answers the same
		if err := c.post(ctx, "/api/v1/bookings/"+b.ID+"/cancel", map[string]any{}, &b); err != nil {
			return err
		}
	}
	freed, err := left()
	if err != nil {
		return err
	}
	if taken != chosen.Left-1 || freed != chosen.Left || b.State != "cancelled" {
		return fmt.Errorf("名额应为 %d → %d → %d，却为 %d、%d", chosen.Left, chosen.Left-1, chosen.Left, taken, freed)
	}
	j.tell("取消预约，名额恢复为 %d", freed)
	return j.told(ctx, c, "booking_cancelled")
}
