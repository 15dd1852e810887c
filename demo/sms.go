package demo

import (
	"context"
	"fmt"
	"strings"
)

// fallsBack: the citizen has not agreed to be called by WeChat, and a call cannot wait, so it comes as an SMS.
func (j *journey) fallsBack(ctx context.Context, m matter, ticket string) error {
	var text string
	err := until(ctx, "叫号短信", func() (bool, error) {
		var list struct {
			Items []struct {
				Template string `json:"template"`
				Text     string `json:"text"`
			}
		}
		if err := j.get(ctx, "/sandbox/sms/messages?phone="+firstPhone, &list); err != nil {
			return false, err
		}
		for _, s := range list.Items {
			if s.Template == "queue_called" && strings.Contains(s.Text, ticket) {
				text = s.Text
			}
		}
		return text != "", nil
	})
	if err != nil {
		return err
	}
	j.tell("叫号没有微信订阅额度，改发短信")
	j.note("短信：%s", text)
	var seen struct {
		Items []struct{ Template string }
	}
	if err := j.get(ctx, "/sandbox/wechat/messages?user="+firstUser, &seen); err != nil {
		return err
	}
	for _, s := range seen.Items {
		if s.Template == "queue_called" {
			return fmt.Errorf("办件 %s 的叫号既发了短信又发了微信", m.No)
		}
	}
	return nil
}
