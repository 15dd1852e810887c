package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kuacheng/config"
	"kuacheng/model/trust"
	"kuacheng/server"
)

type keysCmd struct {
	Reseal keysResealCmd `cmd:"" help:"Seal all that is kept anew under the first of KUACHENG_SEAL_KEYS; goes on where it was interrupted."`
	Status keysStatusCmd `cmd:"" help:"Where the sealing anew has come to, and whether an old key is still needed."`
}

type keysResealCmd struct{ config.Config }

// Run seals anew until all is. On the embedded store the server must be stopped, or do it itself: POST /api/v1/supervise/keys/reseal.
// Elsewhere it may run, once every process has the new key first.
func (c *keysResealCmd) Run(ctx context.Context) error {
	s, err := server.New(ctx, &c.Config, newLog(c.LogLevel))
	if err != nil {
		return refusal(err)
	}
	defer s.Close()
	r, err := s.Rotation().Begin(ctx)
	if err != nil {
		return err
	}
	for phase, source := "", -1; r.Phase != trust.RotationDone; {
		if r.Phase != phase || r.Source != source {
			phase, source = r.Phase, r.Source
			fmt.Printf("%s: %d of %d, %d values looked at, %d sealed anew\n", phase, source, s.Rotation().Sources(), r.Looked, r.Resealed)
		}
		if r, err = s.Rotation().Next(ctx); err != nil {
			if ctx.Err() != nil {
				return errors.New("interrupted; run it again to go on")
			}
			return err
		}
	}
	return told(r)
}

type keysStatusCmd struct{ config.Config }

// Run tells.
func (c *keysStatusCmd) Run(ctx context.Context) error {
	s, err := server.New(ctx, &c.Config, newLog(c.LogLevel))
	if err != nil {
		return refusal(err)
	}
	defer s.Close()
	r, err := s.Rotation().Status(ctx)
	if err != nil {
		return err
	}
	switch r.Phase {
	case "":
		fmt.Printf("nothing has been sealed anew; the first key is %s\n", r.Key)
		return nil
	case trust.RotationDone:
		return told(r)
	}
	fmt.Printf("to %s, %s: %d of %d, %d values looked at, %d sealed anew\n", r.Key, r.Phase, r.Source, s.Rotation().Sources(), r.Looked, r.Resealed)
	return nil
}

// told says how a rotation ended; one after which an old key is still needed is an error.
func told(r *trust.Rotation) error {
	fmt.Printf("%d values and files, all looked at; %d were sealed anew under %s\n", r.Looked, r.Resealed, r.Key)
	for _, key := range slices.Sorted(maps.Keys(r.Left)) {
		fmt.Printf("✗ %d still under %s\n", r.Left[key], key)
	}
	if r.Lost > 0 {
		fmt.Printf("✗ %d do not open with any configured key\n", r.Lost)
	}
	if !r.Proven() {
		return errors.New("an old key is still needed")
	}
	fmt.Println("no other key is needed any more")
	return nil
}
