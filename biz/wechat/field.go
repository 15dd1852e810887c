package wechat

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fieldType is the rule of one type of keyword (wechat.md §3). A value that breaks it makes WeChat refuse the
// whole message with 47003.
type fieldType struct {
	limit int                 // characters
	valid func(s string) bool // beside the limit
	// shorten makes a valid value of any text; nil for types whose values cannot be shortened without lying.
	shorten func(s string, limit int) string
	// instead stands in for a value of which nothing can be kept: a field must not be empty.
	instead string
}

var fieldTypes = map[string]fieldType{
	"thing":            {limit: 20, valid: anyText, shorten: shortenText, instead: "详见小程序"},
	"phrase":           {limit: 5, valid: all(isHan), shorten: shortenHan, instead: "见详情"},
	"character_string": {limit: 32, valid: none(isHan), shorten: shortenCodes, instead: "-"},
	"name":             {limit: 20, valid: validName, shorten: shortenName, instead: "申请人"},
	"letter":           {limit: 32, valid: matches(`^[A-Za-z]+$`)},
	"symbol":           {limit: 5, valid: all(isSymbol)},
	"number":           {limit: 32, valid: matches(`^-?[0-9]+(\.[0-9]+)?$`)},
	"amount":           {limit: 13, valid: matches(`^[¥￥$€£]?[0-9]{1,10}(\.[0-9]+)?元?$`)},
	"phone_number":     {limit: 17, valid: matches(`^[0-9+\-() ]+$`)},
	"car_number":       {limit: 8, valid: matches(`^\p{Han}?[A-Za-z0-9]+\p{Han}?$`)},
	"time":             {limit: 64, valid: matches(`^` + momentForm + `(~` + momentForm + `)?$`)},
	"date":             {limit: 64, valid: matches(`^` + dayForm + `( ` + clockForm + `)?(~` + dayForm + `( ` + clockForm + `)?)?$`)},
	"enum":             {limit: 20, valid: anyText},
}

const (
	clockForm  = `([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?`
	dayForm    = `[0-9]{4}(年(0?[1-9]|1[0-2])月(0?[1-9]|[12][0-9]|3[01])日|([-/.])(0?[1-9]|1[0-2])[-/.](0?[1-9]|[12][0-9]|3[01]))`
	momentForm = `(` + dayForm + ` )?` + clockForm
)

func knownType(t string) bool { _, ok := fieldTypes[t]; return ok }

// Valid tells whether WeChat takes a value for a field of this type.
func Valid(typ, value string) bool {
	t, ok := fieldTypes[typ]
	if !ok || strings.TrimSpace(value) == "" || strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value) {
		return false
	}
	return utf8.RuneCountInString(value) <= t.limit && t.valid(value)
}

// Fit makes a value fit its type: one line, nothing invisible, within the limit and never empty. Text is cut
// to one character less than the limit and "…", between words: a number or a code stays whole or goes whole,
// since half of one is a wrong one. A value of a type that cannot be shortened is an error if it does not fit.
func Fit(typ, value string) (string, error) {
	t, ok := fieldTypes[typ]
	if !ok {
		return "", fmt.Errorf("field type %q is not known", typ)
	}
	value = oneLine(value)
	if Valid(typ, value) {
		return value, nil
	}
	if t.shorten == nil {
		return "", fmt.Errorf("the value breaks the rule of type %s", typ)
	}
	if value = strings.TrimSpace(t.shorten(value, t.limit)); !Valid(typ, value) {
		value = t.instead
	}
	return value, nil
}

// oneLine replaces line breaks and runs of space by one space, and drops what cannot be seen: control and
// format characters, and bytes that are no text.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func anyText(string) bool { return true }

func all(is func(rune) bool) func(string) bool {
	return func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return !is(r) }) }
}

func none(is func(rune) bool) func(string) bool {
	return func(s string) bool { return !strings.ContainsFunc(s, is) }
}

func matches(pattern string) func(string) bool { return regexp.MustCompile(pattern).MatchString }

func isHan(r rune) bool    { return unicode.Is(unicode.Han, r) }
func isSymbol(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// validName: 10 characters as soon as one is Chinese, else 20.
func validName(s string) bool {
	return utf8.RuneCountInString(s) <= 10 || none(isHan)(s)
}

func shortenName(s string, limit int) string {
	if !none(isHan)(s) {
		limit = 10
	}
	return string([]rune(s)[:limit])
}

// token is what stays whole: a number with its unit and what is joined to it (2026年11月26日, 3份, 09:30,
// KC4415…, A-12), a Latin word, or one other character.
var token = regexp.MustCompile(`[0-9A-Za-z]+(?:[-_./:#+*@~,年月日时点分秒号]+[0-9A-Za-z]+)*[年月日时点分秒号元份天个件次项小万亿%％]*|.`)

// shortenText cuts between tokens. A number is not left standing before the "…": it would read as cut.
func shortenText(s string, limit int) string {
	var kept []string
	n := 0
	for _, t := range token.FindAllString(s, -1) {
		n += utf8.RuneCountInString(t)
		if n > limit-1 {
			break
		}
		kept = append(kept, t)
	}
	for len(kept) > 0 && endsOpen(kept[len(kept)-1]) {
		kept = kept[:len(kept)-1]
	}
	if len(kept) == 0 {
		return ""
	}
	return strings.Join(kept, "") + "…"
}

// endsOpen tells whether a token must not stand before "…": a number or code, or a mark that opens or joins.
func endsOpen(t string) bool {
	r, _ := utf8.DecodeRuneInString(t)
	return r < utf8.RuneSelf || strings.ContainsRune("，、；：。（《“「【—·", r)
}

// shortenHan keeps the Chinese characters.
func shortenHan(s string, limit int) string {
	han := []rune(strings.Map(func(r rune) rune {
		if isHan(r) {
			return r
		}
		return -1
	}, s))
	return string(han[:min(len(han), limit)])
}

var code = regexp.MustCompile(`[!-~]*[0-9A-Za-z][!-~]*`)

// shortenCodes keeps as many whole codes as fit, and drops Chinese text between them.
func shortenCodes(s string, limit int) string {
	out := ""
	for _, c := range code.FindAllString(s, -1) {
		next := c
		if out != "" {
			next = out + " " + c
		}
		if len(next) > limit {
			continue
		}
		out = next
	}
	return out
}
