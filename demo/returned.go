package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// returned: a result that nobody takes in comes back; the applicant is told twice, changes the address, and it goes
// out again under another number, this time by another courier's own channel.
func (j *journey) returned(ctx context.Context) error {
	const name, phone = "孙晓梅", "13500000000"
	c, err := j.login(ctx, "sun")
	if err != nil {
		return err
	}
	if err := identify(ctx, c, name, "441500199001010237", phone); err != nil {
		return err
	}
	m, err := j.decided(ctx, c, name, phone)
	if err != nil {
		return err
	}
	reviewer, err := j.staff(ctx, "reviewer")
	if err != nil {
		return err
	}
	dispatch := func(carrier, waybill string) error {
		return reviewer.post(ctx, "/api/v1/desk/matters/"+m.No+"/dispatch", map[string]any{"method": "mail", "carrier": carrier, "waybill": waybill}, nil)
	}
	first := j.waybill(51)
	if err := dispatch("kuaidi100", first); err != nil {
		return err
	}
	j.tell("结果寄出，运单号 %s", first)
	if err := j.comesBack(ctx, c, m.No, first); err != nil {
		return err
	}
	if err := c.call(ctx, "PUT", "/api/v1/matters/"+m.No+"/delivery", mailTo(name, phone, "福田区福中路2号"), nil); err != nil {
		return err
	}
	j.tell("申请人改了地址")
	if err := refused(dispatch("kuaidi100", first), "waybill_in_use"); err != nil {
		return err
	}
	j.note("退回过的运单号不能再用")
	second := j.waybill(52)
	if err := dispatch("sf", second); err != nil {
		return err
	}
	j.tell("汕尾换顺丰直连渠道再次寄出，运单号 %s", second)
	if err := j.courierBy(ctx, "sf", second, "delivered"); err != nil {
		return err
	}
	if m, err = reaches(ctx, c, m.No, "closed"); err != nil {
		return err
	}
	var states []string
	for _, p := range m.Parcels {
		states = append(states, p.State)
	}
	if !slices.Equal(states, []string{"returned", "delivered"}) {
		return fmt.Errorf("两件邮件应为 returned、delivered，却为 %v", states)
	}
	j.tell("第二次送达，办件%s", m.StateName)
	return j.told(ctx, c, "result_delivered")
}

// comesBack: refused at the door, told of; back at the sender's, told of again, and the matter waits for a word.
func (j *journey) comesBack(ctx context.Context, c *client, no, waybill string) error {
	if err := j.courier(ctx, waybill, "rejected"); err != nil {
		return err
	}
	if err := j.told(ctx, c, "parcel_problem"); err != nil {
		return err
	}
	if err := j.courier(ctx, waybill, "returned"); err != nil {
		return err
	}
	m, err := reaches(ctx, c, no, "delivery_failed")
	if err != nil {
		return err
	}
	if !slices.Contains(m.Next, "change_delivery") {
		return errors.New("退回后申请人应可更改送达方式")
	}
	j.tell("快件退回汕尾：办件%s，由申请人选择如何再送", m.StateName)
	return nil
}

func mailTo(name, phone, detail string) map[string]any {
	return map[string]any{"method": "mail", "address": map[string]string{"name": name, "phone": phone, "region": receiving, "detail": detail}}
}

// decided is a matter that was filed online and granted, with the result still to be posted.
func (j *journey) decided(ctx context.Context, c *client, name, phone string) (m matter, err error) {
	it, err := j.findItem(ctx, "online", "mail")
	if err != nil {
		return m, err
	}
	if err := c.post(ctx, "/api/v1/matters", map[string]any{
		"item_code": it.Code, "situation_code": it.Situations[0].Code, "mode": "online",
		"receiving_region": receiving, "handling_region": handling, "delivery": mailTo(name, phone, "南山区粤海街道9号"),
	}, &m); err != nil {
		return m, err
	}
	for _, x := range m.Materials {
		if !x.Required {
			continue
		}
		if err := c.upload(ctx, "/api/v1/matters/"+m.No+"/materials/"+x.Code, "材料.png", "image/png", picture(), nil); err != nil {
			return m, err
		}
	}
	if err := c.post(ctx, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, nil); err != nil {
		return m, err
	}
	reviewer, err := j.staff(ctx, "reviewer")
	if err != nil {
		return m, err
	}
	for _, verb := range []string{"accept", "decide"} {
		in := map[string]any{}
		if verb == "decide" {
			in["outcome"] = "granted"
		}
		if err := reviewer.post(ctx, "/api/v1/desk/matters/"+m.No+"/"+verb, in, &m); err != nil {
			return m, err
		}
	}
	j.tell("%s网办 %s，汕尾已准予办理，结果待寄", name, m.No)
	return m, nil
}
