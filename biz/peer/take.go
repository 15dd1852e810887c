package peer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"kuacheng/biz/store"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// outcome is what became of an event.
type outcome struct {
	status  string
	code    string
	message string
}

func said(status string) outcome { return outcome{status: status} }

func refusal(err error) outcome {
	f := fault.From(err)
	return outcome{status: model.PeerRejected, code: f.Code, message: f.Message}
}

// take judges an event and lets it act, or parks it, and remembers the answer.
func (s *Service) take(ctx context.Context, c *City, e *model.PeerEvent) (outcome, error) {
	l, err := s.ledger(ctx, e.MatterNo)
	if err != nil {
		return outcome{}, err
	}
	digest := digestOf(e)
	if l != nil {
		if l.Peer != c.Region {
			return refusal(fault.New("not_found")), nil
		}
		same, other := l.Known(e.ID, digest)
		if same {
			return said(model.PeerDuplicate), nil
		}
		if other {
			return refusal(fault.New("seq_conflict")), s.differ(ctx, e.MatterNo, model.PeerDifference{What: model.DiffersClash, Detail: "seq_conflict"})
		}
	}
	o, role, err := s.attempt(ctx, c, e, l)
	if err != nil {
		return outcome{}, err
	}
	return s.settle(ctx, c, e, role, digest, o)
}

// attempt lets an event act where it can, and says as what the peer spoke; role is empty where it may not speak of
// the matter at all, and then nothing is remembered.
func (s *Service) attempt(ctx context.Context, c *City, e *model.PeerEvent, l *model.PeerLedger) (o outcome, role model.PeerRole, err error) {
	m, err := s.Matters.Peek(ctx, e.MatterNo)
	if fault.Code(err) == "not_found" {
		return s.unknown(ctx, c, e)
	}
	if err != nil {
		return o, "", err
	}
	if !m.PeerSpeaksFor(c.Region) {
		return refusal(fault.New("not_found")), "", nil
	}
	role = model.PeerHandles
	if m.Peer != nil {
		role = m.Peer.Role
	}
	switch {
	case e.From() != role:
		return refusal(fault.New("event_not_yours")), "", nil
	case m.HeardOf(model.PeerCause(c.Region, e.ID)):
		return said(model.PeerDuplicate), role, nil
	case e.Prev > 0 && (l == nil || e.Prev > l.Heard):
		return said(model.PeerParked), role, nil
	}
	o, err = s.act(ctx, c, m, e)
	return o, role, err
}

// unknown takes what is told of a matter that is not here: it is filed, or its files come before it. Anything else
// waits for the filing, or, from a city that handles, cannot be.
func (s *Service) unknown(ctx context.Context, c *City, e *model.PeerEvent) (outcome, model.PeerRole, error) {
	if e.From() != model.PeerReceives || !s.ours(e.MatterNo) {
		return refusal(fault.New("not_found").Say("未找到该办件")), "", nil
	}
	switch e.Type {
	case model.PeerMaterial:
		o, err := s.keepFile(ctx, c, e)
		return o, model.PeerReceives, err
	case model.PeerFiled:
		o, err := s.file(ctx, c, e)
		return o, model.PeerReceives, err
	}
	return said(model.PeerParked), model.PeerReceives, nil
}

// ours reports whether a number is of a matter that this city handles: it names the handling region.
func (s *Service) ours(no string) bool { return len(no) == 21 && model.Within(no[2:8], s.Self) }

// act lets an event happen to a matter.
func (s *Service) act(ctx context.Context, c *City, m *model.Matter, e *model.PeerEvent) (outcome, error) {
	step := m.PeerStep(c.Region, e, s.now())
	var err error
	switch e.Type {
	case model.PeerMaterial:
		return s.keepFile(ctx, c, e)
	case model.PeerFiled:
		return said(model.PeerIgnored), nil // it is here
	case model.PeerResultDocument:
		return s.takeResult(ctx, c, m, e)
	case model.PeerSupplementSupplied, model.PeerMaterialsAdded:
		err = s.supplement(ctx, m, e, step)
	case model.PeerDeliveryChanged:
		var d model.FilingDelivery
		if err = s.unseal(e, &d); err == nil {
			_, err = s.Matters.FollowDelivery(ctx, m, step, d)
		}
	default:
		_, err = s.Matters.Follow(ctx, m, step, e)
	}
	return s.judge(m, step, err)
}

