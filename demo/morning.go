package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// morning: the bureau looks at what there is, takes the ledger along, and follows a bad review up until its author is answered.
func (j *journey) morning(ctx context.Context) error {
	boss, err := j.staff(ctx, "supervisor")
	if err != nil {
		return err
	}
	var o struct {
		Total struct {
			Matters int
			Trips   int `json:"trips_saved"`
		}
		Km     int            `json:"km_saved"`
		ByMode map[string]int `json:"by_mode"`
	}
	err = until(ctx, "概览计入各办件", func() (bool, error) {
		err := boss.get(ctx, "/api/v1/supervise/overview", &o)
		return o.Total.Matters >= 5 && o.ByMode["kiosk"] > 0, err
	})
	if err != nil {
		return err
	}
	j.tell("政数局打开概览：%d 件（网办 %d，窗口 %d，一体机 %d），群众少跑 %d 趟、约 %d 公里",
		o.Total.Matters, o.ByMode["online"], o.ByMode["window"], o.ByMode["kiosk"], o.Total.Trips, o.Km)
	book, err := boss.send(ctx, "GET", "/api/v1/supervise/ledger.xlsx", "", nil)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(book, []byte("PK")) {
		return errors.New("台账应为 XLSX")
	}
	j.tell("导出工作台账 XLSX，%d 字节，不含个人信息", len(book))
	return j.badReview(ctx, boss)
}

func (j *journey) badReview(ctx context.Context, boss *client) error {
	const name, phone = "吴刚", "13300000000"
	c, err := j.login(ctx, "wu")
	if err != nil {
		return err
	}
	if err := identify(ctx, c, name, "44150019900101035X", phone); err != nil {
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
	if err := reviewer.post(ctx, "/api/v1/desk/matters/"+m.No+"/dispatch", map[string]any{"method": "electronic"}, nil); err != nil {
		return err
	}
	if _, err := reaches(ctx, c, m.No, "closed"); err != nil {
		return err
	}
	if err := c.post(ctx, "/api/v1/matters/"+m.No+"/review", map[string]any{"stars": 2, "tags": []string{"slow"}, "comment": "等得太久"}, nil); err != nil {
		return err
	}
	j.tell("%s给了差评：等得太久", name)
	var ticket struct{ ID, Title string }
	err = until(ctx, "差评成为工单", func() (bool, error) {
		var list struct {
			Items []struct {
				ID, Title string
				MatterNo  string `json:"matter_no"`
			}
		}
		err := reviewer.get(ctx, "/api/v1/staff/problems", &list)
		for _, x := range list.Items {
			if x.MatterNo == m.No {
				ticket.ID, ticket.Title = x.ID, x.Title
			}
		}
		return ticket.ID != "", err
	})
	if err != nil {
		return err
	}
	j.tell("差评自动成为责任单位的工单：%s", ticket.Title)
	for _, step := range []struct{ path, text, say string }{
		{"contact", "已电话致歉", "一个工作日内回访"}, {"answer", "下周起两人审批", "答复"},
	} {
		if err := reviewer.post(ctx, "/api/v1/staff/problems/"+ticket.ID+"/"+step.path, map[string]string{"text": step.text}, nil); err != nil {
			return err
		}
		j.note("%s：%s", step.say, step.text)
	}
	if err := refused(reviewer.post(ctx, "/api/v1/supervise/problems/"+ticket.ID+"/close", map[string]string{"reason": "x"}, nil), "forbidden"); err != nil {
		return fmt.Errorf("责任单位不能自己办结：%w", err)
	}
	follow := map[string]string{"outcome": "rectified", "answer": "下周起两人审批"}
	if err := boss.post(ctx, "/api/v1/supervise/reviews/"+m.No+"/follow-up", follow, nil); err != nil {
		return err
	}
	j.tell("政数局核实已整改，工单办结")
	if err := j.told(ctx, c, "review_answered"); err != nil {
		return err
	}
	if err := c.post(ctx, "/api/v1/matters/"+m.No+"/review/again", map[string]any{"stars": 4}, nil); err != nil {
		return err
	}
	j.tell("%s再次评价：满意", name)
	return nil
}
