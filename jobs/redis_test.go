package jobs

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
)

func TestParseRedis(t *testing.T) {
	t.Parallel()
	secure := func(name string) *tls.Config { return &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12} }
	for address, want := range map[string]asynq.RedisConnOpt{
		"redis://r":                             asynq.RedisClientOpt{Addr: "r:6379"},
		"redis://:p%40ss@r:7000/3":              asynq.RedisClientOpt{Addr: "r:7000", Password: "p@ss", DB: 3},
		"redis://app:secret@[::1]:7000/":        asynq.RedisClientOpt{Addr: "[::1]:7000", Username: "app", Password: "secret"},
		"rediss://r.example:7000":               asynq.RedisClientOpt{Addr: "r.example:7000", TLSConfig: secure("r.example")},
		"redis-sentinel://a:1,b,c:3/2?master=m": asynq.RedisFailoverClientOpt{MasterName: "m", SentinelAddrs: []string{"a:1", "b:6379", "c:3"}, DB: 2},
		"redis-sentinel://u:p@a:1?master=m&sentinel_password=s&tls=true": asynq.RedisFailoverClientOpt{
			MasterName: "m", SentinelAddrs: []string{"a:1"}, Username: "u", Password: "p", SentinelPassword: "s", TLSConfig: secure("")},
		"redis-cluster://u:p@a:1,b:2":        asynq.RedisClusterClientOpt{Addrs: []string{"a:1", "b:2"}, Username: "u", Password: "p"},
		"redis-cluster://a:1,[::2]?tls=true": asynq.RedisClusterClientOpt{Addrs: []string{"a:1", "[::2]:6379"}, TLSConfig: secure("")},
	} {
		got, err := parseRedis(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if diff := compareOpts(got, want); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
		r, err := OpenRedis(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: closing: %v", address, err)
		}
	}
}

// compareOpts compares as text: the options hold no pointers that matter but the TLS configuration.
func compareOpts(got, want asynq.RedisConnOpt) string {
	text := func(o asynq.RedisConnOpt) string {
		var c *tls.Config
		switch v := o.(type) {
		case asynq.RedisClientOpt:
			c, v.TLSConfig = v.TLSConfig, nil
			o = v
		case asynq.RedisFailoverClientOpt:
			c, v.TLSConfig = v.TLSConfig, nil
			o = v
		case asynq.RedisClusterClientOpt:
			c, v.TLSConfig = v.TLSConfig, nil
			o = v
		}
		s := fmt.Sprintf("%T %+v", o, o)
		if c != nil {
			s += " TLS " + c.ServerName
		}
		return s
	}
	if g, w := text(got), text(want); g != w {
		return g + ", want " + w
	}
	return ""
}

func TestParseRedis_refuses_and_quotes_nothing(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "redis", "hunter2", "http://hunter2@r", "redis://", "redis://hunter2@", "redis://a,hunter2@b,c", "redis://:hunter2@r/x", "redis://:hunter2@r/-1",
		"redis://:hunter2@r:port", "redis://:hunter2%zz@r", "redis-sentinel://:hunter2@a", "redis-sentinel://:hunter2@a/x?master=m",
		"redis-cluster://:hunter2@a,,b", "redis://:hun/ter2@r", "redis://:hunter2@a@b:1:2", "embedded ",
	} {
		_, err := OpenRedis(address)
		if err == nil {
			t.Errorf("%q was accepted", address)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ter2") {
			t.Errorf("%q: the error quotes it: %v", address, err)
		}
	}
}

func FuzzParseRedis(f *testing.F) {
	f.Add("redis-sentinel://u:p@a:1,b/2?master=m")
	f.Fuzz(func(t *testing.T, address string) {
		if opt, err := parseRedis(address); err == nil && opt == nil {
			t.Errorf("%q: neither options nor an error", address)
		}
	})
}

func TestAtLeast62(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{"6.2.0": true, "6.2": true, "7.0.15": true, "10.0": true, "6.0.16": false, "5.9.9": false, "": false, "7": false, "x.y": false} {
		if atLeast62(version) != want {
			t.Errorf("%s: %v", version, !want)
		}
	}
}

// Keys of the embedded Redis expire although nobody asks for them.
func TestEmbedded_ages(t *testing.T) {
	t.Parallel()
	r, err := OpenRedis(Embedded)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := r.Client().Set(t.Context(), "k", "v", time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(10 * time.Second)
	for r.Client().Exists(t.Context(), "k").Val() == 1 {
		select {
		case <-deadline:
			t.Fatal("the key stays")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// The shortcut for empty queues must not hide a task, and a paused queue stays paused.
func TestEmbedded_shortcut(t *testing.T) {
	t.Parallel()
	r, err := OpenRedis(Embedded)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, args := range [][]string{
		{}, {"sha"}, {"sha", "4", "asynq:{q}:pending"}, {"sha", "4", "asynq:{q}:pending", "asynq:{q}:active"}, {"sha", "4", "asynq:{q}:t:pending", "asynq:{q}:paused"},
	} {
		if r.inside.quickly(nil, "EVALSHA", args...) {
			t.Errorf("%q was answered without its script", args)
		}
	}
	c := asynq.NewClientFromRedisClient(r.client)
	if _, err := c.Enqueue(asynq.NewTask("x", nil), asynq.Queue("q")); err != nil {
		t.Fatal(err)
	}
	if r.inside.quickly(nil, "EVALSHA", "sha", "4", "asynq:{q}:pending", "asynq:{q}:paused") {
		t.Error("a queue with a task counts as empty")
	}
}
