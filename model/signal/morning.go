package signal

import (
	"time"

	"kuacheng/model"
)

// Morning is the one document that wakes on every working day at half past eight: organisations are told what they owe, and what
// only the passing of time shows is looked at.
type Morning struct {
	model.Head `json:",inline"`
	Last       model.Date `json:"last,omitempty"` // the last day that was begun
}

// MorningID is its id.
const MorningID = "morning"

// KindMorning is the outbox event of a day that begins; ref: date. What it brings about is told apart by the date, so that a day
// that comes twice, as when a clock goes back, tells nobody twice.
const KindMorning = "morning"

// opens is when a working day begins for whoever is told, in minutes after midnight.
const opens = 8*60 + 30

// NextMorning is the first half past eight of a working day that is not before a moment.
func NextMorning(now time.Time, c *model.Calendar) time.Time {
	day := c.AddWorkdays(model.DateOf(now), 0)
	if at := day.At(opens); !at.Before(now) {
		return at.UTC()
	}
	return c.AddWorkdays(day, 1).At(opens).UTC()
}

// NewMorning waits for the first.
func NewMorning(now time.Time, c *model.Calendar) *Morning {
	m := &Morning{Head: model.Head{ID: MorningID}}
	m.WakeAt(NextMorning(now, c))
	return m
}

// Begin begins the day whose time has come; of several that were slept through, today alone. False when there is nothing to do.
func (m *Morning) Begin(now time.Time, c *model.Calendar) bool {
	if m.Wake == nil || m.Wake.After(now) {
		return false
	}
	today := model.DateOf(now)
	if c.Workday(today) && !now.Before(today.At(opens)) && m.Last != today {
		m.Last = today
		m.Emit(KindMorning, moment(now), map[string]string{"date": string(today)})
	}
	m.WakeAt(NextMorning(now.Add(time.Second), c))
	return true
}

// Astray reports whether the wake lies beyond the next morning, as after the clock was put back.
func (m *Morning) Astray(now time.Time, c *model.Calendar) bool {
	return m.Wake == nil || m.Wake.After(NextMorning(now.Add(time.Second), c))
}

// Right puts a stray wake right.
func (m *Morning) Right(now time.Time, c *model.Calendar) bool {
	if !m.Astray(now, c) {
		return false
	}
	m.WakeAt(NextMorning(now.Add(time.Second), c))
	return true
}

// InTalk finds that another city's system has been silent for too long, working days alone counted; of one that was never heard
// there is nothing to miss.
func (b Book) InTalk(region string, heard, now time.Time, c *model.Calendar) (Firing, bool) {
	if heard.IsZero() {
		return Firing{}, false
	}
	silent := worked(heard, now, c)
	if silent.Hours() < b[PeerSilent].Threshold {
		return Firing{}, false
	}
	f := b.find(PeerSilent, OfPeer, region, string(model.DateOf(heard)), string(model.DateOf(now)), now, map[string]string{
		"from": model.NoticeTime(heard), "at": model.NoticeTime(now),
	})
	f.Figures.Numerator = int64(silent.Hours())
	return f, true
}

// worked is how much of a stretch lies in working days. A stretch of more than a year is not counted out.
func worked(from, to time.Time, c *model.Calendar) (sum time.Duration) {
	const most = 366
	first, last := model.DateOf(from), model.DateOf(to)
	for day, n := first, 0; day <= last && n < most; day, n = day.Add(1), n+1 {
		if !c.Workday(day) {
			continue
		}
		begin, end := day.Start(), day.Add(1).Start()
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		sum += max(0, end.Sub(begin))
	}
	return sum
}
