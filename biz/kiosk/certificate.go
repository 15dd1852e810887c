package kiosk

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"kuacheng/biz/letter"
	"kuacheng/biz/matter"
	"kuacheng/biz/once"
	"kuacheng/biz/store"
	"kuacheng/biz/token"
	"kuacheng/model"
	"kuacheng/model/fault"
	"kuacheng/model/kiosk"
)

// ofKind is what makes two certificates of a person the same paper.
func ofKind(applicant, item, situation string) string {
	return applicant + " " + item + " " + situation
}

// Wanted is the certificate that somebody asks a machine for.
type Wanted struct{ Item, Situation, Handling string }

// Certify makes a certificate on the spot: an instant matter that is decided, printed and closed, and the paper. On the same day the same
// one is printed again, and no second matter made.
func (s *Service) Certify(ctx context.Context, who model.Actor, device string, w Wanted) (*kiosk.Certificate, error) {
	d, err := s.device(ctx, device)
	if err != nil {
		return nil, err
	}
	item, ok := s.Catalogue.Item(w.Item)
	if !ok || !item.Instant() || !item.Offers(model.ModeKiosk) {
		return nil, fault.New("item_not_offered").Field("item_code").Say("该事项不能在自助终端即时出证")
	}
	w.Handling = cmp.Or(w.Handling, s.Catalogue.Rollout().Home())
	now := s.Clock.Now()
	today := model.DateOf(now)
	key := strings.Join([]string{"certificate", who.ID, w.Item, w.Situation, string(today)}, " ")
	no := kiosk.Number(today, drawOf(s.Keeper.Blind("certificate", key)))
	there, err := s.certificates.Get(ctx, no)
	if err == nil && there.Applicant == who.ID && there.Item == w.Item && there.Situation == w.Situation {
		return s.again(ctx, there, today)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("kiosk: reading certificate: %w", err)
	}
	m, err := s.begin(ctx, who, d, w, onTheSpot(item), once.New(s.Keeper, key, w.Handling))
	if err != nil {
		return nil, err
	}
	c, err := s.draw(ctx, d, m, no, now)
	if err != nil {
		return nil, err
	}
	if err := s.issue(ctx, who, m, c); err != nil {
		return nil, err
	}
	if err := s.certificates.Insert(ctx, c); err != nil {
		if !errors.Is(err, store.ErrDuplicate) {
			return nil, fmt.Errorf("kiosk: keeping a certificate: %w", err)
		}
		return s.certificates.Get(ctx, no) // the other tap was quicker
	}
	return c, s.supersede(ctx, c)
}

// drawOf makes a number of a digest.
func drawOf(digest string) uint64 {
	sum := sm3.Sum([]byte(digest))
	return binary.BigEndian.Uint64(sum[:8])
}

