package main

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/config"
	"kuacheng/server"
)

type doctorCmd struct {
	config.Config
}

// Run asks everything that a server would stand on, and says of each whether it is well.
func (c *doctorCmd) Run(ctx context.Context) error {
	sick := 0
	for f := range server.Examine(ctx, &c.Config) {
		mark := "✓"
		switch {
		case f.Err != nil:
			mark = "✗"
			sick++
		case f.Warning != "":
			mark = "!"
		}
		fmt.Printf("%s %-10s %s\n", mark, f.Name, f.Text())
	}
	if sick > 0 {
		return errors.New("the configuration is not fit to serve")
	}
	return nil
}
