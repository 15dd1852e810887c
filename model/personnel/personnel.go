// Package personnel holds what may be done to the accounts of those who work here: who may do it, what is written down of it, and what
// becomes of the work that a person leaves. Pure rules.
package personnel

import (
	"slices"
	"strconv"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// KindHandover is the outbox event of a post that was left; ref n is the number of the hand-over on the account.
const KindHandover = "staff_handover"

// Settle is how long after a post was left its work is looked for once more: what was under way at that moment has long ended.
const Settle = 5 * time.Minute

// What was done, as it stands among an account's steps.
const (
	Created       = "created"
	Moved         = "moved"
	PasswordReset = "password_reset"
	Disabled      = "disabled"
	Enabled       = "enabled"
	HandedOver    = "handed_over"
)

var names = map[string]string{
	Created: "开户", Moved: "调岗", PasswordReset: "重置密码", "password_changed": "本人修改密码", Disabled: "停用", Enabled: "启用", HandedOver: "在办移交完毕",
}

// Name is a step in Chinese.
func Name(what string) string { return names[what] }

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Sees reports whether accounts of a region are a caller's to look at: an administrator's all are, a supervisor's those of their region
// and below.
func Sees(by model.Actor, region string, rs *model.Regions) bool {
	return by.Role == model.RoleAdmin || by.Role == model.RoleSupervisor && rs.Covers(by.Region, region)
}

// Manages reports whether a caller may make and change accounts of a role in a region. A supervisor gives nobody rights like their own:
// clerks and reviewers of their region and below, and supervisors below it.
func Manages(by model.Actor, role model.Role, region string, rs *model.Regions) bool {
	if !Sees(by, region, rs) {
		return false
	}
	switch role {
	case model.RoleClerk, model.RoleReviewer:
		return true
	case model.RoleSupervisor:
		return by.Role == model.RoleAdmin || by.Region != region
	}
	return by.Role == model.RoleAdmin
}

func step(x *model.Staff, by model.Actor, what, why string, data map[string]string, now time.Time) {
	x.Steps = append(x.Steps, model.StaffStep{At: moment(now), By: by.ID, Role: by.Role, What: what, Why: why, Data: data})
}

// Create notes by whom an account was made. Its password is for one use.
func Create(x *model.Staff, by model.Actor, now time.Time) {
	x.OneTime = true
	step(x, by, Created, "", postOf(x.Post()), now)
}

// Reset gives an account a password for one use; every session ends.
func Reset(x *model.Staff, by model.Actor, hash, why string, now time.Time) error {
	switch {
	case !x.Active:
		return disabled("password_reset")
	case why == "":
		return fault.New("reason_required").Field("reason")
	}
	x.SetPassword(hash, moment(now))
	x.OneTime, x.Sandbox, x.Origin = true, false, nil
	step(x, by, PasswordReset, why, nil, now)
	return nil
}

func disabled(event string) error {
	return fault.New("transition_not_allowed").Say("该账号已停用").With("state", "disabled").With("event", event)
}

// Order is who wants a post left, why, and who goes on with the work.
type Order struct {
	By        model.Actor
	Why       string
	Successor string // "" is everybody of the organisation
	Matters   int    // that are held now
	Now       time.Time
}

// Move gives an account another post. The sessions of the old one end; its work stays behind.
func Move(x *model.Staff, p model.Post, org model.Organisation, hall *model.Hall, o Order) error {
	before := x.Post()
	switch {
	case !x.Active:
		return disabled("move")
	case o.Why == "":
		return fault.New("reason_required").Field("reason")
	case same(before, p):
		return fault.New("validation_failed").Field("org").Say("岗位没有变化")
	}
	if err := x.Join(p, org, hall); err != nil {
		return err
	}
	x.Epoch++
	data := postOf(p)
	for k, v := range postOf(before) {
		data["from_"+k] = v
	}
	step(x, o.By, Moved, o.Why, data, o.Now)
	if before.Role != p.Role || before.Org != p.Org || before.Hall != p.Hall {
		leave(x, before, o)
	}
	return nil
}

func same(a, b model.Post) bool {
	return a.Role == b.Role && a.Org == b.Org && a.Hall == b.Hall && a.Lead == b.Lead && slices.Equal(a.Windows, b.Windows)
}

func postOf(p model.Post) map[string]string {
	data := map[string]string{"role": string(p.Role), "org": p.Org}
	if p.Hall != "" {
		data["hall"] = p.Hall
	}
	if p.Lead {
		data["lead"] = "true"
	}
	return data
}

// Disable cuts a leaver off at once; again changes nothing.
func Disable(x *model.Staff, o Order) error {
	switch {
	case !x.Active:
		return model.ErrAlreadyApplied
	case o.Why == "":
		return fault.New("reason_required").Field("reason")
	}
	x.Disable()
	step(x, o.By, Disabled, o.Why, nil, o.Now)
	leave(x, x.Post(), o)
	return nil
}

// leave orders that the work of a post is handed over.
func leave(x *model.Staff, post model.Post, o Order) {
	x.Handovers = append(x.Handovers, model.Handover{
		At: moment(o.Now), By: o.By, Why: o.Why, Org: post.Org, Role: post.Role, Hall: post.Hall, Successor: o.Successor, Matters: o.Matters,
	})
	x.Emit(KindHandover, moment(o.Now), map[string]string{"n": strconv.Itoa(len(x.Handovers))})
	x.WakeAt(moment(o.Now.Add(Settle)))
}

// Enable lets somebody who was cut off in again, by the post and the password that they had; again changes nothing. What was handed over
// is not theirs any more.
func Enable(x *model.Staff, by model.Actor, why string, now time.Time) error {
	switch {
	case x.Active:
		return model.ErrAlreadyApplied
	case why == "":
		return fault.New("reason_required").Field("reason")
	}
	x.Active = true
	step(x, by, Enabled, why, nil, now)
	return nil
}

// Succeeds refuses a successor who cannot go on with the work of a post: one of the same organisation and role who works there now.
func Succeeds(successor *model.Staff, leaver string, post model.Post) error {
	bad := fault.New("validation_failed").Field("successor")
	switch {
	case successor.ID == leaver:
		return bad.Say("不能移交给本人")
	case !successor.Active:
		return bad.Say("接手人的账号已停用")
	case successor.Org != post.Org || successor.Role != post.Role:
		return bad.Say("接手人应为同一单位、同一角色的在岗人员")
	}
	return nil
}

// Holds reports whether a matter may stay in an account's name: its reviewer works in the department that handles it.
func Holds(x *model.Staff, m *model.Matter) bool {
	return x.Active && x.Role == model.RoleReviewer && x.Org == m.HOrg
}

// Serves reports whether an account still calls people in a hall.
func Serves(x *model.Staff, hall string) bool {
	return x.Active && x.Role == model.RoleClerk && x.Hall == hall
}

// Ordered is the latest hand-over in an organisation; where there is none, the work goes back to all by the program itself.
func Ordered(x *model.Staff, org string) model.Handover {
	for _, h := range slices.Backward(x.Handovers) {
		if h.Org == org {
			return h
		}
	}
	return model.Handover{By: model.System, Org: org}
}

// Finish notes that nothing of a hand-over is left; again changes nothing. n counts from 1.
func Finish(x *model.Staff, n int, now time.Time) error {
	if n < 1 || n > len(x.Handovers) || x.Handovers[n-1].Done != nil {
		return model.ErrAlreadyApplied
	}
	at := moment(now)
	x.Handovers = slices.Clone(x.Handovers)
	x.Handovers[n-1].Done = &at
	step(x, model.System, HandedOver, "", map[string]string{"matters": strconv.Itoa(x.Handovers[n-1].Matters), "successor": x.Handovers[n-1].Successor}, now)
	return nil
}
