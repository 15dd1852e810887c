package trust

import (
	"slices"
	"time"

	"kuacheng/model"
	"kuacheng/model/fault"
)

// Terms of a copy (domain reference §13: a one-time link of 24 h).
const (
	exportKept  = 24 * time.Hour // a copy that is ready is wiped after
	exportEvery = 24 * time.Hour // how often a person may ask
	exportLinks = 5              // how many links one copy is given, for downloads that break off
	exportsSeen = 20             // how many past copies are remembered
)

// ExportState is where a copy is.
type ExportState string

// A copy is built, can be taken, and is wiped; one that cannot be built has failed.
const (
	ExportBuilding ExportState = "building"
	ExportReady    ExportState = "ready"
	ExportExpired  ExportState = "expired"
	ExportFailed   ExportState = "failed"
)

var exportStateNames = map[ExportState]string{
	ExportBuilding: "正在准备", ExportReady: "可以下载", ExportExpired: "已过期删除", ExportFailed: "未能生成，请重新申请",
}

// Name is the state in Chinese.
func (s ExportState) Name() string { return exportStateNames[s] }

// Events of a person's copies.
const (
	KindExport      = "data_export"       // build it; ref: export
	KindExportReady = "data_export_ready" // tell the person; ref: export
)

// Export is one copy of all that is held of a person.
type Export struct {
	ID      string      `json:"id"`
	State   ExportState `json:"state"`
	Asked   time.Time   `json:"asked"`
	Run     int         `json:"run,omitempty"` // of the attempt at building it: one that was overtaken is not heard
	Ready   *time.Time  `json:"ready,omitempty"`
	Until   *time.Time  `json:"until,omitempty"`
	Parts   int         `json:"parts,omitempty"`
	Size    int64       `json:"size,omitempty"`
	Link    int         `json:"link,omitempty"` // number of the link that is good now
	Used    bool        `json:"used,omitempty"` // … unless it has been
	Fetched []time.Time `json:"fetched,omitempty"`
}

// Exports are a person's copies, the latest last: there is one at a time. Its id is the applicant's, so that nobody asks for another's.
type Exports struct {
	model.Head `json:",inline"`
	Items      []Export `json:"items"`
}

// Of finds a copy; nil for none.
func (x *Exports) Of(id string) *Export {
	i := slices.IndexFunc(x.Items, func(e Export) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return &x.Items[i]
}

// Last is the latest copy; nil for none.
func (x *Exports) Last() *Export {
	if len(x.Items) == 0 {
		return nil
	}
	return &x.Items[len(x.Items)-1]
}

// Ask begins a copy: export_running while one is built, export_limit within a day of the last one.
func (x *Exports) Ask(id string, now time.Time) error {
	now = now.UTC().Truncate(time.Millisecond)
	if last := x.Last(); last != nil {
		switch next := last.Asked.Add(exportEvery); {
		case last.State == ExportBuilding:
			return fault.New("export_running").With("id", last.ID)
		case last.State == ExportReady && !now.Before(*last.Until): // not wiped yet
			return fault.New("export_running").Say("上一份副本正在清除，请稍后再试").With("id", last.ID)
		case last.State == ExportReady:
			return fault.New("export_limit").With("id", last.ID).After(last.Until.Sub(now))
		case last.State != ExportFailed && now.Before(next):
			return fault.New("export_limit").With("id", last.ID).After(next.Sub(now))
		}
	}
	x.Items = append(x.Items[max(0, len(x.Items)+1-exportsSeen):len(x.Items):len(x.Items)], Export{ID: id, State: ExportBuilding, Asked: now})
	x.Emit(KindExport, now, map[string]string{"export": id})
	x.WakeAt(now.Add(exportKept)) // by then it is built, or has failed
	return nil
}

// Begin starts an attempt at building a copy and gives its number; false when there is nothing to build.
func (x *Exports) Begin(id string) (run int, ok bool) {
	e := x.Of(id)
	if e == nil || e.State != ExportBuilding {
		return 0, false
	}
	e.Run++
	return e.Run, true
}

// Finish makes a copy ready; false when the attempt was overtaken, or the copy has been given up meanwhile.
func (x *Exports) Finish(id string, run, parts int, size int64, now time.Time) bool {
	e := x.Of(id)
	if e == nil || e.State != ExportBuilding || e.Run != run {
		return false
	}
	now = now.UTC().Truncate(time.Millisecond)
	until := now.Add(exportKept)
	e.State, e.Parts, e.Size, e.Ready, e.Until, e.Link = ExportReady, parts, size, &now, &until, 1
	x.Emit(KindExportReady, now, map[string]string{"export": id})
	x.WakeAt(until)
	return true
}

// Fail gives a copy up; false when it is not being built.
func (x *Exports) Fail(id string) bool {
	e := x.Of(id)
	if e == nil || e.State != ExportBuilding {
		return false
	}
	e.State = ExportFailed
	x.WakeAt(time.Time{})
	return true
}

// takeable is a copy that can be taken now: not_found, export_not_ready, export_gone.
func (x *Exports) takeable(id string, now time.Time) (*Export, error) {
	e := x.Of(id)
	switch {
	case e == nil:
		return nil, fault.New("not_found").Say("未找到该副本")
	case e.State == ExportBuilding:
		return nil, fault.New("export_not_ready")
	case e.State != ExportReady || !now.Before(*e.Until):
		return nil, fault.New("export_gone").Say("个人信息副本已过期删除，请重新申请")
	}
	return e, nil
}

// Relink makes a new link after the last one was used; false when that is still good.
func (x *Exports) Relink(id string, now time.Time) (bool, error) {
	e, err := x.takeable(id, now)
	if err != nil || !e.Used {
		return false, err
	}
	if e.Link >= exportLinks {
		return false, fault.New("export_gone").Say("下载次数已达上限，请明天重新申请")
	}
	e.Link, e.Used = e.Link+1, false
	return true, nil
}

// Claim uses a link, once.
func (x *Exports) Claim(id string, link int, now time.Time) error {
	e, err := x.takeable(id, now)
	if err != nil {
		return err
	}
	if link != e.Link || e.Used {
		return fault.New("export_gone")
	}
	e.Used = true
	e.Fetched = append(slices.Clip(e.Fetched), now.UTC().Truncate(time.Millisecond))
	return nil
}

// Expire ends what is over and gives the ids of the copies to wipe; a copy that was never built has failed.
func (x *Exports) Expire(now time.Time) (over []string) {
	for i := range x.Items {
		switch e := &x.Items[i]; {
		case e.State == ExportReady && !now.Before(*e.Until):
			e.State = ExportExpired
			over = append(over, e.ID)
		case e.State == ExportBuilding && !now.Before(e.Asked.Add(exportKept)):
			e.State = ExportFailed
			over = append(over, e.ID)
		}
	}
	x.WakeAt(time.Time{})
	if last := x.Last(); last != nil && last.State == ExportReady {
		x.WakeAt(*last.Until)
	} else if last != nil && last.State == ExportBuilding {
		x.WakeAt(last.Asked.Add(exportKept))
	}
	return over
}
