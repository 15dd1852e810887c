package trust

import (
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Purpose is one thing that people are asked to agree to (个人信息保护法 第十三条至第十七条), with the words they are shown.
type Purpose struct {
	Key     string
	Title   string
	Version string // of the words; agreeing to other words is agreeing to something else
	Text    string
	Needed  bool // the service cannot be given without it; it is a notice taken note of, and cannot be taken back but by erasure
}

// Purposes are all that people are asked for. What the law lays on the city for the matter itself needs no consent.
var Purposes = []Purpose{
	{Key: "privacy", Title: "隐私政策", Version: "2026-11", Needed: true,
		Text: "为办理您申请的事项，我们处理您的姓名、证件号码、联系方式、申请材料；仅用于该事项的收件、审查、决定和送达，依档案规定保存，期满删除。您可以随时查看谁看过您的信息，更正、复制和删除请向办理窗口申请。"},
	{Key: "face_check", Title: "人脸核验", Version: "2026-11",
		Text: "在手机上核验身份时比对人脸，比对后不保存人脸图像。不同意的，可到窗口或一体机出示证件。"},
	{Key: "licence_fetch", Title: "引用电子证照", Version: "2026-11",
		Text: "向证照库查询并引用您本人的电子证照，免交纸质材料，只用于您所办的事项。不同意的，可自行上传材料。"},
	{Key: "push", Title: "政策精准推送", Version: "2026-11",
		Text: "根据您办理过的事项和所在地区，向您推送可能有用的政策和服务。可随时退订，退订立即生效。"},
	{Key: "agent", Title: "委托代办", Version: "2026-11",
		Text: "允许您委托的人查看并办理您委托的事项，范围与期限以委托书为准。"},
}

// PurposeOf finds a purpose.
func PurposeOf(key string) (Purpose, bool) {
	i := slices.IndexFunc(Purposes, func(p Purpose) bool { return p.Key == key })
	if i < 0 {
		return Purpose{}, false
	}
	return Purposes[i], true
}

// ConsentStep is one answer: yes to the words of a version, or no from then on.
type ConsentStep struct {
	Purpose string    `json:"purpose"`
	Version string    `json:"version"`
	Granted bool      `json:"granted"`
	At      time.Time `json:"at"`
	Via     string    `json:"via,omitempty"` // what it was given with, e.g. a matter number; "" for the consents' own page
}

// KindConsent is the outbox event of an answer that others act on; ref: purpose, granted.
const KindConsent = "consent_said"

// Consents is all that one person has answered, in order; its id is the applicant's. Answers are only appended: the record of what
// was agreed to is kept three years at least, longer than the consent itself.
type Consents struct {
	model.Head `json:",inline"`
	Steps      []ConsentStep `json:"steps"`
}

// Standing is the latest answer for a purpose; false for none.
func (c *Consents) Standing(purpose string) (ConsentStep, bool) {
	for i := len(c.Steps) - 1; i >= 0; i-- {
		if c.Steps[i].Purpose == purpose {
			return c.Steps[i], true
		}
	}
	return ConsentStep{}, false
}

// Granted reports whether the person agrees to a purpose now.
func (c *Consents) Granted(purpose string) bool {
	s, ok := c.Standing(purpose)
	return ok && s.Granted
}

// Say appends an answer; false when it is what the person has said before. A yes must be to the words of today (consent_outdated).
func (c *Consents) Say(purpose, version string, granted bool, via string, now time.Time) (bool, error) {
	p, ok := PurposeOf(purpose)
	switch {
	case !ok:
		return false, fault.New("validation_failed").Field("purpose")
	case granted && version != p.Version:
		return false, fault.New("consent_outdated").With("version", p.Version)
	case !granted && p.Needed:
		return false, fault.New("consent_needed")
	}
	last, said := c.Standing(purpose)
	if said && last.Granted == granted && (!granted || last.Version == version) || !said && !granted {
		return false, nil
	}
	if !granted {
		version = last.Version
	}
	c.Steps = append(c.Steps, ConsentStep{Purpose: purpose, Version: version, Granted: granted, At: now.UTC().Truncate(time.Millisecond), Via: via})
	c.Emit(KindConsent, now, map[string]string{"purpose": purpose})
	return true, nil
}

// Absorb takes over what an account that turned out to be the same person had answered, in the order of time; once.
func (c *Consents) Absorb(from *Consents) bool {
	before := len(c.Steps)
	for _, s := range from.Steps {
		if !slices.Contains(c.Steps, s) {
			c.Steps = append(c.Steps, s)
		}
	}
	slices.SortStableFunc(c.Steps, func(a, b ConsentStep) int { return a.At.Compare(b.At) })
	return len(c.Steps) > before
}
