package standin

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kuacheng/biz/wechat"
	"kuacheng/model"
)

// Message is what a person's WeChat has shown.
type Message struct {
	ID       int64
	Template string // key
	Title    string
	Data     map[string]string // by WeChat's name of the field
	Page     string
	At       time.Time
}

// Accept is a tap on "allow" in the dialog of wx.requestSubscribeMessage: one consent more for each template,
// or a long-term one switched on. Who is a user or an openid.
func (s *Server) Accept(who string, templates ...string) error {
	return s.consent(who, templates, popup("accept"), func(t wechat.Template, credits int) int {
		if t.Kind == wechat.Long {
			return 1
		}
		return credits + 1
	})
}

// Reject is a tap on "refuse" in the dialog: no consent is left.
func (s *Server) Reject(who string, templates ...string) error {
	return s.consent(who, templates, popup("reject"), none)
}

// SwitchOff is the switch in WeChat's settings, or under a message.
func (s *Server) SwitchOff(who string, templates ...string) error {
	return s.consent(who, templates, event{name: "subscribe_msg_change_event", wrap: "SubscribeMsgChangeEvent",
		entries: []map[string]string{{"SubscribeStatusString": "reject"}}}, none)
}

func none(wechat.Template, int) int { return 0 }

// popup is the event of an answer to the dialog.
func popup(answer string) event {
	return event{name: "subscribe_msg_popup_event", wrap: "SubscribeMsgPopupEvent",
		entries: []map[string]string{{"SubscribeStatusString": answer, "PopupScene": "0"}}}
}

// consent changes what a person has allowed, and tells of it: an entry for each template, like the one that e has.
func (s *Server) consent(who string, templates []string, e event, next func(wechat.Template, int) int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.from = s.openIDOf(who)
	p, like := s.person(e.from), e.entries[0]
	e.entries = nil
	for _, key := range templates {
		t, ok := s.template(func(t wechat.Template) bool { return t.Key == key })
		if !ok {
			return fmt.Errorf("wechat stand-in: unknown template %q", key)
		}
		p.credits[key] = next(t, p.credits[key])
		entry := maps.Clone(like)
		entry["TemplateId"] = t.ID
		e.entries = append(e.entries, entry)
	}
	s.tell(e)
	return nil
}

// Credits is how many more messages of a template the person has allowed; 1 for a long-term one.
func (s *Server) Credits(who, template string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.person(s.openIDOf(who)).credits[template]
}

// Bar makes WeChat bar a template of the account: sends fail with 43107.
func (s *Server) Bar(template string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.barred[template] = true
}

// Messages are what a user's, or an openid's, WeChat has shown, oldest first.
func (s *Server) Messages(who string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages[s.openIDOf(who)])
}

func (s *Server) openIDOf(who string) string {
	if isOpenID(s.cfg.AppID, who) {
		return who
	}
	return s.OpenID(who)
}

func (s *Server) template(is func(wechat.Template) bool) (wechat.Template, bool) {
	i := slices.IndexFunc(s.cfg.Templates, is)
	if i < 0 {
		return wechat.Template{}, false
	}
	return s.cfg.Templates[i], true
}

type sendRequest struct {
	ToUser     string `json:"touser"`
	TemplateID string `json:"template_id"`
	Page       string `json:"page"`
	State      string `json:"miniprogram_state"`
	Data       map[string]struct {
		Value string `json:"value"`
	} `json:"data"`
}

func (s *Server) send(r *http.Request) answer {
	var in sendRequest
	if bad := body(r, &in); bad != nil {
		return bad
	}
	t, known := s.template(func(t wechat.Template) bool { return t.ID == in.TemplateID })
	page, _, _ := strings.Cut(in.Page, "?")
	switch {
	case !isOpenID(s.cfg.AppID, in.ToUser):
		return refuse(40003, "invalid openid,")
	case !known:
		return refuse(40037, "invalid template_id,")
	case s.barred[t.Key]:
		return refuse(43107, "user or template banned,")
	case in.Page != "" && len(s.cfg.Pages) > 0 && !slices.Contains(s.cfg.Pages, page):
		return refuse(41030, "invalid page,")
	case !slices.Contains([]string{"", "developer", "trial", "formal"}, in.State):
		return refuse(47003, "argument invalid! miniprogram_state")
	}
	if name := badField(t, in); name != "" {
		return refuse(47003, "argument invalid! data."+name+".value is empty or breaks its rule,")
	}
	p := s.person(in.ToUser)
	if p.credits[t.Key] == 0 {
		return refuse(43101, "user refuse to accept the msg,")
	}
	if !s.sends.take(s.clock.Now(), s.cfg.DailySends) {
		return refuse(45009, "reach max api daily quota limit,")
	}
	s.lastID += 7
	outcome := map[string]string{"TemplateId": t.ID, "MsgID": strconv.FormatInt(s.lastID, 10), "ErrorCode": "0", "ErrorStatus": "success"}
	e := event{from: in.ToUser, name: "subscribe_msg_sent_event", wrap: "SubscribeMsgSentEvent", entries: []map[string]string{outcome}}
	if s.losing > 0 { // taken, never shown, and the consent not spent
		s.losing--
		outcome["ErrorCode"], outcome["ErrorStatus"] = "1001", "system failed"
		s.tell(e)
		return answer{"errcode": 0, "errmsg": "ok", "msgid": s.lastID}
	}
	if t.Kind == wechat.Once {
		p.credits[t.Key]--
	}
	s.tell(e)
	m := Message{ID: s.lastID, Template: t.Key, Title: t.Title, Data: map[string]string{}, Page: in.Page, At: s.clock.Now()}
	for name, f := range in.Data {
		m.Data[name] = f.Value
	}
	s.messages[in.ToUser] = append(s.messages[in.ToUser], m)
	return answer{"errcode": 0, "errmsg": "ok", "msgid": m.ID}
}

// badField names the first field that is missing, breaks its type's rule, or is not the template's.
func badField(t wechat.Template, in sendRequest) string {
	left := maps.Clone(in.Data)
	for _, f := range t.Fields {
		if !wechat.Valid(f.Type(), in.Data[f.Name].Value) {
			return f.Name
		}
		delete(left, f.Name)
	}
	return cmp.Or(slices.Sorted(maps.Keys(left))...)
}

func (s *Server) listTemplates(*http.Request) answer {
	data := []answer{}
	for _, t := range s.cfg.Templates {
		content, example, kind := "", "", 2
		for _, f := range t.Fields {
			content += f.Label + ":{{" + f.Name + ".DATA}}\n"
			example += f.Label + ":" + f.Example + "\n"
		}
		if t.Kind == wechat.Long {
			kind = 3
		}
		data = append(data, answer{"priTmplId": t.ID, "title": t.Title, "content": content, "example": example, "type": kind})
	}
	return answer{"errcode": 0, "errmsg": "ok", "data": data}
}

func dayOf(t time.Time) string { return string(model.DateOf(t)) }
