package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kuacheng/biz/store"
)

// Open makes the table, the columns of added fields and the indexes, and drops indexes that are declared no more
// or otherwise. It runs at start, past the writer: SQLite itself makes the two wait for each other.
func (e *Engine) Open(ctx context.Context, schema store.Schema) (store.Table, bool, error) {
	tx, err := e.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	defer tx.Rollback()
	stale, err := makeTable(ctx, tx, schema)
	if err != nil {
		return nil, false, err
	}
	if err := makeIndexes(ctx, tx, schema); err != nil {
		return nil, false, err
	}
	return newTable(e, schema), stale, tx.Commit()
}

// Fresh notes that every row's fields are as the schema computes them.
func (t *table) Fresh(ctx context.Context) error {
	return t.e.w.do(ctx, nil, `UPDATE "_collections" SET form = ? WHERE name = ?`, form(t.schema), t.schema.Name)
}

// form is what the fields of stored rows depend on.
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

func makeTable(ctx context.Context, tx *sql.Tx, schema store.Schema) (stale bool, err error) {
	var was string
	err = tx.QueryRowContext(ctx, `SELECT form FROM "_collections" WHERE name = ?`, schema.Name).Scan(&was)
	if errors.Is(err, sql.ErrNoRows) {
		// Columns have no type, so that a value is compared as what it is.
		cols := `_id TEXT PRIMARY KEY NOT NULL, rev INTEGER NOT NULL`
		for _, f := range schema.Fields {
			cols += ", " + quote(f)
		}
		if _, err := tx.ExecContext(ctx, "CREATE TABLE "+quote(schema.Name)+" ("+cols+", doc BLOB NOT NULL)"); err != nil {
			return false, err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO "_collections" (name, form) VALUES (?, ?)`, schema.Name, form(schema))
		return false, err
	}
	if err != nil {
		return false, err
	}
	has, err := names(ctx, tx, "SELECT name, '' FROM pragma_table_info(?)", schema.Name)
	if err != nil {
		return false, err
	}
	for _, f := range schema.Fields {
		if _, ok := has[f]; ok {
			continue
		}
		if _, err := tx.ExecContext(ctx, "ALTER TABLE "+quote(schema.Name)+" ADD COLUMN "+quote(f)); err != nil {
			return false, err
		}
	}
	return was != form(schema), nil
}

func makeIndexes(ctx context.Context, tx *sql.Tx, schema store.Schema) error {
	has, err := names(ctx, tx, "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?", schema.Name)
	if err != nil {
		return err
	}
	for _, ix := range schema.Indexes {
		if len(indexed(ix)) == 0 {
			continue // all documents by _id: the primary key
		}
		name := schema.Name + "." + ix.Name
		text := createIndex(schema.Name, name, ix)
		if has[name] == text {
			delete(has, name)
			continue
		}
		if _, err := tx.ExecContext(ctx, "DROP INDEX IF EXISTS "+quote(name)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("index %s: %w", ix.Name, err)
		}
		delete(has, name)
	}
	for name := range has {
		if _, err := tx.ExecContext(ctx, "DROP INDEX "+quote(name)); err != nil {
			return err
		}
	}
	return nil
}

// createIndex ends every index with _id, so that it gives the order of pages, and leaves out rows that lack a
// field of it, so that an optional field costs nothing where it is absent.
func createIndex(table, name string, ix store.Index) string {
	var cols, present []string
	for _, f := range indexed(ix) {
		cols = append(cols, quote(f))
		present = append(present, quote(f)+" IS NOT NULL")
	}
	return "CREATE INDEX " + quote(name) + " ON " + quote(table) + " (" + strings.Join(append(cols, "_id"), ", ") + ") WHERE " + strings.Join(present, " AND ")
}

func indexed(ix store.Index) []string {
	if ix.Sort == "" {
		return ix.Eq
	}
	return append(slices.Clone(ix.Eq), ix.Sort)
}

func names(ctx context.Context, tx *sql.Tx, query, arg string) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, query, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		found[name] = text
	}
	return found, rows.Err()
}
