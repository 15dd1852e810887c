package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/oklog/ulid/v2"

	"kuacheng/biz/peer"
	"kuacheng/biz/signature"
	"kuacheng/model"
)

// peerCmd plays another city's system from the terminal.
type peerCmd struct {
	Key         peerKeyCmd         `cmd:"" help:"Make an SM2 key pair for KUACHENG_PEER_SEAL_KEYS and the peers' KUACHENG_PEER_<region>_PUBLIC."`
	Send        peerSendCmd        `cmd:"" help:"Send an event to a server, as another city's system."`
	Differences peerDifferencesCmd `cmd:"" help:"List the matters that a server shares with another city and that this city does not list."`
}

type peerKeyCmd struct {
	ID string `arg:"" help:"Name of the key, e.g. 2026-1."`
}

// Run makes a key pair.
func (c *peerKeyCmd) Run() error {
	private, public, err := peer.NewKey(c.ID)
	if err != nil {
		return err
	}
	fmt.Printf("KUACHENG_PEER_SEAL_KEYS=%s\n# for the others: KUACHENG_PEER_<this city>_PUBLIC\n%s\n", private, public)
	return nil
}

// peerLine is where a server is, and as whom it is spoken to.
type peerLine struct {
	Server string `default:"http://127.0.0.1:8080" help:"Where the server is."`
	As     string `default:"441500" help:"Region of the city that is played."`
	Keys   string `default:"${sandbox_peer_keys}" help:"Key shared with the server, kid:hex; the sandbox's published one by default."`
}

type peerSendCmd struct {
	peerLine
	Type   string    `arg:"" help:"Kind of event: ${peer_kinds}."`
	Matter string    `arg:"" help:"Number of the matter."`
	ID     string    `help:"Id of the event; a new one by default. The same id again is a duplicate."`
	At     time.Time `help:"When it happened; now by default."`
	Data   string    `default:"{}" help:"What it tells, as JSON; - reads standard input."`
}

// Run sends the event and prints what became of it.
func (c *peerSendCmd) Run(ctx context.Context) error {
	e := model.PeerEvent{ID: c.ID, Type: c.Type, MatterNo: c.Matter, At: c.At}
	if e.ID == "" {
		e.ID = ulid.Make().String()
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	raw := []byte(c.Data)
	if c.Data == "-" {
		if err := json.NewDecoder(os.Stdin).Decode(&e.Data); err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
	} else if err := json.Unmarshal(raw, &e.Data); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	r, err := c.post(ctx, e)
	if err != nil {
		return err
	}
	fmt.Println(r.ID, r.Status, r.Code, r.Message)
	if r.Status == model.PeerRejected {
		return errors.New("the event was rejected")
	}
	return nil
}

type peerDifferencesCmd struct {
	peerLine
}

// Run compares the server's list of shared matters with an empty one, and repairs nothing.
func (c *peerDifferencesCmd) Run(ctx context.Context) error {
	r, err := c.post(ctx, model.PeerEvent{
		ID: ulid.Make().String(), Type: model.PeerManifest, At: time.Now(),
		Data: model.PeerData{Manifest: &model.Manifest{Look: true, Items: []model.ManifestItem{}}},
	})
	if err != nil {
		return err
	}
	if r.Status != model.PeerApplied {
		return fmt.Errorf("%s: %s", r.Code, r.Message)
	}
	for _, d := range r.Differs {
		fmt.Printf("%s  %s  %s  sent %d  heard %d\n", d.No, d.State.Name(), model.DifferenceName(d.What), d.Last, d.Heard)
	}
	fmt.Printf("%d matters\n", len(r.Differs))
	return nil
}

func (c *peerLine) post(ctx context.Context, e model.PeerEvent) (peer.Result, error) {
	keys, err := signature.ParseKeys(c.Keys)
	if err != nil {
		return peer.Result{}, fmt.Errorf("--keys: %w", err)
	}
	return peer.Send(ctx, c.Server, c.As, keys[0], e)
}
