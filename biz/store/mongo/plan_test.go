package mongo

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kuacheng/biz/store"
)

// No real server can be had here, so that plans are read is tried on the forms that its manual shows.
func TestRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan string
		want store.Plan
	}{
		"classic": {
			`{"stage":"LIMIT","limitAmount":21,"inputStage":{"stage":"FETCH","inputStage":{"stage":"IXSCAN","indexName":"a","keyPattern":{"x":1}}}}`,
			store.Plan{Index: "a"},
		},
		"slot based": {
			`{"queryPlan":{"stage":"FETCH","planNodeId":2,"inputStage":{"stage":"IXSCAN","indexName":"a"}},"slotBasedPlan":{"stages":"[2] nlj inner []"}}`,
			store.Plan{Index: "a"},
		},
		"sharded": {
			`{"stage":"SHARD_MERGE_SORT","shards":[{"shardName":"s1","winningPlan":{"stage":"FETCH","inputStage":{"stage":"IXSCAN","indexName":"a"}}},{"shardName":"s2","winningPlan":{"stage":"COLLSCAN"}}]}`,
			store.Plan{Index: "a", Scan: true},
		},
		"sorted in memory": {
			`{"stage":"SORT","inputStage":{"stage":"COLLSCAN","direction":"forward"}}`,
			store.Plan{Scan: true, Sort: true},
		},
	} {
		var d bson.Raw
		if err := bson.UnmarshalExtJSON([]byte(c.plan), false, &d); err != nil {
			t.Fatal(err)
		}
		var got store.Plan
		read(d, &got)
		got.Detail = ""
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
