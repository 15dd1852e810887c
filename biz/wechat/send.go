package wechat

import (
	"context"
	"errors"
	"slices"

	"github.com/silenceper/wechat/v2/util"
)

// Message is one subscription message to one person.
type Message struct {
	OpenID   string            // at the mini-program; the app's is refused with 40003
	Template string            // key
	Values   map[string]string // by variable; cut to WeChat's limits here
}

// Receipt is what WeChat answered to a message that it took.
type Receipt struct {
	MsgID int64 // above 2^53: never a float64

	// PageRefused tells that the page is not in the published mini-program, and that the message went without.
	PageRefused bool
}

type field struct {
	Value string `json:"value"`
}

// sendRequest is the wire form. The library's own always sends empty page, lang and color.
type sendRequest struct {
	ToUser     string           `json:"touser"`
	TemplateID string           `json:"template_id"`
	Page       string           `json:"page,omitempty"`
	State      string           `json:"miniprogram_state,omitempty"`
	Lang       string           `json:"lang,omitempty"`
	Data       map[string]field `json:"data"`
}

const pageNotPublished = 41030

// Send sends a message once. An *Error of ClassUnknown means that it may have been delivered.
func (c *Client) Send(ctx context.Context, m Message) (Receipt, error) {
	t, ok := c.Template(m.Template)
	if !ok {
		return Receipt{}, &Error{Class: ClassTemplate, Path: pathSend, Note: "no template id for " + m.Template}
	}
	values, page, err := t.Render(m.Values)
	if err != nil {
		return Receipt{}, err
	}
	in := sendRequest{ToUser: m.OpenID, TemplateID: t.ID, Page: page, State: c.cfg.State, Lang: "zh_CN", Data: map[string]field{}}
	for name, v := range values {
		in.Data[name] = field{v}
	}
	id, err := c.send(ctx, in)
	var e *Error
	if errors.As(err, &e) && e.Code == pageNotPublished && in.Page != "" {
		in.Page = "" // a message that opens nothing is better than none
		id, err = c.send(ctx, in)
		return Receipt{MsgID: id, PageRefused: true}, err
	}
	return Receipt{MsgID: id}, err
}

func (c *Client) send(ctx context.Context, in sendRequest) (int64, error) {
	type answer struct {
		util.CommonError
		MsgID int64 `json:"msgid"`
	}
	res, err := call[answer](ctx, c, pathSend, in)
	return res.MsgID, err
}

// Template is the account's template of a key; false when it has none.
func (c *Client) Template(key string) (Template, bool) {
	i := slices.IndexFunc(c.cfg.Templates, func(t Template) bool { return t.Key == key && t.ID != "" })
	if i < 0 {
		return Template{}, false
	}
	return c.cfg.Templates[i], true
}

// TemplateVersion names the form that the account's template of a key has now; "" when it has none.
func (c *Client) TemplateVersion(key string) string {
	t, _ := c.Template(key)
	return t.Version()
}
