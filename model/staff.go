package model

import "time"

// Staff is the account of a person who works here: a clerk, a reviewer, a supervisor or an administrator. Its
// document id is the user name, so that no two can have the same.
type Staff struct {
	Head         `json:",inline"`
	Name         Sealed    `json:"name"`
	NameMask     string    `json:"name_mask"`
	Role         Role      `json:"role"`
	Org          string    `json:"org"`
	Region       string    `json:"region"` // the organisation's
	Hall         string    `json:"hall,omitempty"`
	Windows      []string  `json:"windows,omitempty"` // of the hall, by number, that a clerk serves; none is any
	Lead         bool      `json:"lead,omitempty"`    // 科室负责人
	Active       bool      `json:"active"`
	Sandbox      bool      `json:"sandbox,omitempty"` // exempt from the password rules; refused outside the sandbox
	Password     string    `json:"password"`          // encoded hash
	OldPasswords []string  `json:"old_passwords,omitempty"`
	PasswordAt   time.Time `json:"password_at"`
	OneTime      bool      `json:"one_time,omitempty"` // the password was set by somebody else: only to set one's own
	Epoch        int       `json:"epoch"`              // raised to cut every session at once
	CreatedAt    time.Time `json:"created_at"`
	LastLoginAt  time.Time `json:"last_login_at,omitzero"`

	Steps     []StaffStep `json:"steps,omitempty"`     // what was done to the account, the latest last
	Handovers []Handover  `json:"handovers,omitempty"` // of the work that its person held, the latest last
}

// StaffStep is one act on an account: when, by whom and why.
type StaffStep struct {
	At   time.Time         `json:"at"`
	By   string            `json:"by"` // an account's id
	Role Role              `json:"role"`
	What string            `json:"what"` // created, moved, password_reset, password_changed, disabled, enabled, handed_over
	Why  string            `json:"why,omitempty"`
	Data map[string]string `json:"data,omitempty"` // what was before and after; no name
}

// Handover is what becomes of the work of a person who leaves a post.
type Handover struct {
	At        time.Time  `json:"at"`
	By        Actor      `json:"by"`
	Why       string     `json:"why"`
	Org       string     `json:"org"` // the post that was left
	Role      Role       `json:"role"`
	Hall      string     `json:"hall,omitempty"`
	Successor string     `json:"successor,omitempty"` // account id; "" gives the work back to all of the organisation
	Matters   int        `json:"matters"`             // held when it was ordered
	Done      *time.Time `json:"done,omitempty"`
}

// staffDoors: which door each role comes in by. One account holds one role (受审分离).
var staffDoors = map[Role]Door{
	RoleClerk: DoorCounter, RoleReviewer: DoorDesk, RoleSupervisor: DoorSupervise, RoleAdmin: DoorSupervise,
}

// Actor is the account as the model sees it.
func (s *Staff) Actor() Actor {
	return Actor{
		Door: staffDoors[s.Role], Role: s.Role, ID: s.ID,
		Org: s.Org, Region: s.Region, Hall: s.Hall, Lead: s.Lead,
	}
}

// Check refuses an account that contradicts its organisation: a clerk works in a hall of a receiving
// organisation, a reviewer in one that decides, and only a reviewer is a lead.
func (s *Staff) Check(org Organisation) error {
	switch {
	case staffDoors[s.Role] == "":
		return badRow("staff %s: role %q", s.ID, s.Role)
	case s.Org != org.ID || s.Region != org.Region:
		return badRow("staff %s: not of organisation %s", s.ID, org.ID)
	case s.Role == RoleClerk && (s.Hall == "" || !org.Does(OrgReceives)):
		return badRow("staff %s: a clerk needs a hall of a receiving organisation", s.ID)
	case s.Role == RoleReviewer && !org.Does(OrgDecides):
		return badRow("staff %s: %s does not decide", s.ID, org.ID)
	case s.Lead && s.Role != RoleReviewer:
		return badRow("staff %s: only a reviewer is a lead", s.ID)
	}
	return nil
}

// SetPassword keeps the last five hashes, so that none of them is taken again, and cuts every session.
func (s *Staff) SetPassword(hash string, now time.Time) {
	const remembered = 5
	if s.Password != "" {
		s.OldPasswords = append([]string{s.Password}, s.OldPasswords...)
		s.OldPasswords = s.OldPasswords[:min(remembered, len(s.OldPasswords))]
		s.Epoch++
	}
	s.Password, s.PasswordAt = hash, now
}

// Disable cuts a leaver off at once.
func (s *Staff) Disable() {
	s.Active = false
	s.Epoch++
}
