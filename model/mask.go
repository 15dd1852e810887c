package model

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaskName shows a name in lists and on staff pages: 张* · 张*丰 · 欧**娜; one character is kept. Characters are
// counted, not bytes, and compound surnames are not special. Of a Latin name the first letter of each word.
func MaskName(name string) string {
	if !hasHan(name) {
		words := strings.Fields(name)
		for i, w := range words {
			first, _ := utf8.DecodeRuneInString(w)
			words[i] = string(first) + "***"
		}
		return strings.Join(words, " ")
	}
	r := []rune(name)
	switch len(r) {
	case 1:
		return name
	case 2:
		return string(r[0]) + "*"
	}
	return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
}

// MaskIDNumber shows the number of a document: of 18 characters the first 3 and the last 2, of others the first
// and the last 2. Never the last 4 together: they are used elsewhere as a secret.
func MaskIDNumber(n string) string {
	switch {
	case len(n) == 18:
		return n[:3] + strings.Repeat("*", 13) + n[16:]
	case len(n) < 5:
		return strings.Repeat("*", len(n))
	}
	return n[:1] + "*" + n[len(n)-2:]
}

// MaskPhone shows a phone number: 138****0000; of one from outside the mainland the last 2.
func MaskPhone(p Phone) string {
	s := string(p)
	switch {
	case p.TakesSMS() && len(s) == 11:
		return s[:3] + "****" + s[7:]
	case len(s) < 5:
		return strings.Repeat("*", len(s))
	}
	return "****" + s[len(s)-2:]
}

// MaskAddress keeps province, city and county (the region's full name); only the courier's label has the rest.
func MaskAddress(regionName string) string { return regionName + "****" }

// What may be a person's number in free text. The long runs are bounded by digits only, since people write
// 电话13800000000 and tel13800000000 alike; permits must stand alone, or waybills and our own numbers would go.
var (
	personalRun = regexp.MustCompile(
		`\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]` + // identity card, 6-8-4 or in one
			`|(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}` + // mobile
			`|\d{15}`) // old card
	personalPermit = regexp.MustCompile(
		`[HhMm]\d{10}|[HhMm][Aa]\d{7}|[A-Za-z]\d{8}|[Ee][A-Za-z]\d{7}` +
			`|\d{10}(?:\([A-Za-z]\))?|\d{8}`) // Taiwan permits, old and new
)

// ScrubNumbers blots out what may be a person's number in text that others are to read (notes, comments). A
// run that is part of a longer one (a matter number, a waybill) stays, and so does a date written in one.
func ScrubNumbers(s string) string {
	return scrub(scrub(s, personalRun, isDigit), personalPermit, isAlnum)
}

// scrub matches on the half-width form and cuts the text by characters, which both forms have alike.
func scrub(s string, pattern *regexp.Regexp, joins func(byte) bool) string {
	half := halfWidth(s)
	var spans [][]int
	for from := 0; from < len(half); {
		m := pattern.FindStringIndex(half[from:])
		if m == nil {
			break
		}
		a, b := from+m[0], from+m[1]
		if a > 0 && joins(half[a-1]) || b < len(half) && joins(half[b]) {
			// Part of a longer run: go on behind the run, not inside it.
			for from = b; from < len(half) && joins(half[from]); from++ {
			}
			continue
		}
		from = b
		if !compactDate(half[a:b]) {
			spans = append(spans, []int{utf8.RuneCountInString(half[:a]), utf8.RuneCountInString(half[:b])})
		}
	}
	if len(spans) == 0 {
		return s
	}
	r, out, last := []rune(s), strings.Builder{}, 0
	for _, span := range spans {
		out.WriteString(string(r[last:span[0]]) + "****")
		last = span[1]
	}
	return out.String() + string(r[last:])
}

func compactDate(s string) bool {
	if len(s) != 8 || s < "19000101" || s > "21001231" {
		return false
	}
	_, ok := ParseDate(s[:4] + "-" + s[4:6] + "-" + s[6:])
	return ok
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool { return isDigit(c) || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }
