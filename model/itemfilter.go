package model

import (
	"cmp"
	"slices"
	"strings"
)

// ItemFilter is a search in the catalogue; empty fields do not filter. Whether the pair is live is asked
// before: the items of a pair are those of its handling side.
type ItemFilter struct {
	To         string // a city means it and everything below
	Mode       Mode
	Subject    string // natural or legal also find what is for both
	Department string
	Q          string // words; each must be found in name, short name, alias, situation or code
}

// Find lists the items that match, most frequent first.
func (f ItemFilter) Find(items []*Item, regions *Regions) []*Item {
	words := strings.Fields(searchForm(f.Q))
	var out []*Item
	for _, it := range items {
		if f.matches(it, regions) && it.mentions(words) {
			out = append(out, it)
		}
	}
	SortItems(out)
	return out
}

func (f ItemFilter) matches(it *Item, regions *Regions) bool {
	switch {
	case f.Mode != "" && !it.Offers(f.Mode),
		f.Subject != "" && it.Subject != f.Subject && it.Subject != SubjectBoth,
		f.Department != "" && it.Department != f.Department:
		return false
	}
	return f.To == "" || slices.ContainsFunc(it.HandlingRegions, func(r string) bool { return regions.Covers(f.To, r) })
}

// mentions reports whether every word is found somewhere. 社保 finds 社会保险 only by an alias: no rule turns
// one into the other, so aliases are data.
func (it *Item) mentions(words []string) bool {
	if len(words) == 0 {
		return true
	}
	texts := append([]string{it.Code, it.Name, it.Short, it.GovCode}, it.Aliases...)
	for _, s := range it.Situations {
		texts = append(texts, s.Name)
	}
	all := searchForm(strings.Join(texts, "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) })
}

func searchForm(s string) string { return strings.ToLower(halfWidth(s)) }

// SortItems puts the most frequent first.
func SortItems(items []*Item) {
	slices.SortStableFunc(items, func(a, b *Item) int {
		return cmp.Or(cmp.Compare(a.Hot, b.Hot), strings.Compare(a.Code, b.Code))
	})
}
