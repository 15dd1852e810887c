// Package verify proves that what a server holds is whole: every chain, sum, seat and file.
package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"kuacheng/biz/audit"
	"kuacheng/biz/booking"
	"kuacheng/biz/file"
	"kuacheng/biz/ledger"
	"kuacheng/biz/matter"
	"kuacheng/biz/parcel"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// Checker is what is looked through.
type Checker struct {
	Matters  *matter.Service
	Ledger   *ledger.Service
	Bookings *booking.Service
	Parcels  *parcel.Service
	Files    *file.Store
	Audit    *audit.Service
	// Astray tells whether an open matter is in the name of somebody who cannot act on it.
	Astray func(ctx context.Context, m *model.Matter) (bool, error)
}

// Report is what was looked at, and what is off.
type Report struct {
	Matters, Files, Tallies, Seats, Accesses int
	Wrong                                    int
}

// batch is how many matters are in memory at once.
const batch = 100

// Run looks at everything, a page at a time, and tells of what is off as it finds it. It changes nothing.
func (c *Checker) Run(ctx context.Context, tell func(string)) (*Report, error) {
	r := &Report{}
	wrong := func(format string, args ...any) {
		r.Wrong++
		tell(fmt.Sprintf(format, args...))
	}
	cursor := ""
	for {
		page, err := c.Matters.All(ctx, batch, cursor)
		if err != nil {
			return nil, err
		}
		for _, m := range page.Items {
			r.Matters++
			if ok, bad := model.VerifyTrail(m); !ok {
				wrong("办件 %s：留痕第 %d 条与散列链不符", m.ID, bad+1)
			}
			if err := c.matter(ctx, m, r, wrong); err != nil {
				return nil, err
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	sums, err := c.Ledger.Check(ctx)
	if err != nil {
		return nil, err
	}
	r.Tallies = int(sums.Tallies)
	for _, line := range sums.Wrong {
		wrong("%s", line)
	}
	if r.Seats, err = c.Bookings.Check(ctx, func(line string) { wrong("%s", line) }); err != nil {
		return nil, err
	}
	r.Accesses, err = c.Audit.Check(ctx, func(line string) { wrong("%s", line) })
	return r, err
}

// owed looks at who has the next step.
func (c *Checker) owed(ctx context.Context, m *model.Matter, wrong func(string, ...any)) error {
	if m.OwedBy == "" && !m.State.Ended() {
		wrong("办件 %s：没有责任单位", m.ID)
	}
	astray, err := c.Astray(ctx, m)
	if astray {
		wrong("办件 %s：承办人 %s 已不在该岗位，在办没有移交", m.ID, m.Handler)
	}
	return err
}

// matter looks at what a matter names elsewhere.
func (c *Checker) matter(ctx context.Context, m *model.Matter, r *Report, wrong func(string, ...any)) error {
	if err := c.owed(ctx, m, wrong); err != nil {
		return err
	}
	for _, f := range m.Files() {
		r.Files++
		content, err := c.Files.Get(ctx, f.Key)
		if err != nil {
			wrong("办件 %s：文件 %s 读不出：%v", m.ID, f.Key, err)
			continue
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.SHA256 {
			wrong("办件 %s：文件 %s 与登记的摘要不符", m.ID, f.Key)
		}
	}
	for _, p := range m.Parcels {
		_, err := c.Parcels.Get(ctx, p.ID)
		if fault.Code(err) == "not_found" && !m.ReceivedByPeer() && !m.State.Ended() { // a parcel is not kept as long as its matter
			wrong("办件 %s：没有它的邮件 %s", m.ID, p.ID)
			continue
		}
		if err != nil && fault.Code(err) != "not_found" {
			return err
		}
	}
	return nil
}
