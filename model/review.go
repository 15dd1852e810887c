package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// Terms of the 好差评 in calendar days after the END (domain reference §8; assumed there).
const (
	reviewDays        = 30 // open for
	reviewAgainDays   = 7  // asked once more after
	reviewDefaultDays = 15 // silence is recorded after
	reRateDays        = 15 // one second rating within, from the answer
	defaultStars      = 3
)

// StarsName is a level in the words of 国办发〔2019〕51号.
func StarsName(stars int) string {
	if stars < 1 || stars > 5 {
		return ""
	}
	return []string{"非常不满意", "不满意", "基本满意", "满意", "非常满意"}[stars-1]
}

// ReviewTags are what a rating can point at, and whose it is.
var ReviewTags = map[string]ReviewObject{
	"window_attitude": ObjectR, "window_wait": ObjectR, "form_check": ObjectR,
	"slow": ObjectH, "supplement_unclear": ObjectH, "decision_unclear": ObjectH,
	"parcel": ObjectCarrier, "app": ObjectPlatform, "kiosk": ObjectPlatform,
}

// ReviewObject is who a rating is about.
type ReviewObject string

const (
	ObjectR        ReviewObject = "R"
	ObjectH        ReviewObject = "H"
	ObjectCarrier  ReviewObject = "carrier"
	ObjectPlatform ReviewObject = "platform"
)

// Rating is one act of rating.
type Rating struct {
	Stars   int       `json:"stars"`
	Tags    []string  `json:"tags,omitempty"`
	Comment Sealed    `json:"comment,omitempty"` // as written
	Text    string    `json:"text,omitempty"`    // scrubbed, for those who may read it
	At      time.Time `json:"at"`
	By      string    `json:"by"` // applicant id; the rated never learn it
}

// Bad reports a 差评.
func (r Rating) Bad() bool { return r.Stars <= 2 }

// Outcomes of a bad review's answer.
const (
	ReviewRectified = "rectified"
	ReviewExplained = "explained" // the wish has no legal basis
	ReviewMistaken  = "mistaken"  // verified by the bureau: not counted
	ReviewMalicious = "malicious" // the same
)

