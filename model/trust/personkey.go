package trust

import (
	"time"

	"kuacheng/model"
)

// PersonKey is the key under which what is a person's own is sealed, itself sealed under the configured one. Destroying it makes every
// copy of that unreadable, in backups too as long as none of those is put back.
type PersonKey struct {
	model.Head `json:",inline"` // ID is the applicant
	Key        model.Sealed     `json:"key,omitempty"` // 16 bytes in hex; "" when destroyed
	MadeAt     time.Time        `json:"made_at"`
	ShreddedAt *time.Time       `json:"shredded_at,omitempty"`
}

// Shred destroys the key for good; false when it has been.
func (k *PersonKey) Shred(now time.Time) bool {
	if k.ShreddedAt != nil {
		return false
	}
	at := now.UTC().Truncate(time.Millisecond)
	k.Key, k.ShreddedAt = "", &at
	return true
}
