package model

import (
	"regexp"
	"strings"

	"kuacheng/model/fault"
)

// Phone is a checked number: mainland mobiles bare ("13800000000"), others with their country
// ("+85200000000"). It is personal data: biz seals it.
type Phone string

var (
	mainland = regexp.MustCompile(`^(?:(?:\+|00)86)?(1[3-9]\d{9})$`)
	abroad   = regexp.MustCompile(`^(?:\+|00)(852\d{8}|853\d{8}|886\d{9})$`)
)

// ParsePhone reads a mobile number as people type it: spaces, hyphens, brackets, +86, 0086, full width. Hong
// Kong, Macao and Taiwan numbers are taken with their country code. 422 phone_invalid otherwise.
func ParsePhone(raw string) (Phone, error) {
	s := strings.NewReplacer("(", "", ")", "").Replace(squeeze(raw))
	if m := mainland.FindStringSubmatch(s); m != nil {
		return Phone(m[1]), nil
	}
	if m := abroad.FindStringSubmatch(s); m != nil {
		return Phone("+" + m[1]), nil
	}
	return "", fault.New("phone_invalid").Field("phone")
}

// TakesSMS reports a mainland number; others get the inbox and WeChat only.
func (p Phone) TakesSMS() bool { return mainland.MatchString(string(p)) }
