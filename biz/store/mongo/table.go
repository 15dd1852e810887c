package mongo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kuacheng/biz/store"
)

// table is a collection.
type table struct {
	e      *Engine
	coll   *mongo.Collection
	schema store.Schema
}

func (t *table) Insert(ctx context.Context, row store.Row) error {
	if row.Unless != "" {
		if _, err := t.Get(ctx, row.Unless); !errors.Is(err, store.ErrNotFound) {
			return cmp.Or(err, store.ErrDuplicate)
		}
	}
	if _, err := t.coll.InsertOne(ctx, t.document(row)); err != nil {
		return failure(ctx, err)
	}
	t.e.writes.Add(1)
	return nil
}

func (t *table) Replace(ctx context.Context, row store.Row, rev int64) error {
	res, err := t.coll.ReplaceOne(ctx, bson.D{{Key: "_id", Value: row.ID}, {Key: "rev", Value: rev}}, t.document(row))
	if err != nil {
		return failure(ctx, err)
	}
	if res.MatchedCount == 0 {
		return store.ErrConflict
	}
	t.e.writes.Add(1)
	return nil
}

func (t *table) Delete(ctx context.Context, id string, rev int64) error {
	res, err := t.coll.DeleteOne(ctx, bson.D{{Key: "_id", Value: id}, {Key: "rev", Value: rev}})
	if err != nil {
		return failure(ctx, err)
	}
	if res.DeletedCount == 0 {
		return store.ErrConflict
	}
	t.e.writes.Add(1)
	return nil
}

func (t *table) Get(ctx context.Context, id string) (store.Row, error) {
	raw, err := t.coll.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Raw()
	if err != nil {
		return store.Row{}, failure(ctx, err)
	}
	return t.row(raw)
}

func (t *table) Find(ctx context.Context, s store.Scan) ([]store.Row, error) {
	opts := options.Find().SetSort(order(s)).SetLimit(int64(s.Limit)).SetBatchSize(int32(s.Limit))
	cur, err := t.coll.Find(ctx, filter(s), opts)
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer cur.Close(context.WithoutCancel(ctx))
	var rows []store.Row
	for cur.Next(ctx) {
		row, err := t.row(cur.Current)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, failure(ctx, cur.Err())
}

func (t *table) Tally(ctx context.Context, s store.Scan, by string) (map[string]int64, error) {
	cur, err := t.coll.Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: filter(s)}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$" + by}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
	})
	if err != nil {
		return nil, failure(ctx, err)
	}
	defer cur.Close(context.WithoutCancel(ctx))
	tally := map[string]int64{}
	for cur.Next(ctx) {
		key, err := tallied(cur.Current.Lookup("_id"))
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", by, err)
		}
		n, ok := cur.Current.Lookup("n").AsInt64OK()
		if !ok {
			return nil, fmt.Errorf("mongodb: a count of type %s", cur.Current.Lookup("n").Type)
		}
		tally[key] += n
	}
	return tally, failure(ctx, cur.Err())
}

func tallied(v bson.RawValue) (string, error) {
	switch v.Type {
	case bson.TypeNull, 0:
		return "", nil
	case bson.TypeString:
		return v.StringValue(), nil
	case bson.TypeDateTime:
		return strconv.FormatInt(v.DateTime(), 10), nil
	}
	if n, ok := v.AsInt64OK(); ok {
		return strconv.FormatInt(n, 10), nil
	}
	return "", fmt.Errorf("mongodb: a value of type %s", v.Type)
}

// Refield sets the fields that the row has and takes away those of the schema that it lacks. Fields of another
// version of the program stay: it may be running beside this one.
func (t *table) Refield(ctx context.Context, row store.Row) error {
	set, unset := bson.D{}, bson.D{}
	for i, name := range t.schema.Fields {
		if v := row.Fields[i]; v != nil {
			set = append(set, bson.E{Key: name, Value: v})
		} else {
			unset = append(unset, bson.E{Key: name, Value: ""})
		}
	}
	change := bson.D{}
	if len(set) > 0 {
		change = append(change, bson.E{Key: "$set", Value: set})
	}
	if len(unset) > 0 {
		change = append(change, bson.E{Key: "$unset", Value: unset})
	}
	_, err := t.coll.UpdateOne(ctx, bson.D{{Key: "_id", Value: row.ID}, {Key: "rev", Value: row.Rev}}, change)
	return failure(ctx, err)
}

func (t *table) document(row store.Row) bson.D {
	d := make(bson.D, 0, 3+len(row.Fields))
	d = append(d, bson.E{Key: "_id", Value: row.ID}, bson.E{Key: "rev", Value: row.Rev})
	for i, name := range t.schema.Fields {
		if v := row.Fields[i]; v != nil {
			d = append(d, bson.E{Key: name, Value: v})
		}
	}
	return append(d, bson.E{Key: "doc", Value: bson.Raw(row.Body)})
}

// row copies what it takes: the cursor uses its memory again.
func (t *table) row(raw bson.Raw) (store.Row, error) {
	id, okID := raw.Lookup("_id").StringValueOK()
	rev, okRev := raw.Lookup("rev").AsInt64OK()
	doc, okDoc := raw.Lookup("doc").DocumentOK()
	if !okID || !okRev || !okDoc {
		return store.Row{}, fmt.Errorf("mongodb: a document of %s is not of this program's making", t.schema.Name)
	}
	return store.Row{ID: id, Rev: rev, Body: bytes.Clone(doc)}, nil
}

// filter asks for documents that have all fields of the index.
func filter(s store.Scan) bson.D {
	f := bson.D{}
	for i, name := range s.Index.Eq {
		f = append(f, bson.E{Key: name, Value: s.Eq[i]})
	}
	way := "$gt"
	if s.Desc {
		way = "$lt"
	}
	if s.Index.Sort == "" {
		if s.After != nil {
			f = append(f, bson.E{Key: "_id", Value: bson.D{{Key: way, Value: s.After.ID}}})
		}
		return f
	}
	from, to := s.From, s.To
	bound := bson.D{}
	if s.After != nil { // the place of After bounds the index; the alternatives then choose within it
		if s.Desc {
			bound = append(bound, bson.E{Key: "$lte", Value: s.After.Sort})
			to = nil
		} else {
			from = s.After.Sort
		}
	}
	if from != nil {
		bound = append(bound, bson.E{Key: "$gte", Value: from})
	}
	if to != nil {
		bound = append(bound, bson.E{Key: "$lt", Value: to})
	}
	if len(bound) == 0 {
		bound = bson.D{{Key: "$exists", Value: true}}
	}
	f = append(f, bson.E{Key: s.Index.Sort, Value: bound})
	if s.After != nil {
		f = append(f, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: s.Index.Sort, Value: bson.D{{Key: way, Value: s.After.Sort}}}},
			bson.D{{Key: "_id", Value: bson.D{{Key: way, Value: s.After.ID}}}},
		}})
	}
	return f
}

func order(s store.Scan) bson.D {
	way := 1
	if s.Desc {
		way = -1
	}
	o := bson.D{}
	if s.Index.Sort != "" {
		o = append(o, bson.E{Key: s.Index.Sort, Value: way})
	}
	return append(o, bson.E{Key: "_id", Value: way})
}
