package model

import (
	"slices"
	"time"

	"kuacheng/model/fault"
)

// Identity levels of an applicant.
const (
	IdentityNone     = 0 // WeChat only
	IdentityMatched  = 1 // name and number matched
	IdentityInPerson = 2 // face or card read in person
)

// WechatIdentity is one openid: the same person has another in each of our apps.
type WechatIdentity struct {
	AppID  string    `json:"appid"`
	OpenID string    `json:"openid"`
	Since  time.Time `json:"since"`
}

// Consent is what a person agreed to, in which version, and when; a withdrawn one stays on record
// (个人信息保护法 第14、15条).
type Consent struct {
	Kind        string     `json:"kind"` // privacy, face_check, licence_fetch, push, agent
	Version     string     `json:"version"`
	At          time.Time  `json:"at"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
}

// Person is a verified identity: personal data sealed, with masks to show and blind indexes to find by. biz
// fills it; the model never sees what is inside.
type Person struct {
	IDType     IDType `json:"id_type"`
	Name       Sealed `json:"name"`
	NameMask   string `json:"name_mask"`
	IDNumber   Sealed `json:"id_number"`
	IDMask     string `json:"id_mask"`
	IDIndex    string `json:"id_index"` // blind index of (id_type, number)
	Phone      Sealed `json:"phone"`
	PhoneMask  string `json:"phone_mask"`
	PhoneIndex string `json:"phone_index"`
}

// LegalPerson is an organisation that applies. It is kept in full: it stands in a public register.
type LegalPerson struct {
	Name string `json:"name"`
	USCC string `json:"uscc"`
}

// Applicant is who applies, as an account: the document that a login finds by openid or unionid.
type Applicant struct {
	Head          `json:",inline"`
	Identities    []WechatIdentity `json:"identities"`
	UnionID       string           `json:"unionid,omitempty"`
	Kind          string           `json:"kind"` // natural or legal
	IdentityLevel int              `json:"identity_level"`
	Person        Person           `json:"person,omitzero"` // for a legal person: its contact
	Legal         *LegalPerson     `json:"legal,omitempty"`
	VerifiedAt    *time.Time       `json:"verified_at,omitempty"`
	Credits       map[string]int   `json:"credits,omitempty"`    // WeChat: sends left for each template key
	Taps          map[string]Tap   `json:"taps,omitempty"`       // what Credits was counted from
	Subscribed    *Origin          `json:"subscribed,omitempty"` // the last request that counted credits
	Consents      []Consent        `json:"consents,omitempty"`
	NoPush        bool             `json:"no_push,omitempty"` // opted out of 精准推送, for good
	Epoch         int              `json:"epoch,omitempty"`   // raised to cut every session
	Blocked       bool             `json:"blocked,omitempty"`
	MergedInto    string           `json:"merged_into,omitempty"` // the account that this one turned out to be
	Absorbed      []string         `json:"absorbed,omitempty"`    // the accounts that turned out to be this one
	Devices       []string         `json:"devices,omitempty"`     // the kinds that the person has signed in with
	CreatedAt     time.Time        `json:"created_at"`
	SeenAt        time.Time        `json:"seen_at"`
	Erased        *time.Time       `json:"erased,omitempty"` // when its person gave it up
}

// NewApplicant is an account on its first login.
func NewApplicant(id string, w WechatIdentity, unionID string, now time.Time) *Applicant {
	now = moment(now)
	w.Since = now
	return &Applicant{
		Head: Head{ID: id}, Identities: []WechatIdentity{w}, UnionID: unionID, Kind: SubjectNatural, CreatedAt: now, SeenAt: now,
	}
}

// Join adds an openid of the same person (the same unionid in another app); it reports whether it was new.
func (a *Applicant) Join(w WechatIdentity, unionID string, now time.Time) bool {
	if a.UnionID == "" {
		a.UnionID = unionID
	}
	if slices.ContainsFunc(a.Identities, func(x WechatIdentity) bool { return x.AppID == w.AppID && x.OpenID == w.OpenID }) {
		return false
	}
	w.Since = moment(now)
	a.Identities = append(a.Identities, w)
	return true
}

// OpenID is the person's openid in one app.
func (a *Applicant) OpenID(appID string) (string, bool) {
	for i := len(a.Identities) - 1; i >= 0; i-- {
		if a.Identities[i].AppID == appID {
			return a.Identities[i].OpenID, true
		}
	}
	return "", false
}

// Verified reports whether a matter can be started: name and number have been matched.
func (a *Applicant) Verified() bool { return a.IdentityLevel >= IdentityMatched }

// RequireVerified refuses who has not been verified: 409 identity_required.
func (a *Applicant) RequireVerified() error {
	if !a.Verified() {
		return fault.New("identity_required")
	}
	return nil
}

// Verify keeps a matched identity. Whoever is verified already is not renamed here (409 identity_taken): a
// phone number may change, name and number only by evidence at a window. The same identity again is no change.
func (a *Applicant) Verify(p Person, level int, now time.Time) error {
	now = moment(now)
	if a.Verified() && a.Person.IDIndex != p.IDIndex {
		return fault.New("identity_taken")
	}
	if a.Verified() {
		a.Person.Phone, a.Person.PhoneMask, a.Person.PhoneIndex = p.Phone, p.PhoneMask, p.PhoneIndex
		a.IdentityLevel = max(a.IdentityLevel, level)
		return nil
	}
	a.Person, a.IdentityLevel, a.VerifiedAt = p, level, &now
	return nil
}

// Meet notes that a verified person has been compared with their document, by reading card or face; false when there is nothing to note.
func (a *Applicant) Meet() bool {
	if a.IdentityLevel != IdentityMatched {
		return false
	}
	a.IdentityLevel = IdentityInPerson
	return true
}

// KindNewDevice is the outbox event of a sign-in with another kind of device than those before; ref: device.
const KindNewDevice = "new_device"

// Use notes with what kind of device the person signs in; false when it is known. A kind that comes after the first is told to them.
func (a *Applicant) Use(device string, now time.Time) bool {
	if slices.Contains(a.Devices, device) {
		return false
	}
	if len(a.Devices) > 0 {
		a.Emit(KindNewDevice, moment(now), map[string]string{"device": device})
	}
	a.Devices = append(slices.Clip(a.Devices), device)
	return true
}

// Agree records a consent; the same kind and version while it stands is not recorded twice.
func (a *Applicant) Agree(kind, version string, now time.Time) {
	if c, ok := a.Consent(kind); ok && c.Version == version {
		return
	}
	a.Consents = append(a.Consents, Consent{Kind: kind, Version: version, At: moment(now)})
}

// Consent is the latest standing consent of a kind.
func (a *Applicant) Consent(kind string) (Consent, bool) {
	for i := len(a.Consents) - 1; i >= 0; i-- {
		if c := a.Consents[i]; c.Kind == kind && c.WithdrawnAt == nil {
			return c, true
		}
	}
	return Consent{}, false
}

// WithdrawConsent ends every standing consent of a kind.
func (a *Applicant) WithdrawConsent(kind string, now time.Time) {
	now = moment(now)
	for i := range a.Consents {
		if a.Consents[i].Kind == kind && a.Consents[i].WithdrawnAt == nil {
			a.Consents[i].WithdrawnAt = &now
		}
	}
}

// Actor is the applicant as the model sees them at the citizen's door.
func (a *Applicant) Actor() Actor {
	return Actor{Door: DoorCitizen, Role: RoleApplicant, ID: a.ID}
}
