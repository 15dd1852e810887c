// Package backup copies what an embedded server holds, while it runs, and brings it back. A backup is a folder: the database as it was at
// one moment, the sealed files that it names, and a manifest with the digest of each.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kuacheng/biz/store/sqlite"
)

// What lies in a backup.
const (
	Database = "kuacheng.db"
	files    = "files"
	manifest = "manifest.json"
)

// Manifest says what a backup holds.
type Manifest struct {
	Made    time.Time         `json:"made"`
	Digests map[string]string `json:"sha256"` // by path within the backup
}

// Make copies a server's data folder to a new folder. The database comes first: a file is on disk before a document names it, so
// every file that the copy names is there.
func Make(ctx context.Context, data, from, to string) (*Manifest, error) {
	if err := os.Mkdir(to, 0o700); err != nil {
		return nil, fmt.Errorf("backup: the folder must be a new one: %w", err)
	}
	m := &Manifest{Made: time.Now().UTC(), Digests: map[string]string{}}
	if err := sqlite.Snapshot(ctx, filepath.Join(data, Database), filepath.Join(to, Database)); err != nil {
		return nil, err
	}
	digest, err := digestOf(filepath.Join(to, Database))
	if err != nil {
		return nil, err
	}
	m.Digests[Database] = digest
	if from == "" {
		from = filepath.Join(data, files)
	}
	if err := m.copyTree(ctx, from, to); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	return m, writeFile(filepath.Join(to, manifest), text) // last: a folder without it is no backup
}

func (m *Manifest) copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // no file yet, or one that was taken back meanwhile
			return nil
		}
		if err != nil || d.IsDir() {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(filepath.Join(files, rel))
		digest, err := copyFile(path, filepath.Join(to, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		m.Digests[name] = digest
		return errors.Join(err, ctx.Err())
	})
}

// Restore checks a backup against its manifest and puts it into a data folder that has no database yet.
func Restore(ctx context.Context, from, data string) (*Manifest, error) {
	text, err := os.ReadFile(filepath.Join(from, manifest))
	if err != nil {
		return nil, fmt.Errorf("backup: %s is no finished backup: %w", from, err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("backup: reading the manifest: %w", err)
	}
	if m.Digests[Database] == "" {
		return nil, errors.New("backup: the manifest does not name the database")
	}
	for name, want := range m.Digests {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, fmt.Errorf("backup: the manifest names %q", name)
		}
		if got, err := digestOf(filepath.Join(from, filepath.FromSlash(name))); err != nil || got != want {
			return nil, errors.Join(fmt.Errorf("backup: %s is not as it was written", name), err)
		}
	}
	if _, err := os.Stat(filepath.Join(data, Database)); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("backup: %s holds a database already; restore into another folder", data)
	}
	for name := range m.Digests {
		if name == Database {
			continue
		}
		if _, err := copyFile(filepath.Join(from, filepath.FromSlash(name)), filepath.Join(data, filepath.FromSlash(name))); err != nil {
			return nil, fmt.Errorf("backup: restoring: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	_, err = copyFile(filepath.Join(from, Database), filepath.Join(data, Database)) // last: without it a server begins empty, and would be seen to
	return &m, err
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("backup: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("backup: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// copyFile copies a file, safely on disk, for its owner alone, and gives its digest.
func copyFile(from, to string) (digest string, err error) {
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return "", err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, sum), in)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, out.Sync(), out.Close())
}

func writeFile(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
