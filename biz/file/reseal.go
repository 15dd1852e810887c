package file

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"kuacheng/biz/seal"
	"kuacheng/model/trust"
)

// Reseal seals files anew under the first key, a page at a time: *Store is a reseal.Source.
func (s *Store) Reseal(ctx context.Context, k *seal.Keeper, after string, limit int) (trust.Found, error) {
	return s.walk(ctx, after, limit, func(key string, f *trust.Found) error {
		id, err := s.keyOf(ctx, key)
		if err != nil || !k.StaleKey(id) {
			return err
		}
		sealed, err := s.bucket.ReadAll(ctx, key)
		if err != nil {
			return err
		}
		content, err := k.OpenBytes("file:"+key, sealed)
		if err != nil {
			return nil // left alone, and told of by the proof
		}
		f.Resealed++
		_, err = s.Put(ctx, key, content) // only what no person's key is over is ever stale
		return err
	})
}

// Prove looks under which keys files are, and whether they open.
func (s *Store) Prove(ctx context.Context, k *seal.Keeper, after string, limit int) (trust.Found, error) {
	return s.walk(ctx, after, limit, func(key string, f *trust.Found) error {
		id, err := s.keyOf(ctx, key)
		if err == nil && k.StaleKey(id) {
			if f.Left == nil {
				f.Left = map[string]int{}
			}
			f.Left[id]++
		}
		return err
	})
}

// keyOf reads no more of a file than names its key.
func (s *Store) keyOf(ctx context.Context, key string) (string, error) {
	r, err := s.bucket.NewRangeReader(ctx, key, 0, 64, nil)
	if err != nil {
		return "", err
	}
	defer r.Close()
	head, err := io.ReadAll(r)
	return seal.KeyOfBytes(head), err
}

// walk goes through a page of the files. A file that is deleted meanwhile is none.
func (s *Store) walk(ctx context.Context, after string, limit int, look func(key string, f *trust.Found) error) (trust.Found, error) {
	var f trust.Found
	token := blob.FirstPageToken
	if after != "" {
		var err error
		if token, err = base64.StdEncoding.DecodeString(after); err != nil {
			return f, errors.New("file: not a cursor of a walk")
		}
	}
	page, next, err := s.bucket.ListPage(ctx, token, limit, nil)
	if err != nil {
		return f, fmt.Errorf("file: listing: %w", err)
	}
	for _, o := range page {
		f.Looked++
		if err := look(o.Key, &f); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return f, fmt.Errorf("file: walking: %w", err)
		}
	}
	f.Next = base64.StdEncoding.EncodeToString(next)
	return f, nil
}
