package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"kuacheng/biz/backup"
	"kuacheng/config"
	"kuacheng/server"
)

type backupCmd struct {
	Data  string `default:"./data" help:"Folder of the embedded store; its server may be running."`
	Files string `help:"Folder of uploaded files. Default: DATA/files. Files on S3 are backed up there."`
	To    string `arg:"" help:"A new folder for the backup."`
}

// Run copies a running server's data.
func (c *backupCmd) Run(ctx context.Context) error {
	if strings.Contains(c.Files, "://") {
		return errors.New("files on S3 are backed up where they lie (versions, replication); give a folder, or nothing")
	}
	m, err := backup.Make(ctx, c.Data, c.Files, c.To)
	if err != nil {
		return err
	}
	fmt.Printf("%d files in %s\n", len(m.Digests), c.To)
	return nil
}

type restoreCmd struct {
	From string `arg:"" help:"Folder of the backup."`
	Data string `default:"./data" help:"Folder to restore into; it must hold no database."`
}

// Run brings a backup back.
func (c *restoreCmd) Run(ctx context.Context) error {
	m, err := backup.Restore(ctx, c.From, c.Data)
	if err != nil {
		return err
	}
	fmt.Printf("%d files of %s in %s; kuacheng verify proves them\n", len(m.Digests), m.Made.Format("2006-01-02 15:04:05 MST"), c.Data)
	return nil
}

type verifyCmd struct{ config.Config }

// Run looks through everything that a server holds. On an embedded store the server must be stopped; a backup of a running one can be
// restored elsewhere and looked through there.
func (c *verifyCmd) Run(ctx context.Context) error {
	s, err := server.New(ctx, &c.Config, newLog(c.LogLevel))
	if err != nil {
		return refusal(err)
	}
	defer s.Close()
	r, err := s.Checker().Run(ctx, func(line string) { fmt.Println("✗", line) })
	if err != nil {
		return err
	}
	fmt.Printf("%d matters, %d files, %d tallies, %d seats: %d wrong\n", r.Matters, r.Files, r.Tallies, r.Seats, r.Wrong)
	if r.Wrong > 0 {
		return errors.New("what is held is not whole")
	}
	return nil
}
