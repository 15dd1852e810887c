package parcel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"kuacheng/biz/outbox"
	"kuacheng/model"
)

// moved is the handler of a changed state: ref state. Each matter in the parcel gets the event that the state means
// (the same state always means the same). A state that has passed means nothing any more: the event of the one
// that followed is under way. One matter that fails keeps none of the others waiting.
func (s *Service) moved(ctx context.Context, id string, e model.Event) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	if string(p.State) != e.Ref["state"] {
		return nil
	}
	var errs []error
	if effect := p.MatterEvent(); effect.Event != "" && !effect.ByPerson {
		for _, no := range p.Matters {
			errs = append(errs, s.move(ctx, p, no, effect.Event, e.ID))
		}
	}
	return errors.Join(append(errs, s.tellOwners(ctx, p, e))...)
}

// claimRetry is how long a move waits for its matter to be written.
const claimRetry = 2 * time.Second

func (s *Service) move(ctx context.Context, p *model.Parcel, no, event, cause string) error {
	known, err := s.namedAs(ctx, p, no)
	if err != nil {
		return err
	}
	if _, claimed := p.Claims[no]; known == "" && claimed {
		// News was waiting for the number and is faster than the matter that is just being written.
		return outbox.Later(fmt.Errorf("parcel: %s does not name %s yet", no, p.ID), claimRetry)
	}
	if known == "" {
		return nil
	}
	err = s.Matters.ParcelMoved(ctx, no, Move{
		ParcelID: known, Carrier: string(p.Carrier), Event: event, SignedBy: p.SignedBy, At: p.StateAt, Cause: cause,
	})
	if err != nil {
		return fmt.Errorf("parcel: moving %s by %s: %w", no, p.ID, err)
	}
	return nil
}

// namedAs is the id by which a matter names a parcel: its own, or that of a mistyped number which it replaced when
// a crash kept the matter from hearing of the correction. "" when the matter names neither.
func (s *Service) namedAs(ctx context.Context, p *model.Parcel, no string) (string, error) {
	has, err := s.Matters.Has(ctx, no, p.ID)
	if err != nil || has {
		return p.ID, err
	}
	for _, c := range p.Corrections {
		if c.To != p.ID {
			continue
		}
		wrong, err := s.parcels.Get(ctx, c.From)
		if missing(err) || (err == nil && wrong.ReplacedBy != p.ID) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("parcel: %w", err)
		}
		if has, err := s.Matters.Has(ctx, no, c.From); err != nil || has {
			return c.From, err
		}
	}
	return "", nil
}

// trouble says in words what is wrong with a parcel: a state of at most five characters, as WeChat's field takes,
// and the reason.
func trouble(p *model.Parcel, event model.ParcelEvent) (state, reason string) {
	switch {
	case p.Has(model.FlagContradiction):
		return "记录矛盾", "签收后又有退回记录，正在核实"
	case p.Has(model.FlagSignedAfterReturn):
		return "记录矛盾", "退回途中出现签收记录，正在核实"
	case event == model.EventDamaged:
		return "快件破损", "快件在途中破损，正在核实"
	case event == model.EventRejected:
		return "已被拒收", "快件被拒收，将退回寄件单位"
	case event == model.EventReturning:
		return "退回途中", "快件正在退回寄件单位"
	}
	return "派送未成", "派送未成功，请留意承运公司的再次派送"
}

// stateNotices are what the owner of a result is told of its way (domain.md §5). Ends are the matter's to tell.
var stateNotices = map[model.ParcelState]string{
	model.ParcelOutForDelivery: "parcel_out_for_delivery", model.ParcelAtPickupPoint: "parcel_at_pickup_point",
	model.ParcelProblem: "parcel_problem", model.ParcelReturning: "parcel_problem",
}

// tellOwners tells of the state that a parcel is in, once a state for good.
func (s *Service) tellOwners(ctx context.Context, p *model.Parcel, e model.Event) error {
	key := stateNotices[p.State]
	if key == "" || !concerns(p, key) {
		return nil
	}
	vars := map[string]string{"at": model.NoticeTime(p.StateAt)}
	if key == "parcel_problem" {
		vars["state"], vars["reason"] = trouble(p, model.ParcelEvent(e.Ref["event"]))
	}
	return s.tellApplicants(ctx, p, model.OncePerState(p.ID, string(p.State)), key, p.StateAt, vars)
}

