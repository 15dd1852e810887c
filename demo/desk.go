package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// desk: the reviewer in 汕尾 accepts, asks once for a supplement, decides and posts the result.
func (j *journey) desk(ctx context.Context, it item, m matter) error {
	reviewer, err := j.staff(ctx, "reviewer")
	if err != nil {
		return err
	}
	j.tell("汕尾审批人员登录")
	if err := refused(reviewer.post(ctx, "/api/v1/counter/matters/"+m.No+"/forward", map[string]any{"by": "network"}, nil), "forbidden"); err != nil {
		return err
	}
	no := m.No
	act := func(verb string, in map[string]any) error {
		m = matter{} // what an answer leaves out is gone
		return reviewer.post(ctx, "/api/v1/desk/matters/"+no+"/"+verb, in, &m)
	}
	if err := act("accept", map[string]any{}); err != nil {
		return err
	}
	if m.DueAt == "" || m.State != "accepted" {
		return errors.New("受理后应有承诺办结时间")
	}
	j.tell("受理：承诺 %s 前办结，灯 %s", m.DueAt, m.Light)
	if err := j.supplement(ctx, act, &m, it.Situations[0].Materials[0]); err != nil {
		return err
	}
	if reviewer, err = j.staff(ctx, "reviewer"); err != nil {
		return err
	}
	if err := act("decide", map[string]any{"outcome": "granted", "note": "符合条件"}); err != nil {
		return err
	}
	j.tell("作出决定：准予办理")
	var letter []byte
	if letter, err = reviewer.send(ctx, "GET", "/api/v1/desk/matters/"+m.No+"/result", "", nil); err != nil {
		return err
	}
	if !bytes.HasPrefix(letter, []byte("%PDF")) {
		return errors.New("决定书应为 PDF")
	}
	j.note("决定书 PDF，%d 字节", len(letter))
	if err := act("dispatch", map[string]any{"method": "mail", "carrier": "kuaidi100", "waybill": j.waybill(2)}); err != nil {
		return err
	}
	j.tell("结果寄出：%s", m.StateName)
	if err := j.pushed(ctx, firstUser, "result_dispatched", 1); err != nil {
		return err
	}
	return m.in("dispatched")
}

// supplement: the clock stops until the citizen supplies what was asked for, from the phone.
func (j *journey) supplement(ctx context.Context, act func(string, map[string]any) error, m *matter, ask material) error {
	if err := act("request-supplement", map[string]any{"materials": []string{ask.Code}, "note": "照片不清晰，请重新上传"}); err != nil {
		return err
	}
	if m.DueAt != "" || !m.Paused || m.State != "awaiting_supplement" {
		return fmt.Errorf("要求补充后期限应暂停：%+v", m)
	}
	j.tell("要求补充 %s：期限暂停", ask.Name)
	if err := j.pushed(ctx, firstUser, "supplement_requested", 1); err != nil {
		return err
	}
	if err := j.workday(ctx); err != nil {
		return err
	}
	c, err := j.login(ctx, firstUser)
	if err != nil {
		return err
	}
	if err := refused(c.upload(ctx, "/api/v1/matters/"+m.No+"/materials/"+ask.Code, "x.png", "image/png", []byte("<html>"), nil), "file_type_not_allowed"); err != nil {
		return err
	}
	if err := c.upload(ctx, "/api/v1/matters/"+m.No+"/materials/"+ask.Code, "扫描件.png", "image/png", picture(), nil); err != nil {
		return err
	}
	var after matter
	if err := c.post(ctx, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, &after); err != nil {
		return err
	}
	if after.State != "accepted" || after.DueAt == "" {
		return fmt.Errorf("补充后应继续审查：%s", after.State)
	}
	j.tell("次日，申请人用手机补充材料：期限继续，%s 前办结", after.DueAt)
	return nil
}

// letterArrives: the tracking code shows the way without a name; delivered, closed, rated.
func (j *journey) letterArrives(ctx context.Context, m matter) error {
	c, err := j.login(ctx, firstUser)
	if err != nil {
		return err
	}
	if err := c.get(ctx, "/api/v1/matters/"+m.No, &m); err != nil {
		return err
	}
	if m.QR == nil {
		return errors.New("办件应有进度码")
	}
	j.tell("申请人打开进度码：")
	j.show(m.QR.URL)
	waybill := ""
	for _, p := range m.Parcels {
		if p.Direction == "result" {
			waybill = p.Waybill
		}
	}
	if err := j.courier(ctx, waybill, "out_for_delivery"); err != nil {
		return err
	}
	token := m.QR.URL[strings.LastIndex(m.QR.URL, "/")+1:]
	if err := j.publicPage(ctx, token, waybill); err != nil {
		return err
	}
	if err := j.courier(ctx, waybill, "delivered"); err != nil {
		return err
	}
	if m, err = reaches(ctx, c, m.No, "closed"); err != nil {
		return err
	}
	j.tell("本人签收，办结归档：%s", m.StateName)
	if err := j.pushed(ctx, firstUser, "result_delivered", 1); err != nil {
		return err
	}
	if err := c.post(ctx, "/api/v1/matters/"+m.No+"/review", map[string]any{"stars": 5, "tags": []string{}, "comment": "不用来回跑，很方便"}, nil); err != nil {
		return err
	}
	j.tell("好差评：五星")
	return refused(c.post(ctx, "/api/v1/matters/"+m.No+"/review", map[string]any{"stars": 1}, nil), "already_reviewed")
}

// publicPage looks at what anyone sees who scans the tracking code.
func (j *journey) publicPage(ctx context.Context, token, waybill string) error {
	anyone := j.as("")
	var facts struct {
		Tracking struct {
			StateName string `json:"state_name"`
			Parcels   []struct {
				Direction string `json:"direction"`
				Tail      string `json:"waybill_tail"`
				State     string `json:"state"`
				Events    []struct {
					Text string `json:"text"`
				} `json:"events"`
			} `json:"parcels"`
		} `json:"tracking"`
	}
	err := until(ctx, "进度页显示派送中", func() (bool, error) {
		if err := anyone.get(ctx, "/q/"+token, &facts); err != nil {
			return false, err
		}
		for _, p := range facts.Tracking.Parcels {
			if p.Direction == "result" && p.State == "out_for_delivery" && strings.HasSuffix(waybill, p.Tail) {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	raw, err := anyone.send(ctx, "GET", "/q/"+token, "", nil)
	if err != nil {
		return err
	}
	for _, secret := range []string{firstName, firstID, firstPhone, waybill} {
		if bytes.Contains(raw, []byte(secret)) {
			return errors.New("进度页不应出现个人信息或完整运单号")
		}
	}
	j.tell("任何人扫码都能看到进度，看不到姓名：%s", facts.Tracking.StateName)
	return nil
}
