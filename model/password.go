package model

import (
	"strings"
	"unicode"

	"kuacheng/model/fault"
)

// commonPasswords are refused whatever their classes.
var commonPasswords = []string{"password", "qwerty", "12345678", "admin", "kuacheng", "shanwei", "sandbox"}

// CheckPassword refuses a weak password: at least ten characters, three of the four classes, not a common word
// with trimmings (GB/T 22239 8.1.4.1; the numbers are ours).
func CheckPassword(p string) error {
	var classes [4]bool
	for _, r := range p {
		switch {
		case unicode.IsLower(r):
			classes[0] = true
		case unicode.IsUpper(r):
			classes[1] = true
		case unicode.IsDigit(r):
			classes[2] = true
		default:
			classes[3] = true
		}
	}
	kinds := 0
	for _, has := range classes {
		if has {
			kinds++
		}
	}
	weak := len([]rune(p)) < 10 || len(p) > 128 || kinds < 3
	for _, common := range commonPasswords {
		weak = weak || strings.Contains(strings.ToLower(p), common)
	}
	if weak {
		return fault.New("password_weak").Field("password")
	}
	return nil
}
