package model

import (
	"slices"
	"time"
)

// Rows for a number that nobody knows yet wait a week: a clerk may type it in after the courier has scanned
// it.
const (
	parkedFor     = 7 * 24 * time.Hour
	MaxParkedRows = 500
)

// ParkedRows holds the rows of one unknown waybill on one channel.
type ParkedRows struct {
	Head `json:",inline"`

	Carrier   Carrier     `json:"carrier"`
	Waybill   string      `json:"waybill"`
	Rows      []ParcelRow `json:"rows"`
	Flags     []string    `json:"flags,omitempty"` // carrier_mismatch: the number is known, but under another company
	CreatedAt time.Time   `json:"created_at"`
}

// FlagCarrierMismatch says that news of a known number came under another company; a clerk confirms.
const FlagCarrierMismatch = "carrier_mismatch"

// ParkedID is the document id of a waybill's parked rows.
func ParkedID(c Carrier, waybill string) string { return "parked:" + ParcelID(c, waybill) }

// Park opens the document of an unknown waybill.
func Park(c Carrier, waybill string, now time.Time) *ParkedRows {
	now = moment(now)
	k := &ParkedRows{Head: Head{ID: ParkedID(c, waybill)}, Carrier: c, Waybill: waybill, CreatedAt: now}
	k.WakeAt(now.Add(parkedFor))
	return k
}

// Add joins rows to the parked set; when it is full the newest stay. It reports whether anything changed.
func (k *ParkedRows) Add(rows []ParcelRow) bool {
	changed := false
	all := slices.Clone(k.Rows)
	for _, row := range rows {
		row = row.settle()
		i := slices.IndexFunc(all, func(r ParcelRow) bool { return r.Key == row.Key })
		if i < 0 {
			all = append(all, row)
			changed = true
			continue
		}
		joined := all[i].join(row)
		changed = changed || !sameRow(all[i], joined)
		all[i] = joined
	}
	slices.SortFunc(all, compareRows)
	if over := len(all) - MaxParkedRows; over > 0 {
		all = all[over:]
	}
	k.Rows = all
	return changed
}

// Flag adds a remark; it reports whether it is new.
func (k *ParkedRows) Flag(flag string) bool {
	var added bool
	k.Flags, added = addSorted(k.Flags, flag)
	return added
}

// Expired says that nobody has claimed the number.
func (k *ParkedRows) Expired(now time.Time) bool { return !now.Before(k.CreatedAt.Add(parkedFor)) }

// ParcelArchive holds the words of the rows that a parcel has shed.
type ParcelArchive struct {
	Head `json:",inline"`

	Rows []ParcelRow `json:"rows"`
}

// ArchiveID is the document id of a parcel's archive.
func ArchiveID(parcelID string) string { return "archive:" + parcelID }

// Keep adds rows that are not there yet.
func (a *ParcelArchive) Keep(rows []ParcelRow) {
	for _, row := range rows {
		if !slices.ContainsFunc(a.Rows, func(r ParcelRow) bool { return r.Key == row.Key }) {
			a.Rows = append(a.Rows, row)
		}
	}
}
