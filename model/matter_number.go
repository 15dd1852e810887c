package model

import (
	"fmt"
	"strings"
	"time"

	"kuacheng/model/fault"
)

// matterPrefix begins every matter number, so that none is taken for an identity number (18 digits).
const matterPrefix = "KC"

// MakeMatterNo makes a number: KC, handling region, date of opening, six random digits, check digit. A
// functional district without a code of its own (4415X1) appears as its city. random is reduced to six
// digits; on a duplicate the caller draws again, so no counter document is needed.
func MakeMatterNo(handlingRegion string, opened time.Time, random uint64) (string, error) {
	region := handlingRegion
	if len(region) == 6 && region[4] == 'X' && digits(region[5:]) {
		region = region[:4] + "00"
	}
	if len(region) != 6 || !digits(region) {
		return "", fmt.Errorf("matter number: region %q", handlingRegion)
	}
	body := region + opened.In(Beijing).Format("060102") + fmt.Sprintf("%06d", random%1_000_000)
	return matterPrefix + body + string(checkDigit(body)), nil
}

// ParseMatterNo reads a number as people type it: lower case, full-width forms, spaces, hyphens. A number
// that cannot be one is 404 with a hint and needs no lookup.
func ParseMatterNo(typed string) (string, error) {
	no := strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～': // full-width forms of U+0021 … U+007E
			r -= '！' - '!'
		case r == '　' || r == '‐' || r == '‑' || r == '–' || r == '—' || r == '−':
			return -1
		}
		switch {
		case r == ' ' || r == '\t' || r == '-':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, typed)
	body, ok := strings.CutPrefix(no, matterPrefix)
	if !ok || len(body) != 19 || !digits(body) {
		return "", fault.New("not_found").Say("办件编号应为KC加19位数字，请核对")
	}
	if checkDigit(body[:18]) != body[18] {
		return "", fault.New("not_found").Say("办件编号有误，请逐位核对")
	}
	return no, nil
}

// PrettyMatterNo shows a number in groups: KC 441500 251009 048213 6.
func PrettyMatterNo(no string) string {
	if len(no) != 21 {
		return no
	}
	return no[:2] + " " + no[2:8] + " " + no[8:14] + " " + no[14:20] + " " + no[20:]
}

// checkDigit is ISO 7064 MOD 11,10 (GB/T 17710-2008).
func checkDigit(body string) byte {
	p := 10
	for i := range len(body) {
		s := (p + int(body[i]-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = 2 * s % 11
	}
	return byte('0' + (11-p)%10)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
