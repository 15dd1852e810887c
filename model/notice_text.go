package model

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// NoticeKind is one row of the catalogue of notices: what is said when, and how urgently.
type NoticeKind struct {
	Key   string
	Title string

	// Text is the sentence of the inbox. {var} is a variable that must be there; a part in [ ] is left out
	// when a variable in it is missing.
	Text string

	Template  string // key of the WeChat template, "" for the inbox only
	Urgent    bool   // U of domain §11
	Important bool   // S of domain §11

	// Life is how long after the event the push still makes sense; 0 means as long as it takes.
	Life time.Duration

	// While lists, by kind of subject, its states in which the push still makes sense; a kind that is not there
	// has no such states. The inbox keeps the notice in any case.
	While map[string][]string

	Defaults map[string]string // for variables that the caller does not give
	Fill     map[string]string // the same, for the template's fields only: a field must not be empty
}

// templateVars lists what the fields and the page of each WeChat template are filled from (domain §11,
// templates.yaml). Those after "|" serve the page and may be missing.
var templateVars = map[string]string{
	"booking_confirmed":    "item starts_at hall booking_no note | booking_id",
	"booking_reminder":     "item starts_at hall note | booking_id",
	"booking_cancelled":    "item starts_at by reason",
	"queue_called":         "ticket window called_at note | booking_id",
	"matter_received":      "item matter_no receiving_org received_at state",
	"matter_forwarded":     "matter_no handling_org by waybill forwarded_at",
	"matter_accepted":      "item matter_no handling_org accepted_at due_on",
	"matter_refused":       "item matter_no reason at",
	"supplement_requested": "item matter_no materials until note",
	"supplement_due":       "item matter_no until note",
	"matter_decided":       "item matter_no outcome decided_at delivery",
	"result_dispatched":    "matter_no result carrier waybill dispatched_at | parcel_id",
	"result_delivered":     "matter_no waybill delivered_at note | parcel_id",
	"parcel_problem":       "matter_no waybill state reason at | parcel_id",
	"review_invited":       "item matter_no closed_at note",
	"policy_push":          "title audience publisher until | policy_id",
}

// TemplateVars are the variables that a WeChat template's fields may be made from, and those of its page.
func TemplateVars(template string) (fields, page []string) {
	f, p, _ := strings.Cut(templateVars[template], "|")
	return strings.Fields(f), strings.Fields(p)
}

// NoticeTemplates lists the keys of all WeChat templates that notices use.
func NoticeTemplates() []string { return slices.Sorted(maps.Keys(templateVars)) }

// NoticeKeys lists the keys of the catalogue.
func NoticeKeys() []string {
	keys := make([]string, 0, len(noticeKinds))
	for _, k := range noticeKinds {
		keys = append(keys, k.Key)
	}
	return keys
}

// NoticeKindOf is the catalogue's row of a key.
func NoticeKindOf(key string) (NoticeKind, bool) {
	i := slices.IndexFunc(noticeKinds, func(k NoticeKind) bool { return k.Key == key })
	if i < 0 {
		return NoticeKind{}, false
	}
	return noticeKinds[i], true
}

func noticeKind(key string) (NoticeKind, error) {
	k, ok := NoticeKindOf(key)
	if !ok {
		return k, fmt.Errorf("notice: unknown key %q", key)
	}
	return k, nil
}

// Compose makes the words of a notice: its title, the sentence of the inbox, and the values of the variables
// of its WeChat template (nil when the key has none). A variable that is missing is an error, and ours.
//
// Times and dates come in as NoticeTime and NoticeDate write them. Free text is cleaned of numbers that could
// be a person's.
func Compose(key string, vars map[string]string) (title, text string, fields map[string]string, err error) {
	k, err := noticeKind(key)
	if err != nil {
		return "", "", nil, err
	}
	values := clean(k.Defaults, vars)
	text, missing := fill(k.Text, values)
	if k.Template != "" {
		for name, v := range k.Fill {
			if values[name] == "" {
				values[name] = v
			}
		}
		need, page := TemplateVars(k.Template)
		fields = pick(values, need, page)
		for _, name := range need {
			if fields[name] == "" {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return "", "", nil, fmt.Errorf("notice %s: %w %s", key, ErrNoticeIncomplete, strings.Join(slices.Compact(missing), ", "))
	}
	return k.Title, text, fields, nil
}

// clean lays the given values over the defaults, each on one line, without what looks like a person's number.
func clean(defaults, vars map[string]string) map[string]string {
	out := maps.Clone(defaults)
	if out == nil {
		out = map[string]string{}
	}
	for name, v := range vars {
		v = strings.Join(strings.FieldsFunc(v, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
		if freeText[name] {
			v = strings.TrimRight(ScrubNumbers(v), "。.；;，, ")
		}
		if v != "" {
			out[name] = v
		}
	}
	return out
}

// freeText names the variables that people type.
var freeText = map[string]bool{"note": true, "reason": true, "what": true, "why": true, "place": true, "answer": true}

var (
	noticeVar    = regexp.MustCompile(`\{([a-z_]+)\}`)
	noticeOption = regexp.MustCompile(`\[[^\[\]]*\]`)
)

// ErrNoticeIncomplete is a notice that lacks something it has to say: our mistake, or a matter that has moved on meanwhile.
var ErrNoticeIncomplete = errors.New("missing")

// fill puts values into a sentence and names the variables that are missing.
func fill(pattern string, values map[string]string) (text string, missing []string) {
	pattern = noticeOption.ReplaceAllStringFunc(pattern, func(part string) string {
		for _, m := range noticeVar.FindAllStringSubmatch(part, -1) {
			if values[m[1]] == "" {
				return ""
			}
		}
		return part[1 : len(part)-1]
	})
	text = noticeVar.ReplaceAllStringFunc(pattern, func(v string) string {
		value := values[v[1:len(v)-1]]
		if value == "" {
			missing = append(missing, v[1:len(v)-1])
		}
		return value
	})
	return text, missing
}

func pick(values map[string]string, names ...[]string) map[string]string {
	out := map[string]string{}
	for _, list := range names {
		for _, name := range list {
			if v := values[name]; v != "" {
				out[name] = v
			}
		}
	}
	return out
}

// NoticeTime writes a moment as notices show it, and as WeChat's field type time takes it.
func NoticeTime(t time.Time) string { return t.In(Beijing).Format("2006年1月2日 15:04") }

// NoticeDate writes a date as notices show it, and as WeChat's field type date takes it.
func NoticeDate(d Date) string { return d.Start().Format("2006年1月2日") }
