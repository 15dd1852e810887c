package wechat

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Class says what to do with an error; the table below gives each code its class.
type Class string

const (
	// ClassBusy: WeChat or the way to it is down for a moment. Retry with backoff; nothing has happened.
	ClassBusy Class = "busy"
	// ClassLimit: a rate or quota is used up. Retry after RetryAfter.
	ClassLimit Class = "limit"
	// ClassToken: the access token was refused, even the renewed one. Configuration: alert.
	ClassToken Class = "token"
	// ClassLogin: the code is wrong, expired, used or of another kind. The person logs in again: 401.
	ClassLogin Class = "login"
	// ClassBlocked: WeChat holds the person for a risk and refuses the login: 403, audit.
	ClassBlocked Class = "blocked"
	// ClassChoice: the person has not subscribed, or the consent is used up. Final; credits := 0; other channels.
	ClassChoice Class = "choice"
	// ClassNobody: no such person at this mini-program, often the app's openid. Final; other channels.
	ClassNobody Class = "nobody"
	// ClassTemplate: the template is barred, wrong or removed. Final; stop the template; alert.
	ClassTemplate Class = "template"
	// ClassMistake: what we sent breaks a rule. Final; archive; alert.
	ClassMistake Class = "mistake"
	// ClassConfig: the account is not set up for the call. No retry; alert.
	ClassConfig Class = "config"
	// ClassHold: cannot be judged now; keep what it is about waiting for a person.
	ClassHold Class = "hold"
	// ClassUnknown: the request went out whole and no answer came. It may have been carried out.
	ClassUnknown Class = "unknown"
	// ClassCancelled: our own caller gave up before the request was written. Nothing has happened.
	ClassCancelled Class = "cancelled"
)

// Final tells whether the same call can never succeed later by itself.
func (c Class) Final() bool {
	switch c {
	case ClassBusy, ClassLimit, ClassUnknown, ClassHold, ClassCancelled:
		return false
	}
	return true
}

// Alert tells whether the operator must be told: the fault is ours or the account's, not the person's.
func (c Class) Alert() bool {
	switch c {
	case ClassToken, ClassTemplate, ClassMistake, ClassConfig:
		return true
	}
	return false
}

// Endpoints, as they stand in errors and in the table.
const (
	pathLogin     = "/sns/jscode2session"
	pathAppLogin  = "/sns/oauth2/access_token"
	pathToken     = "/cgi-bin/stable_token"
	pathPhone     = "/wxa/business/getuserphonenumber"
	pathSend      = "/cgi-bin/message/subscribe/send"
	pathTemplates = "/wxaapi/newtmpl/gettemplate"
	pathCode      = "/wxa/getwxacodeunlimit"
	pathText      = "/wxa/msg_sec_check"
	pathMedia     = "/wxa/media_check_async"
)

// rule is one row of the table of wechat.md §3. Rows with paths come before those without.
type rule struct {
	codes []int64
	paths []string // prefixes; none: any path
	class Class
	after time.Duration
}

// untilMidnight marks a daily quota; the wait is until 00:00 in Beijing.
const untilMidnight = -1

