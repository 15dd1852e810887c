// Package mongo keeps documents in MongoDB, or a database that speaks its protocol: the engine for a fleet. Any
// number of processes may have it open; nothing is remembered between calls, and correctness rests on rev.
//
// A document is stored as BSON under "doc", with its declared fields beside it under their own names:
//
//	{_id, rev, wake, pending_at, failed_at, <fields>, doc: {…}}
//
// The engine keeps to what every such server does alike, standalone or sharded: ReplaceOne by {_id, rev}, no
// transaction, no findAndModify, no projection, groups by one field.
package mongo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"kuacheng/biz/store"
)

const (
	// selectTimeout is how long to look for a server, where the URI does not say.
	selectTimeout = 10 * time.Second
	closeTimeout  = 10 * time.Second
	// formsName is the collection that remembers what the fields of each were computed for.
	formsName = "store_forms"
)

// Engine is an open database.
type Engine struct {
	client *mongo.Client
	db     *mongo.Database
	writes atomic.Int64
}

// Open connects to the database that the URI names, and fails when it does not answer.
func Open(ctx context.Context, uri string, cfg store.Config) (*store.DB, error) {
	e, err := OpenEngine(ctx, uri)
	if err != nil {
		return nil, err
	}
	return store.New(e, cfg), nil
}

// OpenEngine is Open for those who want the engine itself. The URI's read preference and write concern are
// overruled: a document is read where it is written, and a write counts when a majority has it.
func OpenEngine(ctx context.Context, uri string) (*Engine, error) {
	cs, err := connstring.Parse(uri)
	if err != nil { // the parser's words may quote the URI and its password
		return nil, errors.New("mongodb: the URI cannot be read; want mongodb://host/database")
	}
	if cs.Database == "" {
		return nil, errors.New("mongodb: the URI names no database; want mongodb://host/database")
	}
	opts := options.Client().ApplyURI(uri).SetAppName("kuacheng").
		SetReadPreference(readpref.Primary()).SetWriteConcern(writeconcern.Majority())
	if !cs.ServerSelectionTimeoutSet {
		opts.SetServerSelectionTimeout(selectTimeout)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("mongodb: connecting to %v: %w", cs.Hosts, err)
	}
	e := &Engine{client: client, db: client.Database(cs.Database)}
	if err := e.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connecting to %v: %w", cs.Hosts, err), e.Close())
	}
	return e, nil
}

// Name is "mongodb".
func (e *Engine) Name() string { return "mongodb" }

// Exclusive is false: other processes write too.
func (e *Engine) Exclusive() bool { return false }

// Codec writes BSON by the documents' json tags.
func (e *Engine) Codec() store.Codec { return codec{} }

// Ping asks the primary.
func (e *Engine) Ping(ctx context.Context) error {
	return failure(ctx, e.client.Ping(ctx, readpref.Primary()))
}

// Stats counts each write as a commit: the server folds them as it likes.
func (e *Engine) Stats() store.Stats {
	n := e.writes.Load()
	return store.Stats{Commits: n, Writes: n}
}

// Close ends the connections.
func (e *Engine) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := e.client.Disconnect(ctx)
	if errors.Is(err, mongo.ErrClientDisconnected) {
		return nil
	}
	return err
}

type codec struct{}

func (codec) Encode(doc any) ([]byte, error) {
	var buf bytes.Buffer
	enc := bson.NewEncoder(bson.NewDocumentWriter(&buf))
	enc.UseJSONStructTags()
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

func (codec) Decode(data []byte, doc any) error {
	dec := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(data)))
	dec.UseJSONStructTags()
	return dec.Decode(doc)
}

// failure brings a driver's error into the store's words. A server's message may quote a document, so of it only
// the code is said; the error itself stays within reach of errors.As.
func failure(ctx context.Context, err error) error {
	var server mongo.ServerError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, mongo.ErrNoDocuments):
		return store.ErrNotFound
	case errors.Is(err, mongo.ErrClientDisconnected):
		return store.ErrClosed
	case mongo.IsDuplicateKeyError(err):
		return store.ErrDuplicate
	case errors.As(err, &server):
		return &refused{err: err, codes: server.ErrorCodes(), labels: server}
	default:
		return fmt.Errorf("mongodb: %w", err)
	}
}

// refused is an answer of the server, shown by its code.
type refused struct {
	err    error
	codes  []int
	labels mongo.ServerError
}

func (r *refused) Error() string {
	text := fmt.Sprintf("mongodb: server error %v", r.codes)
	for _, label := range []string{"NetworkError", "RetryableWriteError", "TransientTransactionError"} {
		if r.labels.HasErrorLabel(label) {
			text += " " + label
		}
	}
	return text
}

func (r *refused) Unwrap() error { return r.err }