// concerns says whether the owners are told: of results only, and of the last steps only where they lead to their
// own door and not to a hall's.
func concerns(p *model.Parcel, key string) bool {
	steps := key == "parcel_out_for_delivery" || key == "parcel_at_pickup_point"
	return p.Direction == model.ParcelResult && !(steps && p.Consignee.Kind == model.PartyHall)
}

// tellApplicants gives a notice about a parcel to everyone who waits for what is in it.
func (s *Service) tellApplicants(ctx context.Context, p *model.Parcel, event, key string, at time.Time, vars map[string]string) error {
	var errs []error
	told := map[string]bool{}
	for _, no := range p.Matters {
		owners, about, err := s.Matters.Owners(ctx, no)
		if missing(err) {
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("parcel: owners of %s: %w", no, err))
			continue
		}
		for _, who := range owners {
			if told[who] { // two matters of one person in one envelope
				continue
			}
			told[who] = true
			d := model.NoticeDraft{
				Event: event, Recipient: who, To: model.ToApplicant, Key: key, Ref: model.NoticeRef{Kind: "parcel", ID: p.ID}, At: at,
				Vars: s.vars(p, no, about, vars),
			}
			if _, err := s.Notices.Give(ctx, d); err != nil {
				errs = append(errs, fmt.Errorf("parcel: telling %s of %s: %w", key, p.ID, err))
			}
		}
	}
	return errors.Join(errs...)
}

// vars lays what is known of the parcel over what is known of the matter.
func (s *Service) vars(p *model.Parcel, no string, about Subject, more map[string]string) map[string]string {
	v := make(map[string]string, len(about)+len(more)+4)
	for name, value := range about {
		v[name] = value
	}
	delete(v, "reason") // the matter's own
	v["matter_no"], v["waybill"], v["parcel_id"] = no, p.Waybill, p.ID
	if p.State == model.ParcelAtPickupPoint {
		v["place"] = pickupPlace(p)
	}
	for name, value := range more {
		v[name] = value
	}
	return v
}

// pickupPlace is the city of the row that put the parcel there; the carrier's words name people.
func pickupPlace(p *model.Parcel) string {
	place := ""
	for _, step := range p.Steps() {
		if step.Moved && step.State == model.ParcelAtPickupPoint {
			place = model.CityOf(step.Row.Place)
		}
	}
	return place
}

// silent is the handler of a silence: ref rule, state. What has moved on since is silent no more.
func (s *Service) silent(ctx context.Context, id string, e model.Event) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	if !p.Open() || string(p.State) != e.Ref["state"] {
		return nil
	}
	rule := e.Ref["rule"]
	since := p.Silence[rule]
	vars := map[string]string{"at": model.NoticeTime(since)}
	var errs []error
	switch rule {
	case model.SilentNotCollected:
		errs = append(errs, s.tellSender(ctx, p, e.ID, "寄出24小时仍无揽收记录", e.At))
	case model.SilentStalled:
		errs = append(errs, s.remind(ctx, p, e, "parcel_stalled", vars), s.tellStaff(ctx, p, s.sender(p), e.ID, "staff_parcel_stalled", e.At, vars))
	case model.SilentPickup:
		vars["at"] = model.NoticeTime(p.StateAt)
		errs = append(errs, s.remind(ctx, p, e, "parcel_at_pickup_point", vars))
	case model.SilentWaiting:
		key := "parcel_stalled"
		if p.State == model.ParcelAtPickupPoint {
			key = "parcel_at_pickup_point"
		}
		errs = append(errs, s.remind(ctx, p, e, key, vars), s.tellStaff(ctx, p, s.sender(p), e.ID, "staff_parcel_stalled", e.At, vars))
	case model.SilentTenDays:
		what := "已十日没有物流信息，请向承运公司核实是否遗失"
		errs = append(errs, s.tellSender(ctx, p, e.ID, what, e.At), s.raise(ctx, p, what))
		if s.Bureau != nil {
			errs = append(errs, s.tellOrg(ctx, p, s.Bureau(p.Sender.Region), e.ID, what, e.At))
		}
	}
	return errors.Join(errs...)
}