// judge turns the answer of the rules into what the peer is told.
func (s *Service) judge(m *model.Matter, step model.Step, err error) (outcome, error) {
	var f *fault.Error
	switch {
	case err == nil:
		return said(model.PeerApplied), nil
	case errors.Is(err, model.ErrAlreadyApplied):
		return said(model.PeerDuplicate), nil
	case errors.Is(err, errFileMissing):
		return said(model.PeerParked), nil
	case errors.Is(err, errEnvelope):
		return refusal(fault.New("envelope_invalid")), nil
	case !errors.As(err, &f) || fault.Status(f.Code) >= 500:
		return outcome{}, err
	case f.Code == "transition_not_allowed":
		o := said(m.Outlook(step.Event, step.Now))
		if o.status == model.PeerRejected {
			return refusal(err), nil
		}
		return o, nil
	}
	return refusal(err), nil
}

// settle remembers what was answered, so that a repetition gets the same and what waited goes on.
func (s *Service) settle(ctx context.Context, c *City, e *model.PeerEvent, role model.PeerRole, digest string, o outcome) (outcome, error) {
	if role == "" || e.Type == model.PeerMaterial {
		return o, nil
	}
	parked, err := s.sealParked(e)
	if err != nil {
		return o, err
	}
	full := false
	_, err = s.ledgers.Upsert(ctx, e.MatterNo, func() *model.PeerLedger { return model.NewPeerLedger(e.MatterNo, c.Region, role) },
		func(l *model.PeerLedger) error {
			if o.status == model.PeerParked {
				full = !l.Park(parked)
				return nil
			}
			l.Unpark(e.ID)
			if o.status == model.PeerRejected {
				l.Heard = max(l.Heard, e.Seq)
				if o.code == "transition_not_allowed" { // never a silent overwrite, and never a silent refusal (§12)
					l.Differ(model.PeerDifference{What: model.DiffersConflict, Detail: e.Type, Since: s.now()})
				}
				return nil
			}
			l.Answer(e.ID, digest, e.Seq)
			return nil
		})
	if err != nil {
		return o, err
	}
	if full {
		return refusal(fault.New("event_parked_full")), nil
	}
	if o.status == model.PeerApplied {
		return o, s.unpark(ctx, c, e.MatterNo)
	}
	return o, nil
}

func (s *Service) ledger(ctx context.Context, no string) (*model.PeerLedger, error) {
	l, err := s.ledgers.Get(ctx, no)
	if missing(err) {
		return nil, nil
	}
	return l, err
}

