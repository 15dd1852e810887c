package jobs

import "github.com/hibiken/asynq"

// Break makes every command of an embedded Redis fail, or work again.
func Break(r *Redis, broken bool) {
	if broken {
		r.inside.m.Server().SetPreHook(nil)
		r.inside.m.SetError("LOADING broken by a test")
		return
	}
	r.inside.m.SetError("")
	r.inside.m.Server().SetPreHook(r.inside.quickly)
}

// Inspector looks into a Redis as asynq does.
func Inspector(r *Redis) *asynq.Inspector { return asynq.NewInspectorFromRedisClient(r.client) }