// remind tells the owners of a result of something that its state alone does not say.
func (s *Service) remind(ctx context.Context, p *model.Parcel, e model.Event, key string, vars map[string]string) error {
	if !concerns(p, key) {
		return nil
	}
	return s.tellApplicants(ctx, p, e.ID, key, e.At, vars)
}

// tickets are the words for the reasons of tickets.
var tickets = map[string]string{
	model.FlagDamaged: "在途中破损", model.FlagLost: "据报遗失", model.FlagContradiction: "签收后又有退回记录",
	model.FlagSignedAfterReturn: "退回途中出现签收记录",
}

// ticket is the handler of something that people must settle: ref reason.
func (s *Service) ticket(ctx context.Context, id string, e model.Event) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	what := cmp.Or(e.Ref["what"], tickets[e.Ref["reason"]], "有异常记录")
	if err := s.tellSender(ctx, p, e.ID, what, e.At); err != nil {
		return err
	}
	if e.Ref["reason"] == model.FlagLost && p.Direction == model.ParcelMaterials {
		return nil // the matter opens the ticket of papers that are lost
	}
	return s.raise(ctx, p, what)
}

// unsubscribed is the handler of a subscription that will not come about by itself: ref reason.
func (s *Service) unsubscribed(ctx context.Context, id string, e model.Event) error {
	p, err := s.parcels.Get(ctx, id)
	if missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("parcel: %w", err)
	}
	if !p.Open() || p.Subscription.State == model.SubscriptionActive {
		return nil
	}
	what := "订阅不到物流信息，请核对快递公司和运单号"
	switch {
	case e.Ref["reason"] == "no_answer":
		what = "多次订阅物流信息没有应答，请留意承运公司的查询结果"
	case model.WantsPhone(p.Company) && p.PhoneTail == "":
		what = "订阅不到物流信息：该公司须凭面单电话后四位查询，请补登记电话"
	}
	if err := s.tellSender(ctx, p, e.ID, what, e.At); err != nil || e.Ref["reason"] == "refused" {
		return err // a number that the carrier does not know is corrected at the desk
	}
	return s.raise(ctx, p, what)
}

// tellMismatch tells a clerk, once a parcel, that its news comes under another company.
func (s *Service) tellMismatch(ctx context.Context, p *model.Parcel, at time.Time) error {
	return s.tellSender(ctx, p, model.OncePerState(p.ID, model.FlagCarrierMismatch), "由另一家快递公司承运，请核对登记的快递公司", at)
}

// sender is the organisation that owes a parcel: who sent it.
func (s *Service) sender(p *model.Parcel) string {
	switch {
	case p.Sender.Kind == model.PartyOrg:
		return p.Sender.ID
	case p.Consignee.Kind == model.PartyOrg:
		return p.Consignee.ID
	}
	return ""
}

func (s *Service) tellSender(ctx context.Context, p *model.Parcel, event, what string, at time.Time) error {
	return s.tellOrg(ctx, p, s.sender(p), event, what, at)
}

func (s *Service) tellOrg(ctx context.Context, p *model.Parcel, org, event, what string, at time.Time) error {
	return s.tellStaff(ctx, p, org, event, "staff_parcel_problem", at, map[string]string{"what": what})
}

// tellStaff puts a notice into the inbox of an organisation.
func (s *Service) tellStaff(ctx context.Context, p *model.Parcel, org, event, key string, at time.Time, vars map[string]string) error {
	if org == "" || p.Abandoned() {
		return nil
	}
	d := model.NoticeDraft{
		Event: event, Recipient: org, To: model.ToStaff, Key: key, Ref: model.NoticeRef{Kind: "parcel", ID: p.ID}, At: at,
		Vars: s.vars(p, strings.Join(p.Matters, "、"), nil, vars),
	}
	if _, err := s.Notices.Give(ctx, d); err != nil {
		return fmt.Errorf("parcel: telling %s of %s: %w", key, p.ID, err)
	}
	return nil
}