// digestOf is what an event says, without its envelope, which is another one each time.
func digestOf(e *model.PeerEvent) string {
	open := *e
	open.Data.Sealed = nil
	raw, err := json.Marshal(open)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

func (s *Service) unseal(e *model.PeerEvent, into any) error {
	raw, err := s.open(e)
	if err != nil {
		return err
	}
	if json.Unmarshal(raw, into) != nil {
		return fault.New("envelope_invalid")
	}
	return nil
}

// keepFile keeps one sealed file until a matter names it.
func (s *Service) keepFile(ctx context.Context, c *City, e *model.PeerEvent) (outcome, error) {
	id := model.PeerFileID(e.MatterNo, e.Data.SHA256)
	if _, err := s.files.Get(ctx, id); !missing(err) {
		return said(model.PeerDuplicate), err
	}
	content, err := s.open(e)
	if err != nil {
		return refusal(fault.New("envelope_invalid")), nil
	}
	f, err := s.Matters.KeepPeerFile(ctx, "matter", e.MatterNo, e.Data.SHA256, content)
	if fault.Code(err) != "internal" && err != nil {
		return refusal(err), nil
	}
	if err != nil {
		return outcome{}, err
	}
	err = s.files.Insert(ctx, model.NewPeerFile(e.MatterNo, *f, s.now()))
	if err != nil && !errors.Is(err, store.ErrDuplicate) {
		return outcome{}, err
	}
	return said(model.PeerApplied), s.unpark(ctx, c, e.MatterNo)
}

var errFileMissing = errors.New("peer: a file that is named has not come")

// filed finds the files that materials name.
func (s *Service) filed(ctx context.Context, no string, materials []model.FilingMaterial) (map[string]*model.MatterFile, error) {
	out := map[string]*model.MatterFile{}
	for _, x := range materials {
		if x.SHA256 == "" {
			continue
		}
		f, err := s.files.Get(ctx, model.PeerFileID(no, x.SHA256))
		if missing(err) {
			return nil, errFileMissing
		}
		if err != nil {
			return nil, err
		}
		file := f.File
		out[x.SHA256] = &file
	}
	return out, nil
}

// file makes the copy of a matter that the peer has received.
func (s *Service) file(ctx context.Context, c *City, e *model.PeerEvent) (outcome, error) {
	m, err := s.filing(ctx, c, e)
	if m == nil {
		m = &model.Matter{}
	}
	return s.judge(m, model.Step{}, err)
}

func (s *Service) filing(ctx context.Context, c *City, e *model.PeerEvent) (*model.Matter, error) {
	var f model.Filing
	if err := s.unseal(e, &f); err != nil {
		return nil, err
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	if !model.Within(f.From, c.Region) || !model.Within(f.To, s.Self) {
		return nil, fault.New("event_not_yours").Field("receiving_region")
	}
	files, err := s.filed(ctx, e.MatterNo, f.Materials)
	if err != nil {
		return nil, err
	}
	applicant, err := s.Accounts.Know(ctx, c.Region, f.Applicant)
	if err != nil {
		return nil, err
	}
	return s.Matters.File(ctx, c.Region, applicant, e, f, files)
}

func (s *Service) supplement(ctx context.Context, m *model.Matter, e *model.PeerEvent, step model.Step) error {
	var x model.Supplement
	if err := s.unseal(e, &x); err != nil {
		return err
	}
	if err := x.Check(); err != nil {
		return err
	}
	files, err := s.filed(ctx, m.ID, x.Materials)
	if err != nil {
		return err
	}
	_, err = s.Matters.FollowSupplement(ctx, m, step, x.Materials, files)
	return err
}

// takeResult keeps a result document; one that comes before the state allows it waits.
func (s *Service) takeResult(ctx context.Context, c *City, m *model.Matter, e *model.PeerEvent) (outcome, error) {
	f, err := s.resultFile(ctx, e)
	if err != nil {
		return s.judge(m, model.Step{}, err)
	}
	fresh, err := s.Matters.TakeResult(ctx, c.Region, m.ID, model.PeerCause(c.Region, e.ID), *f)
	switch {
	case fault.Code(err) == "transition_not_allowed" && !m.State.Ended() && !servedWith(m):
		return said(model.PeerParked), nil
	case fault.Code(err) == "transition_not_allowed":
		return said(model.PeerIgnored), nil
	case err == nil && !fresh:
		return said(model.PeerDuplicate), nil
	}
	return s.judge(m, model.Step{}, err)
}

// resultFile keeps the document itself, once; the event that may have to wait holds its digest only.
func (s *Service) resultFile(ctx context.Context, e *model.PeerEvent) (*model.MatterFile, error) {
	id := model.PeerFileID(e.MatterNo, e.Data.SHA256)
	there, err := s.files.Get(ctx, id)
	if err == nil {
		e.Data.Sealed = nil
		return &there.File, nil
	}
	if !missing(err) {
		return nil, err
	}
	content, err := s.open(e)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(content, []byte("%PDF")) {
		return nil, fault.New("file_type_not_allowed")
	}
	f, err := s.Matters.KeepPeerFile(ctx, "result", e.MatterNo, e.Data.SHA256, content)
	if err != nil {
		return nil, err
	}
	err = s.files.Insert(ctx, model.NewPeerFile(e.MatterNo, *f, s.now()))
	if err != nil && !errors.Is(err, store.ErrDuplicate) {
		return nil, err
	}
	e.Data.Sealed = nil
	return f, nil
}

// servedWith reports whether the result has been served with a document.
func servedWith(m *model.Matter) bool {
	return slices.Contains([]model.MatterState{model.MatterDispatched, model.MatterDelivered}, m.State) && m.Result != nil
}
