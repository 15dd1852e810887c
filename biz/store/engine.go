package store

import "context"

// Engine is what a database does for the store: documents in and out as bytes, with the values of their declared
// fields beside them. It knows nothing of what they mean. biz/store/storetest is its specification.
type Engine interface {
	Name() string
	// Exclusive says that no other process can write while this one has the database open, so that what was read
	// or written here may be remembered.
	Exclusive() bool
	Codec() Codec
	// Open makes the collection and its indexes where they are missing. It says stale when documents may be
	// stored whose fields were computed for other fields or another version; they are then given to Refield.
	Open(ctx context.Context, schema Schema) (table Table, stale bool, err error)
	Ping(ctx context.Context) error
	Stats() Stats
	Close() error
}

// Codec turns documents into the bytes that the engine keeps, and back.
type Codec interface {
	Encode(doc any) ([]byte, error)
	Decode(data []byte, doc any) error
}

// Table is one collection in an engine. Its methods are safe for concurrent use. Insert, Replace and Delete return
// nil only when the write is durable.
type Table interface {
	Insert(ctx context.Context, row Row) error              // ErrDuplicate, also where row.Unless exists
	Get(ctx context.Context, id string) (Row, error)        // ErrNotFound
	Replace(ctx context.Context, row Row, rev int64) error  // ErrConflict unless the stored rev is rev
	Delete(ctx context.Context, id string, rev int64) error // ErrConflict unless the stored rev is rev
	Find(ctx context.Context, s Scan) ([]Row, error)        // in the order of the index
	Tally(ctx context.Context, s Scan, by string) (map[string]int64, error)
	Explain(ctx context.Context, s Scan) (Plan, error)
	// Refield replaces the fields of a row whose rev is still row.Rev, and nothing else; it is not an error when
	// it is not. Fresh tells the engine that all rows have been given.
	Refield(ctx context.Context, row Row) error
	Fresh(ctx context.Context) error
}

// Schema is a collection as an engine sees it: the head's fields wake, pending_at and failed_at first, then the declared ones.
type Schema struct {
	Name    string
	Version int
	Fields  []string
	Indexes []Index
}

// Row is a document as an engine sees it.
type Row struct {
	ID     string
	Rev    int64
	Fields []any  // beside Schema.Fields: string, int64, time.Time (UTC, whole milliseconds) or nil. Not read back.
	Was    []any  // for Replace: Fields of the row being replaced; nil when nobody knows
	Unless string // for Insert: an id that must not exist either; "" for none
	Body   []byte
}

// Scan is a query as an engine sees it. Rows that lack a field of the index are not in it.
type Scan struct {
	Index    Index
	Eq       []any // a value for each of Index.Eq
	From, To any   // on Index.Sort: From ≤ x < To; nil is open
	After    *Mark // strictly behind it, in the direction of the scan; it lies between From and To
	Desc     bool
	Limit    int
}

// Mark is a place in an index: the sort value (nil where the index has no sort field) and the id.
type Mark struct {
	Sort any
	ID   string
}

// Plan is how an engine would carry out a query.
type Plan struct {
	Index  string // the index it uses, "" for none
	Scan   bool   // it reads the whole collection
	Sort   bool   // it sorts what it has found
	Detail string // the engine's own words
}

// Stats counts what an engine has written since it was opened.
type Stats struct {
	Commits int64 // durable commits; where writes are folded, one holds many
	Writes  int64 // documents inserted, replaced or deleted
}