// Review is the 好差评 of one matter; its id is the matter number, so there is one for each.
type Review struct {
	Head `json:",inline"`

	From      string `json:"from"`
	To        string `json:"to"`
	ROrg      string `json:"r_org"`
	HOrg      string `json:"h_org"`
	Hall      string `json:"hall,omitempty"`
	Item      string `json:"item"`
	Mode      Mode   `json:"mode"`
	Applicant string `json:"applicant"`

	Rating    Rating         `json:"rating"`
	Defaulted bool           `json:"defaulted,omitempty"` // silence: shown apart, never in any rate
	Objects   []ReviewObject `json:"objects,omitempty"`   // whom a bad review is about
	Excluded  bool           `json:"excluded,omitempty"`  // mistaken or malicious

	// Check is what became of the comment's check; nil when there is no comment.
	Check *ContentCheck `json:"check,omitempty"`

	Outcome    string     `json:"outcome,omitempty"`
	Answer     string     `json:"answer,omitempty"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	Second     *Rating    `json:"second,omitempty"` // counts for 整改满意率 only
}

// States of a content check.
const (
	CheckPending = "pending"
	CheckPassed  = "passed"
	CheckHeld    = "held"  // for a person to look at: doubtful, or it could not be checked
	CheckRisky   = "risky" // never shown to others
)

// ContentCheck is a verdict on words that others may read.
type ContentCheck struct {
	State string    `json:"state"`
	Label int       `json:"label,omitempty"` // WeChat's
	At    time.Time `json:"at"`
}

// KindReviewCheck is the outbox event of a comment that is to be checked.
const KindReviewCheck = "review_check"

// Checked writes down a verdict, once: false when there is nothing (left) to judge.
func (r *Review) Checked(state string, label int, now time.Time) bool {
	if r.Check == nil || r.Check.State != CheckPending {
		return false
	}
	r.Check = &ContentCheck{State: state, Label: label, At: moment(now)}
	return true
}

// PublicText is the comment as anybody may read it: scrubbed, and only once it has passed.
func (r *Review) PublicText() string {
	if r.Check == nil || r.Check.State != CheckPassed {
		return ""
	}
	return r.Rating.Text
}

// KindReviewAnswered is the outbox event of an answer to a bad review; ref: org.
const KindReviewAnswered = "review_answered"

// KindReviewGiven is the outbox event of an active rating; ref: stars, bad.
const KindReviewGiven = "review_given"

// reviewable: states in which a rating may be given, withdrawn and lapsed only after R or H touched it.
func (m *Matter) reviewable() bool {
	switch m.State {
	case MatterDelivered, MatterClosed, MatterRefused, MatterTerminated:
		return true
	case MatterWithdrawn, MatterLapsed:
		return slices.ContainsFunc(m.Trail, func(e TrailEntry) bool {
			return e.Side == SideR || e.Side == SideH || e.Side == SidePeer
		})
	}
	return false
}

// Reviewable refuses a rating that may not be given: by anyone but the applicant or agent, before the end,
// or more than 30 days after it.
func (m *Matter) Reviewable(a Actor, now time.Time) error {
	if a.Door != DoorCitizen || m.RoleOf(a.ID) == "" {
		return fault.New("forbidden")
	}
	if !m.reviewable() {
		return fault.New("not_reviewable").With("state", string(m.State))
	}
	if m.Times.Ended != nil && over(*m.Times.Ended, reviewDays, now) {
		return fault.New("not_reviewable").Say("评价期已过").With("until", string(DateOf(*m.Times.Ended).Add(reviewDays)))
	}
	return nil
}

// NewReview is the empty record of a matter, for Rate or Default to fill.
func NewReview(m *Matter) *Review {
	return &Review{
		Head: Head{ID: m.ID}, From: m.From, To: m.To, ROrg: m.ROrg, HOrg: m.HOrg, Hall: m.Hall, Item: m.Item.Code,
		Mode: m.Mode, Applicant: m.Applicant,
	}
}

// Rate takes the applicant's rating, once for a matter; a record made by silence gives way to it. Whether a
// rating may be given (Reviewable) and was (already_reviewed) comes before its content.
func (r *Review) Rate(m *Matter, a Actor, in Rating) error {
	if err := m.Reviewable(a, in.At); err != nil {
		return err
	}
	if r.Rating.Stars > 0 && !r.Defaulted {
		return fault.New("already_reviewed")
	}
	if err := in.check(); err != nil {
		return err
	}
	in.By = a.ID
	r.Rating, r.Defaulted, r.Objects = in, false, nil
	bad := "false"
	if in.Bad() {
		bad, r.Objects = "true", objectsOf(in.Tags)
	}
	r.Emit(KindReviewGiven, in.At, map[string]string{"bad": bad})
	if r.Check = nil; in.Text != "" {
		r.Check = &ContentCheck{State: CheckPending, At: in.At}
		r.Emit(KindReviewCheck, in.At, nil)
	}
	return nil
}

func (in Rating) check() error {
	if in.Stars < 1 || in.Stars > 5 {
		return fault.New("validation_failed").Field("stars").Say("请选择一至五星")
	}
	seen := map[string]bool{}
	for _, t := range in.Tags {
		if _, ok := ReviewTags[t]; !ok || seen[t] {
			return fault.New("validation_failed").Field("tags")
		}
		seen[t] = true
	}
	return nil
}

// objectsOf: whom a bad review is about, H where it does not say.
func objectsOf(tags []string) []ReviewObject {
	var out []ReviewObject
	for _, t := range tags {
		if o := ReviewTags[t]; !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return []ReviewObject{ObjectH}
	}
	return out
}

// Reown gives the review to another account of the same person; false when it was not the old one's.
func (r *Review) Reown(from, to string) bool {
	moved := false
	for _, whose := range []*string{&r.Applicant, &r.Rating.By} {
		if *whose == from {
			*whose, moved = to, true
		}
	}
	if r.Second != nil && r.Second.By == from {
		second := *r.Second
		second.By = to
		r.Second, moved = &second, true
	}
	return moved
}

// Default records silence after 15 days; one that exists is left alone.
func (r *Review) Default(m *Matter, now time.Time) error {
	if r.Rating.Stars > 0 {
		return ErrAlreadyApplied
	}
	if m.Times.Ended == nil || !m.reviewable() || !over(*m.Times.Ended, reviewDefaultDays, now) {
		return fault.New("not_reviewable")
	}
	r.Rating, r.Defaulted = Rating{Stars: defaultStars, At: now}, true
	return nil
}

// AnswerWith records what became of a bad review. Only the bureau finds a review mistaken or malicious, and
// then it does not count.
func (r *Review) AnswerWith(a Actor, outcome, answer string, now time.Time) error {
	bureau := a.Role == RoleSupervisor
	switch {
	case !slices.Contains([]string{ReviewRectified, ReviewExplained, ReviewMistaken, ReviewMalicious}, outcome):
		return fault.New("validation_failed").Field("outcome")
	case answer == "":
		return fault.New("reason_required").Field("answer")
	case (outcome == ReviewMistaken || outcome == ReviewMalicious) && !bureau:
		return fault.New("forbidden")
	}
	r.Outcome, r.Answer, r.AnsweredAt = outcome, answer, &now
	r.Excluded = outcome == ReviewMistaken || outcome == ReviewMalicious
	r.Emit(KindReviewAnswered, now, map[string]string{"org": a.Org})
	return nil
}

// RateAgain takes the one second rating that the applicant may give after the answer.
func (r *Review) RateAgain(a Actor, in Rating) error {
	switch {
	case a.Door != DoorCitizen || a.ID != r.Applicant && a.ID != r.Rating.By:
		return fault.New("forbidden")
	case r.AnsweredAt == nil || over(*r.AnsweredAt, reRateDays, in.At):
		return fault.New("not_reviewable")
	case r.Second != nil:
		return fault.New("already_reviewed")
	}
	if err := in.check(); err != nil {
		return err
	}
	in.By = a.ID
	r.Second = &in
	return nil
}

// Counts reports whether the rating enters 满意率 and 差评率.
func (r *Review) Counts() bool { return r.Rating.Stars > 0 && !r.Defaulted && !r.Excluded }
