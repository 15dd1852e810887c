package main

import (
	"context"
	"errors"
	"fmt"

	"kuacheng/biz/parcel/courier"
	"kuacheng/config"
	"kuacheng/server"
)

type doctorCmd struct {
	config.Config

	EMSMap bool `name:"ems-map" help:"Print the built-in mapping of China Post's messages, to begin one's own with, and do nothing else."`
}

// Run asks everything that a server would stand on, and says of each whether it is well.
func (c *doctorCmd) Run(ctx context.Context) error {
	if c.EMSMap {
		fmt.Print(courier.EMSMapDefault)
		return nil
	}
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
