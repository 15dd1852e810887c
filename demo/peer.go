package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/oklog/ulid/v2"

	"kuacheng/biz/signature"
)

// peerKey is the sandbox's published key of 汕尾's own system.
var peerKey = signature.Key{ID: "sandbox", Secret: []byte("sandbox-peer-key-001sandbox-0001")}

type peerResult struct {
	Status  string `json:"status"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// tells posts one signed event as 汕尾's own system and wants it to come out as said.
func (j *journey) tells(ctx context.Context, want string, event map[string]any) error {
	body, err := json.Marshal(map[string]any{"from": handling, "events": []any{event}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.base+"/callbacks/peers/"+handling, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	signature.Sign(req.Header, peerKey, body, time.Now())
	res, err := j.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var answer struct{ Results []peerResult }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != http.StatusOK || len(answer.Results) != 1 {
		return fmt.Errorf("对端消息未被接收：%d", res.StatusCode)
	}
	if r := answer.Results[0]; r.Status != want {
		return fmt.Errorf("对端消息 %v 应为 %s，却为 %s %s %s", event["type"], want, r.Status, r.Code, r.Message)
	}
	return nil
}

// peer: 汕尾's own system decides, and asks for a supplement over the network; its messages come twice and in disorder.
func (j *journey) peer(ctx context.Context) error {
	const user = "zhao"
	c, err := j.login(ctx, user)
	if err != nil {
		return err
	}
	if err := identify(ctx, c, "赵一鸣", "441500199001010157", "13600000000"); err != nil {
		return err
	}
	m, err := j.handIn(ctx, c)
	if err != nil {
		return err
	}
	j.tell("赵一鸣在深圳提交 %s，由汕尾的业务系统办理", m.No)
	now, err := j.advance(ctx, 0)
	if err != nil {
		return err
	}
	ask := m.Materials[0]
	event := func(kind string, at time.Time, data map[string]any) map[string]any {
		return map[string]any{"id": "demo-" + kind + "-" + ulid.Make().String(), "type": kind, "matter_no": m.No, "at": at.Format(time.RFC3339), "data": data}
	}
	asked := event("supplement_requested", now, map[string]any{"materials": []map[string]any{{"code": ask.Code}}, "note": "照片不清晰，请重新上传"})
	for _, want := range []string{"applied", "duplicate"} {
		if err := j.tells(ctx, want, asked); err != nil {
			return err
		}
	}
	if m, err = reaches(ctx, c, m.No, "awaiting_correction"); err != nil {
		return err
	}
	j.tell("网络送来“补正材料”的通知，送了两遍，只生效一次：%s", m.StateName)
	if err := j.told(ctx, c, "supplement_requested"); err != nil {
		return err
	}
	if err := c.upload(ctx, "/api/v1/matters/"+m.No+"/materials/"+ask.Code, "扫描件.png", "image/png", picture(), nil); err != nil {
		return err
	}
	if err := c.post(ctx, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, &m); err != nil {
		return err
	}
	if m.State != "awaiting_acceptance" {
		return fmt.Errorf("补正后应待受理，却为 %s", m.State)
	}
	j.tell("申请人用手机补正 %s：%s", ask.Name, m.StateName)
	return j.peerDecides(ctx, c, m.No, event)
}

// peerDecides: the decision comes before the acceptance, waits for it, and then both hold.
func (j *journey) peerDecides(ctx context.Context, c *client, no string, event func(string, time.Time, map[string]any) map[string]any) error {
	now, err := j.advance(ctx, 0)
	if err != nil {
		return err
	}
	decided := event("decided", now, map[string]any{"outcome": "granted"})
	if err := j.tells(ctx, "parked", decided); err != nil {
		return err
	}
	j.tell("“决定”先到，“受理”还没有到：暂存等候")
	if err := j.tells(ctx, "applied", event("accepted", now.Add(-time.Second), nil)); err != nil {
		return err
	}
	m, err := reaches(ctx, c, no, "decided")
	if err != nil {
		return err
	}
	j.tell("“受理”送到，两条依次生效：%s", m.StateName)
	return j.tells(ctx, "duplicate", decided)
}

// handIn starts a matter online and hands it in with all that it needs.
func (j *journey) handIn(ctx context.Context, c *client) (m matter, err error) {
	it, err := j.findItem(ctx, "online", "electronic")
	if err != nil {
		return m, err
	}
	if err := c.post(ctx, "/api/v1/matters", map[string]any{
		"item_code": it.Code, "situation_code": it.Situations[0].Code, "mode": "online",
		"receiving_region": receiving, "handling_region": handling, "delivery": map[string]string{"method": "electronic"},
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
	return m, c.post(ctx, "/api/v1/matters/"+m.No+"/submit", map[string]any{"declared": true}, &m)
}
