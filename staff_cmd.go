package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"kuacheng/config"
	"kuacheng/model"
	"kuacheng/server"
)

type staffCmd struct {
	Add staffAddCmd `cmd:"" help:"Make an account. The password is read from standard input."`
}

type staffAddCmd struct {
	config.Config
	Username     string `required:"" help:"User name."`
	Name         string `required:"" help:"Full name; sealed at rest."`
	As           string `required:"" enum:"clerk,reviewer,supervisor,admin" help:"clerk, reviewer, supervisor or admin."`
	Organisation string `required:"" help:"Organisation id, e.g. 441500-RS."`
	Hall         string `help:"Hall of a clerk, e.g. hall-440300-1."`
	Lead         bool   `help:"A reviewer who may approve (科室负责人)."`
}

// Run makes the account; the server may be running on a MongoDB, and must be stopped on SQLite.
func (c *staffAddCmd) Run(ctx context.Context) error {
	password, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && password == "" {
		return errors.New("give the password on standard input")
	}
	s, err := server.New(ctx, &c.Config, newLog(c.LogLevel))
	if err != nil {
		return refusal(err)
	}
	defer s.Close()
	err = s.AddStaff(ctx, model.Staff{
		Head: model.Head{ID: c.Username}, Role: model.Role(c.As), Org: c.Organisation, Hall: c.Hall, Lead: c.Lead,
	}, c.Name, strings.TrimRight(password, "\r\n"))
	if err != nil {
		return err
	}
	fmt.Println("made", c.Username)
	return nil
}
