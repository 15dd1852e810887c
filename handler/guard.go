// Package handler is the HTTP side: which doors there are, who may come in by each, and the server that they
// stand in. Each door's handlers are a package of their own; no rule of the domain lives in any of them.
package handler

import (
	"context"
	"slices"
	"strings"

	"github.com/cloudwego/hertz/pkg/app"

	"kuacheng/biz/account"
	"kuacheng/biz/kiosk"
	"kuacheng/biz/token"
	"kuacheng/handler/door"
	"kuacheng/handler/web"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// anyone needs no token; a signature or a QR token in the request speaks for itself.
var anyone []model.Role

// doors says who may come in by each door. This table is the only place where that is decided; whose matter it
// is, is the matter's own to say.
var doors = map[string][]model.Role{
	"citizen":      citizens,
	"counter":      {model.RoleClerk},
	"desk":         {model.RoleReviewer},
	"staff":        staff,
	"supervise":    {model.RoleSupervisor, model.RoleAdmin},
	"ledger":       {model.RoleSupervisor, model.RoleAdmin},
	"bureau":       {model.RoleSupervisor, model.RoleAdmin},
	"kiosk":        {model.RoleApplicant},
	"accord":       {model.RoleSupervisor, model.RoleAdmin},
	"plan":         {model.RoleSupervisor, model.RoleAdmin},
	"organisation": {model.RoleSupervisor, model.RoleAdmin},
	"editor":       {model.RoleSupervisor, model.RoleAdmin},
	"policy":       {model.RoleSupervisor, model.RoleAdmin},
	"credit":       {model.RoleSupervisor, model.RoleAdmin},
	"privacy":      {model.RoleApplicant},
	"trust":        {model.RoleSupervisor, model.RoleAdmin},
	"signal":       {model.RoleSupervisor, model.RoleAdmin},
	"callbacks":    anyone,
	"public":       anyone,
	"sandbox":      anyone,
	"operations":   anyone,
	"personnel":    {model.RoleSupervisor, model.RoleAdmin},
}

var (
	staff    = []model.Role{model.RoleClerk, model.RoleReviewer, model.RoleSupervisor, model.RoleAdmin}
	citizens = []model.Role{model.RoleApplicant, model.RoleAgent}
)

// exceptions are the calls of a door that others may make than the door's own people.
var exceptions = map[string][]model.Role{
	"citizen.LoginWechat": anyone,
	"citizen.LoginApp":    anyone,
	"citizen.Refresh":     anyone,
	"citizen.ListRegions": anyone,
	"citizen.GetZone":     anyone,
	"citizen.ListItems":   anyone,
	"citizen.GetItem":     anyone,
	"citizen.ListHalls":   anyone,
	"citizen.ListSlots":   anyone,
	"staff.Login":         anyone,
	"trust.Reseal":        {model.RoleAdmin},
	"kiosk.Begin":         anyone,
	"kiosk.Report":        {model.RoleDevice},
	"kiosk.StartLogin":    {model.RoleDevice},
	"kiosk.GetLogin":      {model.RoleDevice},
	"kiosk.ListItems":     {model.RoleDevice, model.RoleApplicant},

	"accord.ListOwnProposals": staff,
	"accord.Propose":          staff,
	"accord.GetProposal":      staff,
	"accord.DecideProposal":   staff,
	"accord.ConsentProposal":  staff,
	"plan.ListOwnTasks":       staff,
	"plan.ShowOwnTask":        staff,
	"plan.ListOwnFilings":     staff,
	"plan.SubmitOwnFiling":    staff,
	"credit.MyFacts":          citizens,
	"credit.Contest":          citizens,
	"policy.GetPolicy":        citizens,
	"policy.OptOut":           citizens,
	"policy.GetPushConsent":   citizens,
	"policy.AgreeToPush":      citizens,
	"policy.DeclinePush":      citizens,
}

// beforeChange is all that who has come in by a one-time password may do.
var beforeChange = []string{"staff.GetMe", "staff.ChangePassword"}

// Roles are who may make a call ("citizen.Book"); none means that no token is needed.
func Roles(call string) []model.Role {
	if roles, ok := exceptions[call]; ok {
		return roles
	}
	name, _, _ := strings.Cut(call, ".")
	roles, ok := doors[name]
	if !ok {
		panic("handler: no door " + name)
	}
	return roles
}

// Guard lets callers in by their tokens.
type Guard struct {
	Signer   *token.Signer
	Accounts *account.Service
	Kiosks   *kiosk.Service
}

// Let is what the registrars are given: it answers the chain that serves a call.
func (g *Guard) Let(call string, h app.HandlerFunc) []app.HandlerFunc {
	roles := Roles(call)
	if len(roles) == 0 {
		return []app.HandlerFunc{h}
	}
	return []app.HandlerFunc{func(ctx context.Context, c *app.RequestContext) {
		who, err := g.admit(ctx, c, call, roles)
		if err != nil {
			web.Fail(ctx, c, err)
			return
		}
		door.Let(c, who.Actor, who.Session)
		h(ctx, c)
	}}
}

func (g *Guard) admit(ctx context.Context, c *app.RequestContext, call string, roles []model.Role) (token.Holder, error) {
	bearer, ok := strings.CutPrefix(string(c.Request.Header.Peek("Authorization")), "Bearer ")
	if !ok {
		return token.Holder{}, fault.New("unauthenticated")
	}
	holder, err := g.Signer.Verify(bearer)
	if err != nil {
		return token.Holder{}, fault.New("unauthenticated")
	}
	switch holder.Door {
	case model.DoorCitizen:
		err = g.Accounts.CheckCitizen(ctx, holder)
	case model.DoorKiosk:
		err = g.Kiosks.Check(ctx, holder)
	default:
		err = g.Accounts.CheckStaff(ctx, holder)
		if fault.Code(err) == "password_change_required" && slices.Contains(beforeChange, call) {
			err = nil
		}
	}
	if err != nil {
		return token.Holder{}, err
	}
	// What a person may do at a machine that others stand behind is the kiosk's own door, and nothing else is.
	if (holder.Door == model.DoorKiosk) != strings.HasPrefix(call, "kiosk.") {
		return token.Holder{}, fault.New("forbidden")
	}
	if holder.Door == model.DoorCitizen && g.Accounts.Stale(holder.ID) {
		return token.Holder{}, fault.New("unauthenticated") // the refresh token gives one for the account that goes on
	}
	if !slices.Contains(roles, holder.Role) {
		return token.Holder{}, fault.New("forbidden")
	}
	return holder, nil
}
