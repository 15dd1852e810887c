package courier

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kuacheng/model"
)

// meaning is what a carrier's code says, in the vocabulary of all carriers (couriers.md §7). An empty event is
// history: kept, and worth an alert, since the table knows the code and gives it no state.
type meaning struct {
	event  model.ParcelEvent
	signer model.SignedBy // of codes that name the signer
}

// rowKey identifies a row by what stays the same whenever it is told, pushed or asked for. Parts are
// length-prefixed, so that no two lists of parts read alike.
func rowKey(c model.Carrier, parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return string(c) + ":" + hex.EncodeToString(h.Sum(nil)[:16])
}

// tell puts an event into a row, with what follows from it and from the words.
func (r *Row) tell(m meaning, code string, grade int) {
	r.Event, r.Code, r.Grade = m.event, code, grade
	r.ToSender = strings.Contains(r.Words, "退") || strings.Contains(r.Words, "寄件人")
	if m.event.State() != model.ParcelDelivered {
		return
	}
	r.SignedBy = m.signer
	if r.SignedBy == "" {
		r.SignedBy = signerOf(r.Words)
	}
	r.Event = model.EventDelivered
	if r.SignedBy == model.SignedOther || r.SignedBy == model.SignedLocker {
		r.Event = model.EventDeliveredByOther
	}
}

// code gives a row its code's meaning by an aggregator's table. A code that the table lacks counts as the basic
// one that it belongs to, if that can be told; people are told in either case.
func (r *Row) code(push *Push, code string, table map[string]meaning, basic func(code string) string) {
	m, known := table[code]
	grade := model.GradeSpecific
	switch {
	case code == "":
		grade = model.GradeNone
	case !known:
		push.alert("code_unknown", clip(code))
		r.Flags = append(r.Flags, model.FlagCodeUnknown)
		m, grade = table[basic(code)], model.GradeBasic
	case len(code) < 3:
		grade = model.GradeBasic
	}
	if known && m.event == "" {
		push.alert("code_without_state", code)
	}
	if m.event == model.EventDeliveryFailed && saysLost.MatchString(r.Words) {
		m.event = model.EventLost
	}
	r.tell(m, clip(code), grade)
}

// saysLost reads a loss out of the words of a trouble, for which the aggregators have no code (couriers.md §7). What
// is feared, denied or warned of is none.
var saysLost = regexp.MustCompile(`^[^未没防避免如若]*(遗失|丢失)`)

var (
	lockerWords = []string{"驿站", "柜", "丰巢"}
	otherWords  = []string{"代签", "代收", "他人", "同事", "家人", "邻居", "门卫", "保安", "前台", "收发室", "物业", "信报箱", "家门口", "便利店"}
)

// signerOf reads from a carrier's words who signed, where its code does not say (couriers.md §7).
func signerOf(words string) model.SignedBy {
	contains := func(w string) bool { return strings.Contains(words, w) }
	switch {
	case contains("本人") && !contains("非本人"):
		return model.SignedSelf
	case slices.ContainsFunc(lockerWords, contains):
		return model.SignedLocker
	case slices.ContainsFunc(otherWords, contains):
		return model.SignedOther
	}
	return model.SignedUnknown
}

// cut shortens words to what is stored.
func cut(words string) string {
	runes := 0
	for i := range words {
		if runes == maxText {
			return words[:i]
		}
		runes++
	}
	return words
}

// placeOf picks the city out of a place. What is longer than any place is none.
func placeOf(s string) string {
	if utf8.RuneCountInString(s) > 64 {
		return ""
	}
	return model.CityOf(s)
}

// companyOf is our code of a company that came over the wire.
func companyOf(code string) string { return model.CanonicalCompany(clip(strings.TrimSpace(code))) }

// readTime reads a carrier's time, which has no zone and means China's (couriers.md §9). What cannot be true
// is unreadable: the row then stands at its arrival.
func readTime(s string, now time.Time) (time.Time, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), "/", "-")
	for _, form := range []string{"2006-1-2 15:4:5", "2006-1-2 15:4", "2006-1-2"} {
		t, err := time.ParseInLocation(form, s, model.Beijing)
		if err == nil {
			return plausible(t, now)
		}
	}
	return time.Time{}, false
}

// readEpoch reads 13 digits of milliseconds.
func readEpoch(s string, now time.Time) (time.Time, bool) {
	ms, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || len(strings.TrimSpace(s)) != 13 {
		return time.Time{}, false
	}
	return plausible(time.UnixMilli(ms), now)
}

func plausible(t, now time.Time) (time.Time, bool) {
	if t.Year() < 2000 || t.After(now.AddDate(1, 0, 0)) {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// stamp sets a row's time, or flags that there is none to be read.
func (r *Row) stamp(at time.Time, ok bool) {
	if ok {
		r.At = at
		return
	}
	r.Flags = append(r.Flags, model.FlagTimeUnreadable)
}

// add puts rows into the push, at most so many a waybill; the newest stay.
func (p *Push) add(rows []Row) {
	if over := len(rows) - maxRows; over > 0 {
		slices.SortStableFunc(rows, func(a, b Row) int { return a.At.Compare(b.At) })
		rows = rows[over:]
		p.alert("truncated", "rows")
	}
	p.Rows = append(p.Rows, rows...)
}

// addMixed puts in rows of several waybills, each bounded by itself.
func (p *Push) addMixed(rows []Row) {
	of := map[string][]Row{}
	var order []string
	for _, r := range rows {
		if of[r.Waybill] == nil {
			order = append(order, r.Waybill)
		}
		of[r.Waybill] = append(of[r.Waybill], r)
	}
	if len(order) > maxWaybills {
		order = order[:maxWaybills]
		p.alert("truncated", "waybills")
	}
	for _, waybill := range order {
		p.add(of[waybill])
	}
}

// waybill normalises a pushed number. Only its size is judged, and that it can be read: a carrier knows its own
// numbers.
func (p *Push) waybill(s string) (string, bool) {
	w := model.NormaliseWaybill(s)
	if w == "" || len(w) > model.MaxWaybill || strings.ContainsFunc(w, unprintable) {
		p.alert("waybill", "")
		return "", false
	}
	return w, true
}

func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
