// Package kiosk is the nouns of self-service machines: the machine, a person's sign-in at it, and the certificates that it prints.
package kiosk

import (
	"fmt"
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Kinds of machines.
const (
	KindKiosk = "kiosk"         // 政务服务一体机
	KindBank  = "bank_terminal" // 金融终端
)

// States of a machine's paper.
const (
	PaperOK  = "ok"
	PaperLow = "low"
	PaperOut = "out"
)

// Window is how far a session's timestamp may be from the real time.
const Window = 300 * time.Second

// quietFor is after how long without a word a machine needs a look.
const quietFor = 15 * time.Minute

// Device is one machine. Its key is shared with it once, when it is registered.
type Device struct {
	model.Head `json:",inline"`
	Kind       string       `json:"kind"`
	Region     string       `json:"region"`
	Place      string       `json:"place"`
	Org        string       `json:"org"` // that runs it and is told of its troubles
	Key        model.Sealed `json:"key"` // hex
	Active     bool         `json:"active"`
	Epoch      int          `json:"epoch"` // raised to cut every session at once
	Registered time.Time    `json:"registered"`
	Seen       time.Time    `json:"seen,omitzero"`
	Paper      string       `json:"paper,omitempty"`
	Trouble    string       `json:"trouble,omitempty"` // what people were told of: paper or silent
	Nonces     []Nonce      `json:"nonces,omitempty"`  // of the window, so that no session is begun twice with one signature
}

// Nonce is one that a session was begun with.
type Nonce struct {
	Value string    `json:"value"`
	At    time.Time `json:"at"`
}

// KindTrouble is the outbox event of a machine that needs a look; ref: what.
const KindTrouble = "device_trouble"

// Begin admits a session whose signature is right.
func (d *Device) Begin(nonce string, now time.Time) error {
	if !d.Active {
		return fault.New("device_disabled")
	}
	d.Nonces = slices.DeleteFunc(d.Nonces, func(n Nonce) bool { return now.Sub(n.At) > 2*Window })
	if slices.ContainsFunc(d.Nonces, func(n Nonce) bool { return n.Value == nonce }) {
		return fault.New("nonce_replayed")
	}
	d.Nonces = append(d.Nonces, Nonce{nonce, now.UTC().Truncate(time.Millisecond)})
	d.Heard(d.Paper, now)
	return nil
}

// Heard notes a word from the machine, and what it says of its paper. Trouble is told once, until it is over.
func (d *Device) Heard(paper string, now time.Time) {
	d.Seen = now.UTC().Truncate(time.Millisecond)
	if paper != "" {
		d.Paper = paper
	}
	switch {
	case d.Paper == PaperOut && d.Trouble != "paper":
		d.trouble("paper", now)
	case d.Paper != PaperOut:
		d.Trouble = ""
	}
	d.WakeAt(d.Seen.Add(quietFor))
}

func (d *Device) trouble(what string, now time.Time) {
	d.Trouble = what
	d.Emit(KindTrouble, now, map[string]string{"what": what})
}

// Quiet notes that a machine in use has not been heard of; false when there is nothing to note.
func (d *Device) Quiet(now time.Time) bool {
	if d.Wake == nil || d.Wake.After(now) {
		return false
	}
	d.WakeAt(time.Time{})
	if d.Active && d.Trouble == "" {
		d.trouble("silent", now)
	}
	return true
}

// Disable cuts the machine off at once; Enable lets it begin anew.
func (d *Device) Disable() {
	if d.Active {
		d.Active = false
		d.Epoch++
	}
	d.WakeAt(time.Time{})
}

// Terms of a sign-in.
const (
	codeLife = 2 * time.Minute  // of the QR code
	IdleFor  = 2 * time.Minute  // domain §13: a person who has walked away
	MostOf   = 15 * time.Minute // of one sign-in
)

// LoginState is where a sign-in is.
type LoginState string

// A code waits for a phone; the machine takes a confirmation once.
const (
	LoginWaiting   LoginState = "waiting"
	LoginConfirmed LoginState = "confirmed"
	LoginRefused   LoginState = "refused"
	LoginUsed      LoginState = "used"
	LoginEnded     LoginState = "ended"
)

// KindSignedIn is the outbox event of a person who has signed in at a machine.
const KindSignedIn = "kiosk_signed_in"

// Login is one sign-in at one machine by scanning its code with the phone.
type Login struct {
	model.Head `json:",inline"`
	Device     string     `json:"device"`
	Place      string     `json:"place"`
	State      LoginState `json:"state"`
	Person     string     `json:"person,omitempty"` // applicant id
	Made       time.Time  `json:"made"`
	Expires    time.Time  `json:"expires"`
	Used       time.Time  `json:"used,omitzero"` // when the person last touched the machine
}

// NewLogin is a code that has just been drawn.
func NewLogin(id string, d *Device, now time.Time) *Login {
	now = now.UTC().Truncate(time.Millisecond)
	l := &Login{Head: model.Head{ID: id}, Device: d.ID, Place: d.Place, State: LoginWaiting, Made: now, Expires: now.Add(codeLife)}
	l.WakeAt(now.Add(24 * time.Hour)) // forgotten
	return l
}

// Answer is the person's yes or no, once.
func (l *Login) Answer(person string, yes bool, now time.Time) error {
	switch {
	case l.State == LoginConfirmed && yes && l.Person == person:
		return nil // a second tap
	case l.State != LoginWaiting:
		return fault.New("qr_revoked").Say("该登录码已使用，请在终端上重新获取")
	case !now.Before(l.Expires):
		return fault.New("qr_expired").Say("登录码已过期，请在终端上重新获取")
	}
	l.State = LoginRefused
	if yes {
		l.State, l.Person = LoginConfirmed, person
	}
	return nil
}

// Take lets the machine that drew the code act for the person, once.
func (l *Login) Take(device string, now time.Time) error {
	switch {
	case l.Device != device:
		return fault.New("not_found")
	case l.State != LoginConfirmed || now.Sub(l.Expires) > codeLife:
		return fault.New("transition_not_allowed").With("state", string(l.State))
	}
	l.State, l.Used = LoginUsed, now.UTC().Truncate(time.Millisecond)
	l.Emit(KindSignedIn, l.Used, nil)
	return nil
}

// End signs the person off; false when they are. A confirmation that the machine has not taken yet goes with it.
func (l *Login) End() bool {
	if l.State == LoginEnded {
		return false
	}
	l.State = LoginEnded
	return true
}

// Alive reports whether the person is still at the machine.
func (l *Login) Alive(now time.Time) bool {
	return l.State == LoginUsed && now.Sub(l.Used) < IdleFor && now.Sub(l.Made) < MostOf
}

// Certificate is a paper that a machine printed: what was certified, to whom only as a digest.
type Certificate struct {
	model.Head `json:",inline"` // ID is the certificate's number
	Matter     string           `json:"matter"`
	Applicant  string           `json:"applicant"`
	Item       string           `json:"item"`
	ItemName   string           `json:"item_name"`
	Situation  string           `json:"situation"`
	Name       string           `json:"name"` // 个人参保证明
	Org        string           `json:"org"`  // in whose name
	Region     string           `json:"region"`
	Device     string           `json:"device"`
	Serial     string           `json:"serial"` // of the register's answer
	Holder     string           `json:"holder"` // blind index of name and number: proves a match, tells nothing
	File       model.MatterFile `json:"file"`
	Receipt    model.MatterFile `json:"receipt"`
	Issued     time.Time        `json:"issued"`
	Until      model.Date       `json:"until,omitempty"` // absent: it does not run out
	Prints     int              `json:"prints"`
	Revoked    *Revocation      `json:"revoked,omitempty"`
	NewerNo    string           `json:"newer_no,omitempty"` // of the one that took its place
}

// Revocation is why a certificate is void.
type Revocation struct {
	At  time.Time `json:"at"`
	By  string    `json:"by"`
	Why string    `json:"why"`
}

// States of a certificate.
const (
	CertificateValid      = "valid"
	CertificateExpired    = "expired"
	CertificateRevoked    = "revoked"
	CertificateSuperseded = "superseded"
)

// State is what a verifier is told.
func (c *Certificate) State(today model.Date) string {
	switch {
	case c.Revoked != nil:
		return CertificateRevoked
	case c.NewerNo != "":
		return CertificateSuperseded
	case c.Until != "" && today > c.Until:
		return CertificateExpired
	}
	return CertificateValid
}

// StateName is the state in Chinese.
func StateName(state string) string {
	return map[string]string{CertificateValid: "有效", CertificateExpired: "已过有效期", CertificateRevoked: "已作废", CertificateSuperseded: "已被新证明替代"}[state]
}

// Revoke voids a certificate; only the organisation in whose name it was made may.
func (c *Certificate) Revoke(by model.Actor, why string, now time.Time) error {
	switch {
	case by.Org != c.Org:
		return fault.New("wrong_organisation").With("organisation", c.Org)
	case why == "":
		return fault.New("reason_required").Field("reason")
	case c.Revoked == nil:
		c.Revoked = &Revocation{At: now.UTC().Truncate(time.Millisecond), By: by.ID, Why: why}
	}
	return nil
}

// Number is a certificate's number: "ZM" and sixteen digits, the first eight of them the date.
func Number(on model.Date, draw uint64) string {
	t := on.Start().In(model.Beijing)
	return fmt.Sprintf("ZM%s%08d", t.Format("20060102"), draw%100_000_000)
}
