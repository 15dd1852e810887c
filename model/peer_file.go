package model

import (
	"slices"
	"strconv"
	"time"

	"kuacheng/model/fault"
)

// Filing is a matter as it is forwarded to the city that handles it. It names people, so it travels in an envelope
// only.
type Filing struct {
	Item      string           `json:"item_code"`
	Version   int              `json:"item_version"`
	Situation string           `json:"situation_code"`
	Mode      Mode             `json:"mode"`
	From      string           `json:"receiving_region"`
	To        string           `json:"handling_region"`
	ROrg      string           `json:"receiving_org"`
	State     MatterState      `json:"state"` // that filing led to: awaiting_acceptance or in_transit
	Opened    time.Time        `json:"opened_at"`
	Carrier   string           `json:"carrier,omitempty"` // in_transit: how the papers travel
	Waybill   string           `json:"waybill,omitempty"`
	Applicant FilingPerson     `json:"applicant"`
	Delivery  FilingDelivery   `json:"delivery"`
	Materials []FilingMaterial `json:"materials"`
}

// FilingPerson is who applies.
type FilingPerson struct {
	Name     string `json:"name"`
	IDType   IDType `json:"id_type"`
	IDNumber string `json:"id_number"`
	Phone    string `json:"phone"`
	Level    int    `json:"identity_level"`
}

// FilingDelivery is how the result is wanted.
type FilingDelivery struct {
	Method  DeliveryMethod `json:"method"`
	Hall    string         `json:"hall,omitempty"`
	Address *FilingAddress `json:"address,omitempty"`
}

// FilingAddress is a postal address in the clear.
type FilingAddress struct {
	Name   string `json:"name"`
	Phone  string `json:"phone"`
	Region string `json:"region"`
	Detail string `json:"detail"`
}

// FilingMaterial is what is there of a material; the file itself travels in an event of its own.
type FilingMaterial struct {
	Code    string        `json:"code"`
	State   MaterialState `json:"state"`
	OnPaper bool          `json:"on_paper,omitempty"`
	Licence *LicenceRef   `json:"licence,omitempty"`
	SHA256  string        `json:"sha256,omitempty"`
}

// Supplement is what travels in the envelope of supplement_supplied and materials_added.
type Supplement struct {
	Materials []FilingMaterial `json:"materials"`
}

// FilingMaterials tells what is there of the materials, of all or of those named.
func (m *Matter) FilingMaterials(codes ...string) []FilingMaterial {
	out := []FilingMaterial{}
	for _, mm := range m.Materials {
		if len(codes) > 0 && !slices.Contains(codes, mm.Code) || mm.State == MaterialMissing {
			continue
		}
		f := FilingMaterial{Code: mm.Code, State: mm.State, OnPaper: mm.OnPaper, Licence: mm.Licence}
		if mm.File != nil {
			f.SHA256 = mm.File.SHA256
		}
		out = append(out, f)
	}
	return out
}

// Check refuses a filing that cannot be one. Regions, item and organisations are the catalogue's to know.
func (f *Filing) Check() error {
	if f.State != MatterAwaitingAcceptance && (f.State != MatterInTransit || f.Mode != ModeWindow) {
		return fault.New("validation_failed").Field("state")
	}
	if !slices.Contains(Modes, f.Mode) {
		return fault.New("validation_failed").Field("mode")
	}
	return checkFiled(f.Materials)
}

// Check refuses a supplement that cannot be one.
func (s *Supplement) Check() error { return checkFiled(s.Materials) }

func checkFiled(materials []FilingMaterial) error {
	if len(materials) > 100 {
		return fault.New("validation_failed").Field("materials")
	}
	for _, x := range materials {
		known := slices.Contains([]MaterialState{MaterialUploaded, MaterialLicence, MaterialVerified, MaterialRejected}, x.State)
		if !known || !codeForm.MatchString(x.Code) || x.SHA256 != "" && !sha256Form.MatchString(x.SHA256) {
			return fault.New("validation_failed").Field("materials")
		}
	}
	return nil
}

// ForwardedMatter is what it takes to make the copy of a matter that another city has received.
type ForwardedMatter struct {
	No, Peer, Cause string
	At, Now         time.Time
	Filing          Filing
	Item            *Item
	ROrg, HOrg      string
	Applicant       string // of the person, as known here
	Delivery        MatterDelivery
	Files           map[string]*MatterFile // by digest
	Parcel          string                 // the parcel's document, where the papers are under way
}

