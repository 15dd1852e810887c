package wechat

import (
	"context"

	"github.com/silenceper/wechat/v2/util"

	"kuacheng/model"
)

// Suggestion is WeChat's advice on a content (内容安全).
type Suggestion string

const (
	SuggestPass   Suggestion = "pass"
	SuggestReview Suggestion = "review" // for a person to look at
	SuggestRisky  Suggestion = "risky"
)

// State is the advice as a verdict; what could not be checked is for a person to look at.
func (s Suggestion) State() string {
	switch s {
	case SuggestPass:
		return model.CheckPassed
	case SuggestRisky:
		return model.CheckRisky
	}
	return model.CheckHeld
}

// maxChecked is the most characters that WeChat checks at once.
const maxChecked = 2500

// CheckText asks whether a comment may be shown to others. The person must have used the mini-program within two
// hours, else the error is of ClassHold. An advice that is not known counts as SuggestReview.
func (c *Client) CheckText(ctx context.Context, openID, text string) (s Suggestion, label int, err error) {
	if r := []rune(text); len(r) > maxChecked {
		text = string(r[:maxChecked])
	}
	type answer struct {
		util.CommonError
		Result struct {
			Suggest Suggestion `json:"suggest"`
			Label   int        `json:"label"`
		} `json:"result"`
	}
	res, err := call[answer](ctx, c, pathText, struct {
		Version int    `json:"version"`
		OpenID  string `json:"openid"`
		Scene   int    `json:"scene"` // 2: a comment
		Content string `json:"content"`
	}{2, openID, 2, text})
	if err != nil {
		return "", 0, err
	}
	if s = res.Result.Suggest; s != SuggestPass && s != SuggestRisky {
		s = SuggestReview
	}
	return s, res.Result.Label, nil
}

// CheckPicture asks for a check of the picture at a public address, which WeChat fetches; the verdict comes as a push
// that names the trace, within half an hour. Never for the papers of a matter.
func (c *Client) CheckPicture(ctx context.Context, openID, address string) (trace string, err error) {
	type answer struct {
		util.CommonError
		TraceID string `json:"trace_id"`
	}
	res, err := call[answer](ctx, c, pathMedia, struct {
		Version   int    `json:"version"`
		OpenID    string `json:"openid"`
		Scene     int    `json:"scene"`      // 2: a comment
		MediaType int    `json:"media_type"` // 2: a picture
		MediaURL  string `json:"media_url"`
	}{2, openID, 2, 2, address})
	if err == nil && res.TraceID == "" {
		err = &Error{Path: pathMedia, Class: ClassBusy, Note: "answer without a trace"}
	}
	return res.TraceID, err
}
