package jobs

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Check says what about a Redis is not fit for queues: it answers, is version 6.2 or later (asynq's archive script
// uses ZRANGE … BYSCORE), runs Lua, and evicts nothing (an evicted task is lost until the next sweep, and half of
// one blocks its id). Every master of a cluster is asked.
func (r *Redis) Check(ctx context.Context) error {
	switch c := r.client.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, checkNode)
	case *redis.Client:
		if r.inside != nil {
			return r.Ping(ctx)
		}
		return checkNode(ctx, c)
	default:
		return fmt.Errorf("redis: unknown client %T", c)
	}
}

func checkNode(ctx context.Context, c *redis.Client) error {
	version, err := info(ctx, c, "server", "redis_version")
	if err != nil {
		return err
	}
	if !atLeast62(version) {
		return fmt.Errorf("redis: version %s is too old, 6.2 or later is needed", version)
	}
	policy, err := info(ctx, c, "memory", "maxmemory_policy")
	if err != nil {
		return err
	}
	if policy != "noeviction" {
		return fmt.Errorf("redis: maxmemory-policy is %s, it must be noeviction", policy)
	}
	if err := c.Eval(ctx, "return 1", nil).Err(); err != nil {
		return fmt.Errorf("redis: scripts cannot be run: %w", err)
	}
	return nil
}

func info(ctx context.Context, c *redis.Client, section, field string) (string, error) {
	text, err := c.Info(ctx, section).Result()
	if err != nil {
		return "", fmt.Errorf("redis: asking for INFO %s: %w", section, err)
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), field+":"); ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("redis: INFO %s does not say %s", section, field)
}

func atLeast62(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	major, err := strconv.Atoi(parts[0])
	if err != nil || len(parts) < 2 {
		return false
	}
	minor, err := strconv.Atoi(parts[1])
	return err == nil && (major > 6 || major == 6 && minor >= 2)
}