// again counts a further print. One that was revoked today is not printed again.
func (s *Service) again(ctx context.Context, c *kiosk.Certificate, today model.Date) (*kiosk.Certificate, error) {
	if state := c.State(today); state != kiosk.CertificateValid {
		return nil, fault.New("certificate_not_valid").With("state", state).Say("今日的证明" + kiosk.StateName(state) + "，请咨询" + s.org(c.Org))
	}
	c, err := s.certificates.Update(ctx, c.ID, func(c *kiosk.Certificate) error {
		c.Prints++
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, s.supersede(ctx, c) // a crash may have come between the first print and this
}

// onTheSpot is the way of delivery that a machine's print is: taken along where the item says so, else electronic.
func onTheSpot(it *model.Item) model.DeliveryMethod {
	if slices.Contains(it.Deliveries, model.DeliverPickup) {
		return model.DeliverPickup
	}
	return model.DeliverElectronic
}

// begin starts the instant matter, the same one however often the request is made.
func (s *Service) begin(ctx context.Context, who model.Actor, d *kiosk.Device, w Wanted, by model.DeliveryMethod, request once.Request) (*model.Matter, error) {
	m, answer, err := s.Matters.Begin(ctx, who, matter.Start{
		Item: w.Item, Situation: w.Situation, Mode: model.ModeKiosk, From: d.Region, To: w.Handling, Method: by,
	}, request, func(m *model.Matter) ([]byte, error) { return []byte(m.ID), nil })
	if err != nil || m != nil {
		return m, err
	}
	return s.Matters.Peek(ctx, string(answer))
}

// draw asks the register, and draws the paper in both sizes.
func (s *Service) draw(ctx context.Context, d *kiosk.Device, m *model.Matter, no string, now time.Time) (*kiosk.Certificate, error) {
	if s.Registers == nil {
		return nil, fault.New("licence_unavailable").Say("登记信息暂时查不到，请稍后再试或到窗口办理")
	}
	holder, err := s.Matters.Holder(ctx, m.Applicant)
	if err != nil {
		return nil, err
	}
	if err := s.Matters.Ask(ctx, model.Actor{ID: d.ID, Door: model.DoorKiosk, Role: model.RoleDevice, Region: d.Region}, m.Applicant, m.ID,
		s.org(m.HOrg), "出具"+m.Item.Name, "certificate:"+no); err != nil {
		return nil, err
	}
	fact, err := s.Registers.Check(ctx, holder, m.Item.Code, m.Item.Name)
	if err != nil {
		return nil, err
	}
	if !fact.Found {
		return nil, fault.New("materials_missing").Say("未查到可用于出证的登记信息，请到窗口咨询")
	}
	c := &kiosk.Certificate{
		Head: model.Head{ID: no}, Matter: m.ID, Applicant: m.Applicant, Item: m.Item.Code, ItemName: m.Item.Name, Situation: m.Situation.Code,
		Name: cmp.Or(m.Item.ResultName, m.Item.Name), Org: m.HOrg, Region: m.To, Device: d.ID, Serial: fact.Serial,
		Holder: s.holder(no, holder.Name, holder.IDNumber), Issued: now.UTC().Truncate(time.Millisecond), Until: until(m.Item.Validity, now), Prints: 1,
	}
	paper := letter.Certificate{
		Title: c.Name, Number: no, Holder: holder.Name, IDNumber: model.MaskIDNumber(holder.IDNumber),
		Statement: fmt.Sprintf("经查询%s的登记信息，上列人员“%s”情况属实，特此证明。", s.org(m.HOrg), m.Situation.Name),
		Serial:    fact.Serial, Matter: model.PrettyMatterNo(m.ID), Signed: s.org(m.HOrg), Issued: now, Until: c.Until, Place: d.Place,
		Check: checkCode(c.Holder), Verify: s.VerifyURL(c),
	}
	for _, size := range []struct {
		draw func(letter.Certificate) ([]byte, error)
		to   *model.MatterFile
		name string
	}{{letter.RenderCertificate, &c.File, "a4"}, {letter.RenderSlip, &c.Receipt, "slip"}} {
		content, err := size.draw(paper)
		if err != nil {
			return nil, err
		}
		key := "certificate/" + no + "/" + size.name
		digest, err := s.Files.PutFor(ctx, m.Applicant, key, content)
		if err != nil {
			return nil, err
		}
		*size.to = model.MatterFile{Key: key, Type: "application/pdf", Size: int64(len(content)), SHA256: digest, At: c.Issued}
	}
	return c, nil
}

// issue lets the matter run its short way: decided by rule, printed, closed.
func (s *Service) issue(ctx context.Context, who model.Actor, m *model.Matter, c *kiosk.Certificate) error {
	if m.State == model.MatterDraft {
		_, err := s.Matters.Act(ctx, m.ID, model.Step{Event: model.EvIssue, Actor: who, Now: c.Issued, Facts: model.Facts{
			Proven: true, SourceFound: true, Serial: c.Serial, Result: &c.File,
		}})
		if err != nil {
			return err
		}
	}
	after, err := s.Matters.Peek(ctx, m.ID)
	if err != nil {
		return err
	}
	if after.State == model.MatterDecided {
		c.Serial = after.Decision.Serial // of the attempt that a crash cut short
		device := model.Actor{Door: model.DoorKiosk, Role: model.RoleDevice, ID: c.Device, Region: who.Region}
		_, err = s.Matters.Act(ctx, m.ID, model.Step{Event: model.EvConfirmPrint, Actor: device, Facts: model.Facts{Serial: c.Serial}})
		if err != nil {
			return err
		}
	}
	return s.Matters.Wake(ctx, m.ID) // what is handed over on the spot has nothing left to wait for
}

// supersede marks the same paper of an earlier day: one of the two would soon be wrong.
func (s *Service) supersede(ctx context.Context, c *kiosk.Certificate) error {
	page, err := s.certificates.Find(ctx, store.Query{Index: "kind", Eq: []any{ofKind(c.Applicant, c.Item, c.Situation)}, To: c.Issued, Desc: true, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return err
	}
	_, err = s.certificates.Update(ctx, page.Items[0].ID, func(old *kiosk.Certificate) error {
		if old.NewerNo != "" || old.ID == c.ID {
			return store.ErrUnchanged
		}
		old.NewerNo = c.ID
		return nil
	})
	return err
}

// holder is the digest by which a verifier who has the paper finds its name and number right, and nobody finds anything else.
func (s *Service) holder(no, name, number string) string {
	return s.Keeper.Blind("certificate holder "+no, strings.TrimSpace(name)+"\n"+strings.ToUpper(strings.TrimSpace(number)))
}

// checkCode is the part of the digest that is printed and shown.
func checkCode(holder string) string {
	sum := sm3.Sum([]byte(holder))
	code := strings.ToUpper(fmt.Sprintf("%x", sum[:6]))
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}

// CheckCode is the code that stands on the paper.
func CheckCode(c *kiosk.Certificate) string { return checkCode(c.Holder) }

// until is the last day of a validity like P90D, P6M or P3Y; "" for one that has none. A month that lacks the day ends it with its last
// (民法典 第202条).
func until(validity string, now time.Time) model.Date {
	if len(validity) < 3 || validity[0] != 'P' {
		return ""
	}
	n, err := strconv.Atoi(validity[1 : len(validity)-1])
	if err != nil {
		return ""
	}
	day := now.In(model.Beijing)
	switch validity[len(validity)-1] {
	case 'D':
		return model.DateOf(day.AddDate(0, 0, n))
	case 'M':
		return monthsOn(day, n)
	case 'Y':
		return monthsOn(day, 12*n)
	}
	return ""
}

// monthsOn is the same day so many months on, or the last of that month.
func monthsOn(day time.Time, n int) model.Date {
	to := day.AddDate(0, n, 0)
	if to.Day() != day.Day() {
		to = to.AddDate(0, 0, -to.Day())
	}
	return model.DateOf(to)
}

func (s *Service) org(id string) string {
	if o, ok := s.Catalogue.Orgs().Get(id); ok {
		return o.Name
	}
	return id
}

// verifiable is how long the code on a paper can be scanned.
const verifiable = 20 * 365 * 24 * time.Hour

// VerifyURL is the link in the code on a certificate.
func (s *Service) VerifyURL(c *kiosk.Certificate) string {
	n, _ := strconv.ParseUint(strings.TrimPrefix(c.ID, "ZM"), 10, 64) // sixteen digits
	return s.Public + "/q/" + s.QR.Make(token.QR{Kind: token.QRCertificate, ID: n, Expires: c.Issued.Add(verifiable)})
}

// Verified gives the certificate that a code stands for.
func (s *Service) Verified(ctx context.Context, q token.QR) (*kiosk.Certificate, error) {
	c, err := s.certificates.Get(ctx, fmt.Sprintf("ZM%016d", q.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("qr_invalid")
	}
	if err != nil {
		return nil, fmt.Errorf("kiosk: reading certificate: %w", err)
	}
	return c, nil
}

// Matches reports whether a certificate is of the person whose name and number somebody reads from the paper.
func (s *Service) Matches(c *kiosk.Certificate, name, number string) bool {
	return s.holder(c.ID, name, number) == c.Holder
}

// Mine gives a certificate to the person whose it is.
func (s *Service) Mine(ctx context.Context, who model.Actor, no string) (*kiosk.Certificate, error) {
	c, err := s.certificates.Get(ctx, no)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Applicant != who.ID {
		return nil, fault.New("not_found").Say("未找到该证明")
	}
	if err != nil {
		return nil, fmt.Errorf("kiosk: reading certificate: %w", err)
	}
	return c, nil
}

// Paper gives the PDF of a certificate: A4, or the slip of 58 mm.
func (s *Service) Paper(ctx context.Context, who model.Actor, no string, slip bool) ([]byte, error) {
	c, err := s.Mine(ctx, who, no)
	if err != nil {
		return nil, err
	}
	if state := c.State(model.DateOf(s.Clock.Now())); state == kiosk.CertificateRevoked {
		return nil, fault.New("certificate_not_valid").With("state", state)
	}
	if slip {
		return s.Files.Get(ctx, c.Receipt.Key)
	}
	return s.Files.Get(ctx, c.File.Key)
}

// Revoke voids a certificate.
func (s *Service) Revoke(ctx context.Context, who model.Actor, no, why string) (*kiosk.Certificate, error) {
	c, err := s.certificates.Update(ctx, no, func(c *kiosk.Certificate) error { return c.Revoke(who, model.ScrubNumbers(why), s.Clock.Now()) })
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.New("not_found").Say("未找到该证明")
	}
	return c, err
}

// Receipt draws the slip of a matter that was handed in at a machine.
func (s *Service) Receipt(ctx context.Context, who model.Actor, number string) ([]byte, error) {
	m, err := s.Matters.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	if m.Handed().IsZero() {
		return nil, fault.New("transition_not_allowed").Say("办件尚未提交，没有回执").With("state", string(m.State))
	}
	due := ""
	if at, ok := m.DueAt(s.Catalogue.Calendar); ok {
		due = model.NoticeDate(model.DateOf(at))
	}
	return letter.RenderReceipt(letter.Receipt{
		Title: "办件回执", Lines: [][2]string{
			{"办件编号", model.PrettyMatterNo(m.ID)}, {"事项", m.Item.Name}, {"情形", m.Situation.Name}, {"办理单位", s.org(m.HOrg)},
			{"提交时间", letter.ChineseTime(m.Handed())}, {"状态", m.State.Name()}, {"期限", due},
		}, Link: s.Matters.TrackLink(m), LinkName: "扫码查询办件进度",
	})
}
