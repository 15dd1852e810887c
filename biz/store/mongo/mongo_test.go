package mongo_test

import (
	"testing"

	"kuacheng/biz/store"
	"kuacheng/biz/store/mongo"
	"kuacheng/biz/store/storetest"
	"kuacheng/biz/store/storetest/ferret"
	"kuacheng/model"
)

func client(t *testing.T, uri string) *store.DB {
	t.Helper()
	db, err := mongo.Open(t.Context(), uri, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestEngine_on_ferretdb(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Harness{Shared: true, Slow: true, PlainKeys: true, New: func(t *testing.T) func() *store.DB {
		uri := ferret.Start(t)
		return func() *store.DB { return client(t, uri) }
	}})
}

type memo struct {
	model.Head `json:",inline"`
	Text       string `json:"text"`
}
