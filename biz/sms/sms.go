// Package sms writes to people's phones what cannot wait for them to open WeChat. What is sent is one of the
// texts of model.NoticeSMS, registered with the provider beforehand; a call names the text and fills it in.
// A provider is one type that can Send; Tencent is the one there is.
package sms

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"kuacheng/model"
)

// Text is one message in the provider's terms. Neither the phone nor the parameters may be logged.
type Text struct {
	Phone    model.Phone // one that takes SMS
	Template string      // the provider's id
	Params   []string
}

// Provider sends a text once and gives the provider's id of it. Its errors are *Error.
type Provider interface {
	Send(ctx context.Context, t Text) (serial string, err error)
}

// Sender knows the account's texts by our keys.
type Sender struct {
	Provider  Provider
	Templates map[string]string // our key → the provider's id
}

// Covers tells whether the account has a text for a key.
func (s *Sender) Covers(key string) bool { return s.Templates[key] != "" }

// Send sends the text of a key.
func (s *Sender) Send(ctx context.Context, phone model.Phone, key string, params []string) (serial string, err error) {
	id := s.Templates[key]
	if id == "" {
		return "", &Error{Code: "no_template", Class: ClassConfig}
	}
	return s.Provider.Send(ctx, Text{Phone: phone, Template: id, Params: params})
}

var setting = regexp.MustCompile(`^([a-z_]+)=([A-Za-z0-9_-]+)$`)

// ParseTemplates reads a setting of the form "queue_called=1234567, supplement_due=1234568".
func ParseTemplates(s string) (map[string]string, error) {
	out := map[string]string{}
	for _, entry := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		m := setting.FindStringSubmatch(entry)
		if m == nil {
			return nil, fmt.Errorf("sms templates: %q is not key=id", entry)
		}
		if model.NoticeSMS(m[1]) == "" {
			return nil, fmt.Errorf("sms templates: there is no text %q", m[1])
		}
		out[m[1]] = m[2]
	}
	return out, nil
}

// MaxParam is the most characters that one parameter may have (assumed; the provider names no number for
// notices). What is longer is cut by the caller.
const MaxParam = 32

// Class says what to do with an error.
type Class string

const (
	// ClassBusy: the provider or the way to it is down for a moment; nothing was sent. Retry with backoff.
	ClassBusy Class = "busy"
	// ClassLimit: too many at once. Retry after RetryAfter.
	ClassLimit Class = "limit"
	// ClassPerson: this number cannot be written to, does not want to be, or has had enough today. Final.
	ClassPerson Class = "person"
	// ClassMistake: what we sent breaks a rule. Final; archive; alert.
	ClassMistake Class = "mistake"
	// ClassConfig: account, key, signature or text are not in order. Final; alert.
	ClassConfig Class = "config"
	// ClassUnknown: the request went out whole and no answer came. It may have been sent.
	ClassUnknown Class = "unknown"
)

// Error is any failure to send. It holds no phone, text or key, and wraps nothing that does.
type Error struct {
	Code       string // the provider's, or ours: "timeout", "status_502"
	Class      Class
	Request    string // the provider's id of the request, to ask them by
	RetryAfter time.Duration
	is         error
}

func (e *Error) Error() string {
	s := "sms: " + string(e.Class) + " " + e.Code
	if e.Request != "" {
		s += " request=" + e.Request
	}
	return s
}

// Reason is the error in a word that may be shown and stored.
func (e *Error) Reason() string { return "sms_" + e.Code }

// Is lets errors.Is find a cancelled or expired context.
func (e *Error) Is(target error) bool { return e.is != nil && e.is == target }
