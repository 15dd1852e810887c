package wechat

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/silenceper/wechat/v2/util"
)

// AccountTemplate is a template as WeChat lists it.
type AccountTemplate struct {
	ID     string
	Title  string
	Kind   Kind
	Fields []string // "thing1", in order
}

var contentField = regexp.MustCompile(`\{\{([a-z_]+[0-9]+)\.DATA\}\}`)

// Templates lists the templates that the account has at WeChat.
func (c *Client) Templates(ctx context.Context) ([]AccountTemplate, error) {
	type answer struct {
		util.CommonError
		Data []struct {
			ID      string `json:"priTmplId"`
			Title   string `json:"title"`
			Content string `json:"content"`
			Type    int    `json:"type"`
		} `json:"data"`
	}
	res, err := call[answer](ctx, c, pathTemplates, nil)
	if err != nil {
		return nil, err
	}
	var out []AccountTemplate
	for _, d := range res.Data {
		t := AccountTemplate{ID: d.ID, Title: d.Title, Kind: Once}
		if d.Type == 3 {
			t.Kind = Long
		}
		for _, m := range contentField.FindAllStringSubmatch(d.Content, -1) {
			t.Fields = append(t.Fields, m[1])
		}
		out = append(out, t)
	}
	return out, nil
}

// CheckTemplates compares what is configured with what the account has, and says in words what would make
// sending fail. An error means that WeChat could not be asked.
func (c *Client) CheckTemplates(ctx context.Context) (problems []string, err error) {
	account, err := c.Templates(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range c.cfg.Templates {
		if t.ID == "" {
			problems = append(problems, fmt.Sprintf("%s: no template id is configured; such notices go to the inbox only", t.Key))
			continue
		}
		i := slices.IndexFunc(account, func(a AccountTemplate) bool { return a.ID == t.ID })
		if i < 0 {
			problems = append(problems, fmt.Sprintf("%s: the account has no template %s", t.Key, t.ID))
			continue
		}
		problems = append(problems, t.differences(account[i])...)
	}
	return problems, nil
}

func (t Template) differences(a AccountTemplate) (problems []string) {
	if a.Kind != t.Kind {
		problems = append(problems, fmt.Sprintf("%s: the account's template is of kind %s, the configured one %s", t.Key, a.Kind, t.Kind))
	}
	var ours []string
	for _, f := range t.Fields {
		ours = append(ours, f.Name)
	}
	theirs := slices.Clone(a.Fields)
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		problems = append(problems, fmt.Sprintf("%s: the account's template has the fields %s, configured are %s",
			t.Key, strings.Join(theirs, " "), strings.Join(ours, " ")))
	}
	return problems
}
