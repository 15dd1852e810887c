package model

import (
	"fmt"
	"time"

	"kuacheng/model/fault"
)

// ReviewPictures is how many pictures a review may carry; QR tokens have four bits for which.
const ReviewPictures = 3

// verdictWithin is how long WeChat's verdict on a picture may take; then a person looks (wechat.md §3).
const verdictWithin = 30 * time.Minute

// ReviewPicture is a picture of a review (好差评). Its id says which of a matter's it is, so there are never more
// than ReviewPictures.
type ReviewPicture struct {
	Head  `json:",inline"`
	No    string       `json:"no"` // the matter's, as the review's
	N     int          `json:"n"`  // 1 to ReviewPictures
	File  MatterFile   `json:"file"`
	Trace string       `json:"trace,omitempty"` // by which WeChat names the check; absent until it was asked
	Check ContentCheck `json:"check"`
}

// KindPictureCheck is the outbox event of a picture that is to be checked.
const KindPictureCheck = "picture_check"

// ReviewPictureID is the id of a matter's n-th picture.
func ReviewPictureID(no string, n int) string { return fmt.Sprintf("%s-P%d", no, n) }

// NewReviewPicture adds a picture to the review of a matter, in the time in which the review is open.
func NewReviewPicture(m *Matter, r *Review, a Actor, n int, f MatterFile, now time.Time) (*ReviewPicture, error) {
	if err := m.Reviewable(a, now); err != nil {
		return nil, err
	}
	if r == nil || r.Rating.By != a.ID {
		return nil, fault.New("not_reviewable").Say("请先评价，再添加图片")
	}
	p := &ReviewPicture{
		Head: Head{ID: ReviewPictureID(m.ID, n)}, No: m.ID, N: n, File: f,
		Check: ContentCheck{State: CheckPending, At: moment(now)},
	}
	p.Emit(KindPictureCheck, now, nil)
	return p, nil
}

// Asked notes that WeChat is checking; it is false when that was noted before, or is no longer of interest.
func (p *ReviewPicture) Asked(trace string, now time.Time) bool {
	if p.Trace != "" || p.Check.State != CheckPending {
		return false
	}
	p.Trace = trace
	p.WakeAt(now.Add(verdictWithin))
	return true
}

// Judged writes a verdict down, once. A late one still counts for a picture that waits for a person.
func (p *ReviewPicture) Judged(state string, label int, now time.Time) bool {
	if p.Check.State != CheckPending && p.Check.State != CheckHeld || p.Check.State == state {
		return false
	}
	p.Check = ContentCheck{State: state, Label: label, At: moment(now)}
	p.WakeAt(time.Time{})
	return true
}

// Overdue hands a picture without a verdict to a person.
func (p *ReviewPicture) Overdue(now time.Time) bool {
	return p.Check.State == CheckPending && p.Trace != "" && p.Wake != nil && !p.Wake.After(now) && p.Judged(CheckHeld, 0, now)
}
