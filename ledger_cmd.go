package main

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/ledger"
	"kuacheng/config"
	"kuacheng/server"
)

type ledgerCmd struct {
	Check   ledgerCheckCmd   `cmd:"" help:"Compare the work ledger's sums with a full count of the matters."`
	Rebuild ledgerRebuildCmd `cmd:"" help:"Write the sums anew from a full count. Stop the servers first."`
}

type ledgerCheckCmd struct{ config.Config }

// Run prints what is off; a ledger that is off is an error.
func (c *ledgerCheckCmd) Run(ctx context.Context) error {
	return c.with(ctx, &c.Config, (*ledger.Service).Check)
}

type ledgerRebuildCmd struct{ config.Config }

// Run writes the sums anew.
func (c *ledgerRebuildCmd) Run(ctx context.Context) error {
	return (&ledgerCheckCmd{}).with(ctx, &c.Config, (*ledger.Service).Rebuild)
}

func (*ledgerCheckCmd) with(ctx context.Context, cfg *config.Config, do func(*ledger.Service, context.Context) (*ledger.Report, error)) error {
	s, err := server.New(ctx, cfg, newLog(cfg.LogLevel))
	if err != nil {
		return refusal(err)
	}
	defer s.Close()
	r, err := do(s.Ledger(), ctx)
	if err != nil {
		return err
	}
	for _, line := range r.Wrong {
		fmt.Println("✗", line)
	}
	fmt.Printf("%d matters, %d tallies, %d wrong\n", r.Matters, r.Tallies, len(r.Wrong))
	if len(r.Wrong) > 0 {
		return errors.New("the ledger is off: kuacheng ledger rebuild mends its sums")
	}
	return nil
}