// OpenForwarded makes the copy of a matter that a peer has received and this city handles. Its trail begins with
// the same events, brought by the peer; from here on it lives like any other, except for what only the peer can do.
func OpenForwarded(f ForwardedMatter, env Env) (*Matter, error) {
	situation, err := f.Item.CheckMatter(f.Filing.Situation, f.Filing.Mode, f.Filing.To)
	if err != nil {
		return nil, err
	}
	if f.ROrg == "" || f.HOrg == "" || f.ROrg == f.HOrg {
		return nil, fault.New("separation_of_duties")
	}
	opened := f.Filing.Opened.UTC().Truncate(time.Millisecond)
	if opened.After(f.Now) {
		opened = f.Now
	}
	m := &Matter{
		Head: Head{ID: f.No}, Applicant: f.Applicant, Item: ItemSnapshot(f.Item, situation),
		Situation: MatterSituation{Code: situation.Code, Name: situation.Name}, Mode: f.Filing.Mode, From: f.Filing.From,
		To: f.Filing.To, ROrg: f.ROrg, HOrg: f.HOrg, Peer: &MatterPeer{Region: f.Peer, Role: PeerReceives},
		State: MatterDraft, Materials: materialsOf(situation), Delivery: f.Delivery, Papers: []Place{PapersApplicant},
		Times: MatterTimes{Opened: opened, Changed: opened, Entered: opened}, Light: LightNone,
	}
	a := m.PeerActor(f.Peer)
	m.record(TrailEntry{
		At: opened, By: a.ID, Role: a.Role, Door: a.Door, Region: a.Region, Side: SideFollow, Event: string(EvOpen), To: MatterDraft,
		Data: map[string]string{"item": f.Item.Code, "version": strconv.Itoa(f.Filing.Version), "situation": situation.Code,
			"mode": string(m.Mode), "r_org": f.ROrg, "h_org": f.HOrg},
	})
	if err := m.takeFiled(f.Filing.Materials, f.Files, f.At); err != nil {
		return nil, err
	}
	step := Step{Event: EvSubmit, Actor: a, Now: f.At, Cause: f.Cause, Facts: Facts{Parcel: f.Parcel, Carrier: f.Filing.Carrier, Waybill: f.Filing.Waybill}}
	if m.Mode == ModeWindow {
		received := Step{Event: EvReceive, Actor: a, Now: f.At, Facts: Facts{Identity: IdentityCheck{Method: "peer", Matched: true}}}
		if err := m.Apply(received, env); err != nil {
			return nil, err
		}
		step.Event = EvForwardNetwork
		if f.Filing.State == MatterInTransit {
			step.Event = EvForwardMail
		}
	}
	return m, m.Apply(step, env)
}

// takeFiled puts in place what a peer says is there of the materials.
func (m *Matter) takeFiled(filed []FilingMaterial, files map[string]*MatterFile, at time.Time) error {
	for _, x := range filed {
		mm := m.material(x.Code)
		if mm == nil {
			return fault.New("material_unknown").Field("materials").With("material", x.Code)
		}
		mm.State, mm.OnPaper, mm.Licence = x.State, x.OnPaper, x.Licence
		if x.SHA256 != "" {
			if mm.File = files[x.SHA256]; mm.File == nil {
				return fault.New("materials_missing").With("material", x.Code)
			}
		}
		mm.PutAt = &at
		if mm.Present() {
			m.fillGap(mm.Code)
		}
	}
	return nil
}

// FollowSupplement takes what a receiving peer has handed in, and then lets its event happen.
func (m *Matter) FollowSupplement(s Step, filed []FilingMaterial, files map[string]*MatterFile, env Env) error {
	if m.caused(string(s.Event), s.Cause) {
		return ErrAlreadyApplied
	}
	if !m.Allowed(s.Event, s.Actor) {
		return fault.New("transition_not_allowed").With("state", string(m.State)).With("event", string(s.Event))
	}
	if err := m.takeFiled(filed, files, s.Now); err != nil {
		return err
	}
	if s.Event == EvPutMaterial {
		for _, x := range filed {
			s.Facts.Material, s.Facts.File, s.Facts.Licence = x.Code, files[x.SHA256], x.Licence
		}
		if s.Facts.Material == "" {
			return fault.New("validation_failed").Field("materials")
		}
	}
	return m.Do(s, env)
}

// TakeResult puts in place the result document that a handling peer has sent. It reports whether it was new.
func (m *Matter) TakeResult(peer string, file MatterFile, cause string, now time.Time) (bool, error) {
	if m.HeardOf(cause) || m.Result != nil && m.Result.SHA256 == file.SHA256 {
		return false, nil
	}
	served := m.State == MatterDispatched || m.State == MatterDelivered || m.State == MatterClosed
	if !slices.Contains(resultStates, m.State) && (!served || m.Result != nil) {
		return false, fault.New("transition_not_allowed").With("state", string(m.State)).With("event", NoteResult)
	}
	m.Result = &file
	m.tellPeer(now)
	return true, m.Record(Note{Kind: NoteResult, Actor: m.PeerActor(peer), At: now, Cause: cause, Data: map[string]string{"sha256": file.SHA256}})
}
