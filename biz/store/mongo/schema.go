package mongo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kuacheng/biz/store"
)

// Open makes the indexes that are missing. It drops none: an older version of the program may be running that
// needs them.
func (e *Engine) Open(ctx context.Context, schema store.Schema) (store.Table, bool, error) {
	t := &table{e: e, coll: e.db.Collection(schema.Name), schema: schema}
	has, err := t.indexes(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, ix := range schema.Indexes {
		keys := keysOf(ix)
		if _, ok := has[fingerprint(keys)]; ok {
			continue
		}
		// Keys that have a name of their own cannot be made again under another, nor other keys under a name.
		name := ix.Name + "(" + fingerprint(keys) + ")"
		if _, err := t.coll.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys, Options: options.Index().SetName(name)}); err != nil {
			return nil, false, fmt.Errorf("index %s: %w", ix.Name, failure(ctx, err))
		}
		has[fingerprint(keys)] = name
	}
	raw, err := e.db.Collection(formsName).FindOne(ctx, bson.D{{Key: "_id", Value: schema.Name}}).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return t, true, nil
	}
	if err != nil {
		return nil, false, failure(ctx, err)
	}
	was, _ := raw.Lookup("form").StringValueOK()
	return t, was != form(schema), nil
}

// Fresh notes what the fields were computed for.
func (t *table) Fresh(ctx context.Context) error {
	_, err := t.e.db.Collection(formsName).ReplaceOne(ctx, bson.D{{Key: "_id", Value: t.schema.Name}},
		bson.D{{Key: "_id", Value: t.schema.Name}, {Key: "form", Value: form(t.schema)}}, options.Replace().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) { // another process notes the same
		return nil
	}
	return failure(ctx, err)
}

func form(s store.Schema) string {
	text, err := json.Marshal(struct {
		Version int
		Fields  []string
	}{s.Version, s.Fields})
	if err != nil {
		panic(err) // strings and a number
	}
	return string(text)
}

// keysOf ends every index with _id, which gives the order of pages.
func keysOf(ix store.Index) bson.D {
	keys := bson.D{}
	for _, f := range ix.Eq {
		keys = append(keys, bson.E{Key: f, Value: 1})
	}
	if ix.Sort != "" {
		keys = append(keys, bson.E{Key: ix.Sort, Value: 1})
	}
	return append(keys, bson.E{Key: "_id", Value: 1})
}

func fingerprint(keys bson.D) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Key
	}
	return strings.Join(names, ",")
}

// indexes are those the server has, by their keys; descending and special ones aside.
func (t *table) indexes(ctx context.Context) (map[string]string, error) {
	cur, err := t.coll.Indexes().List(ctx)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer cur.Close(context.WithoutCancel(ctx))
	has := map[string]string{}
	for cur.Next(ctx) {
		name, _ := cur.Current.Lookup("name").StringValueOK()
		keys, _ := cur.Current.Lookup("key").DocumentOK()
		elements, err := keys.Elements()
		if err != nil {
			return nil, fmt.Errorf("mongodb: index %s: %w", name, err)
		}
		var fields []string
		for _, el := range elements {
			if way, ok := el.Value().AsInt64OK(); ok && way == 1 {
				fields = append(fields, el.Key())
			}
		}
		if len(fields) == len(elements) {
			has[strings.Join(fields, ",")] = name
		}
	}
	return has, failure(ctx, cur.Err())
}

// Explain asks the server for its plan. A server that has none to show (FerretDB always says that it scans,
// others do not know the command) is judged by whether it has the index that the query was made for.
func (t *table) Explain(ctx context.Context, s store.Scan) (store.Plan, error) {
	has, err := t.indexes(ctx)
	if err != nil {
		return store.Plan{}, err
	}
	want, ok := has[fingerprint(keysOf(s.Index))]
	if plan, shown := t.shown(ctx, s); shown {
		if plan.Index == want {
			plan.Index = s.Index.Name
		}
		return plan, nil
	}
	if !ok {
		return store.Plan{Scan: true, Sort: true, Detail: "no index on " + fingerprint(keysOf(s.Index))}, nil
	}
	return store.Plan{Index: s.Index.Name, Detail: "the server shows no plan; index " + want + " is there"}, nil
}

func (t *table) shown(ctx context.Context, s store.Scan) (store.Plan, bool) {
	find := bson.D{{Key: "find", Value: t.schema.Name}, {Key: "filter", Value: filter(s)}, {Key: "sort", Value: order(s)}, {Key: "limit", Value: s.Limit}}
	raw, err := t.e.db.RunCommand(ctx, bson.D{{Key: "explain", Value: find}, {Key: "verbosity", Value: "queryPlanner"}}).Raw()
	if err != nil {
		return store.Plan{}, false
	}
	if _, err := raw.LookupErr("serverInfo", "ferretdbVersion"); err == nil {
		return store.Plan{}, false
	}
	winner, ok := raw.Lookup("queryPlanner", "winningPlan").DocumentOK()
	if !ok {
		return store.Plan{}, false
	}
	p := store.Plan{}
	read(winner, &p)
	return p, true
}

// read walks a plan, whose form differs between versions and with shards, for its stages.
func read(d bson.Raw, p *store.Plan) {
	elements, err := d.Elements()
	if err != nil {
		return
	}
	for _, el := range elements {
		if inner, ok := el.Value().DocumentOK(); ok {
			read(inner, p)
		}
		if list, ok := el.Value().ArrayOK(); ok {
			read(bson.Raw(list), p)
		}
		text, ok := el.Value().StringValueOK()
		switch {
		case !ok:
		case el.Key() == "indexName":
			p.Index = text
		case el.Key() == "stage":
			p.Scan = p.Scan || text == "COLLSCAN"
			p.Sort = p.Sort || text == "SORT"
			p.Detail = strings.TrimPrefix(p.Detail+" < "+text, " < ")
		}
	}
}
