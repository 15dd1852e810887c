package file_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kuacheng/biz/file"
	"kuacheng/biz/seal"
)

func TestStore(t *testing.T) {
	t.Parallel()
	keys, err := seal.ParseKeys("a:000102030405060708090a0b0c0d0e0f")
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := seal.New(keys, make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "files")
	s, err := file.Open(t.Context(), folder, keeper)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const key = "matter/KC4415002611240000010/M001/1"
	content := bytes.Repeat([]byte("440000199001010019 "), 100)
	digest, err := s.Put(t.Context(), key, content)
	if err != nil || len(digest) != 64 {
		t.Fatalf("put: %q, %v", digest, err)
	}
	got, err := s.Get(t.Context(), key)
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("get: %v", err)
	}
	err = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte("440000199001010019")) {
			t.Errorf("%s shows the content", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "matter/none"); !errors.Is(err, file.ErrNotFound) {
		t.Errorf("a missing file: %v", err)
	}
	if err := s.Delete(t.Context(), key); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), key); err != nil {
		t.Errorf("deleting twice: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