var rules = []rule{
	{codes: []int64{40001, 40125, 40013, 41002, 41004, 40164, 40243}, paths: []string{pathToken}, class: ClassConfig},
	{codes: []int64{40013, 40125, 41002, 41004}, paths: []string{"/sns/"}, class: ClassConfig},
	{codes: []int64{42007}, paths: []string{"/sns/"}, class: ClassLogin},
	{codes: []int64{40013}, paths: []string{pathPhone}, class: ClassLogin},
	{codes: []int64{40003}, paths: []string{pathSend, pathText, pathMedia}, class: ClassNobody},
	{codes: []int64{45009}, paths: []string{pathCode}, class: ClassLimit, after: time.Minute},
	{codes: []int64{85407, 40002}, paths: []string{"/wxa/generate"}, class: ClassConfig},
	{codes: []int64{40001, 40014, 42001, 41001}, class: ClassToken},
	{codes: []int64{40029, 40163, 87009}, class: ClassLogin},
	{codes: []int64{40226}, class: ClassBlocked},
	{codes: []int64{-1}, class: ClassBusy},
	{codes: []int64{45011}, class: ClassLimit, after: time.Minute},
	{codes: []int64{44990, 44991}, class: ClassLimit, after: time.Minute},
	{codes: []int64{43108}, class: ClassLimit, after: 5 * time.Second},
	{codes: []int64{45009}, class: ClassLimit, after: untilMidnight},
	{codes: []int64{40038}, paths: []string{pathSend}, class: ClassLimit, after: untilMidnight},
	{codes: []int64{43101}, class: ClassChoice},
	{codes: []int64{43104}, class: ClassNobody},
	{codes: []int64{43107, 40037}, class: ClassTemplate},
	{codes: []int64{47003, 41030, 45168, 40129, 40169, 40165, 40212, 85401}, class: ClassMistake},
	{codes: []int64{48001, 40013, 40125, 41002, 41004, 40164, 40243}, class: ClassConfig},
	{codes: []int64{61010}, class: ClassHold},
}

// classify finds the row of a code. A code that the table lacks is taken for a mistake of ours: final and
// alerted, because retrying what nobody understands spends the person's consents.
func classify(path string, code int64) (Class, time.Duration) {
	for _, r := range rules {
		if slices.Contains(r.codes, code) && r.at(path) {
			return r.class, r.after
		}
	}
	return ClassMistake, 0
}

// ClassOf is the class of WeChat's errcode from an endpoint.
func ClassOf(path string, code int64) Class {
	class, _ := classify(path, code)
	return class
}

func (r rule) at(path string) bool {
	return len(r.paths) == 0 || slices.ContainsFunc(r.paths, func(p string) bool { return strings.HasPrefix(path, p) })
}

// Error is any failure of a call. It holds no secret, token, code, openid or URL, and wraps nothing that does:
// errors end in logs, in the queue and on documents.
type Error struct {
	Code       int64  // WeChat's errcode; 0 when no answer could be read
	Class      Class  //
	Path       string // endpoint, without the query
	Rid        string // WeChat's id of the request, to ask them by
	Field      string // the field that WeChat complained of (47003)
	Note       string // what went wrong on the way, in our words: "dial", "timeout", "status 502"
	RetryAfter time.Duration
	is         error // context.Canceled or context.DeadlineExceeded, for errors.Is
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "wechat %s: %s", e.Path, e.Class)
	for _, part := range []struct{ name, value string }{{"note", e.Note}, {"field", e.Field}, {"rid", e.Rid}} {
		if part.value != "" {
			fmt.Fprintf(&b, " %s=%s", part.name, part.value)
		}
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, " errcode=%d", e.Code)
	}
	return b.String()
}

// Reason is the error in a word that may be shown and stored: "wechat_47003 thing1".
func (e *Error) Reason() string {
	reason := "wechat_" + string(e.Class)
	if e.Code != 0 {
		reason = "wechat_" + strconv.FormatInt(e.Code, 10)
	}
	if e.Field != "" {
		reason += " " + e.Field
	}
	return reason
}

// Is lets errors.Is find a cancelled or expired context.
func (e *Error) Is(target error) bool { return e.is != nil && e.is == target }

var (
	ridForm   = regexp.MustCompile(`rid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})`)
	fieldForm = regexp.MustCompile(`data\.([a-z_]+[0-9]+)\b`)
)

// refusal is the error of an errcode. Of errmsg only the request id and a field's name are taken: its text
// changes, and may quote what was sent.
func refusal(path string, code int64, errmsg string, now time.Time) *Error {
	class, after := classify(path, code)
	if after == untilMidnight {
		after = tillMidnight(now)
	}
	e := &Error{Code: code, Class: class, Path: path, RetryAfter: after}
	if m := ridForm.FindStringSubmatch(errmsg); m != nil {
		e.Rid = m[1]
	}
	if m := fieldForm.FindStringSubmatch(errmsg); m != nil {
		e.Field = m[1]
	}
	return e
}
