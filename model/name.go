package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kuacheng/model/fault"
)

const longestName = 60

// middleDots are the signs that input methods give for the dot in 阿卜杜拉·买买提; one form is kept.
var middleDots = strings.NewReplacer("•", "·", "‧", "·", "∙", "·", "⋅", "·", "・", "·", "･", "·", "．", "·", "●", "·")

// ParseName reads a person's name: Chinese characters (with a middle dot between the parts of a minority or
// translated name), or Latin words. 422 name_invalid for anything else.
func ParseName(raw string) (string, error) {
	s := strings.Join(strings.Fields(halfWidth(middleDots.Replace(raw))), " ")
	if s == "" || utf8.RuneCountInString(s) > longestName {
		return "", fault.New("name_invalid").Field("name")
	}
	if hasHan(s) {
		s = strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), ".", "·")
	}
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r), r == '〇':
			letters++
		case !strings.ContainsRune(" ·.'’-", r):
			return "", fault.New("name_invalid").Field("name")
		}
	}
	if first, _ := utf8.DecodeRuneInString(s); letters == 0 || !unicode.IsLetter(first) && first != '〇' {
		return "", fault.New("name_invalid").Field("name")
	}
	return s, nil
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
