// Package file keeps what people upload and what the server renders: sealed, under names that say nothing,
// in a folder or an S3 bucket. A file is safely on disk before Put returns, because the document that names
// it is written next.
package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // s3:// URLs, for a fleet
	"gocloud.dev/gcerrors"

	"kuacheng/biz/seal"
)

// ErrNotFound says that no file has that key.
var ErrNotFound = errors.New("file: not found")

// Store keeps sealed files.
type Store struct {
	bucket *blob.Bucket
	folder string // "" on S3
	keeper *seal.Keeper
}

// Open opens a folder, made if it is missing, or an s3:// URL.
func Open(ctx context.Context, where string, keeper *seal.Keeper) (*Store, error) {
	if strings.HasPrefix(where, "s3://") {
		b, err := blob.OpenBucket(ctx, where)
		if err != nil {
			return nil, fmt.Errorf("file: opening bucket: %w", err)
		}
		return &Store{bucket: b, keeper: keeper}, nil
	}
	// No attribute files: the document knows type and digest. NoTempDir: the rename must stay on one disk.
	b, err := fileblob.OpenBucket(where, &fileblob.Options{CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("file: opening folder: %w", err)
	}
	return &Store{bucket: b, folder: where, keeper: keeper}, nil
}

// Put stores content under key ("matter/KC…/M001/01J…") and gives its SHA-256. The same key again overwrites.
func (s *Store) Put(ctx context.Context, key string, content []byte) (digest string, err error) {
	return s.put(ctx, key, content, s.keeper.SealBytes(place(key), content))
}

// PutFor is Put under the key of the person whose the file is: when that is destroyed, no copy of the file can be read. A file of which
// that is not known yet has person "".
func (s *Store) PutFor(ctx context.Context, person, key string, content []byte) (digest string, err error) {
	if person == "" {
		return s.Put(ctx, key, content)
	}
	sealed, err := s.keeper.SealBytesFor(person, place(key), content)
	if err != nil {
		return "", fmt.Errorf("file: writing: %w", err)
	}
	return s.put(ctx, key, content, sealed)
}

func place(key string) string { return "file:" + key }

func (s *Store) put(ctx context.Context, key string, content, sealed []byte) (digest string, err error) {
	sum := sha256.Sum256(content)
	if err := s.bucket.WriteAll(ctx, key, sealed, nil); err != nil {
		return "", fmt.Errorf("file: writing: %w", err)
	}
	if s.folder != "" {
		if err := s.sync(key); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum[:]), nil
}

// sync makes the file and the folders that lead to it survive a power cut: fileblob renames but does not
// fsync. Keys are ours, of letters, digits, / and -, so fileblob escapes nothing in them.
func (s *Store) sync(key string) error {
	root := filepath.Clean(s.folder)
	for path := filepath.Join(root, filepath.FromSlash(key)); ; path = filepath.Dir(path) {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("file: syncing: %w", err)
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("file: syncing: %w", err)
		}
		if path == root {
			return nil
		}
	}
}

// Get gives the content back. A file that was changed on disk does not open.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	sealed, err := s.bucket.ReadAll(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("file: reading: %w", err)
	}
	content, err := s.keeper.OpenBytes(place(key), sealed)
	if err != nil {
		return nil, fmt.Errorf("file: reading: %w", err)
	}
	return content, nil
}

// Delete removes a file; one that is not there is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("file: deleting: %w", err)
	}
	return nil
}

// DeleteFolder removes all files under a folder of ours ("matter/KC…"), also those that nothing names any more.
func (s *Store) DeleteFolder(ctx context.Context, folder string) error {
	list := s.bucket.List(&blob.ListOptions{Prefix: folder + "/"})
	for {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("file: listing: %w", err)
		}
		if err := s.Delete(ctx, o.Key); err != nil {
			return err
		}
	}
}

// Check writes, reads and deletes a small file, for doctor and readiness.
func (s *Store) Check(ctx context.Context) error {
	const key = "check"
	want := []byte("kuacheng")
	if _, err := s.Put(ctx, key, want); err != nil {
		return err
	}
	got, err := s.Get(ctx, key)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errors.New("file: what was read is not what was written")
	}
	return s.Delete(ctx, key)
}

// Close releases the bucket.
func (s *Store) Close() error { return s.bucket.Close() }
