package mydata

import (
	"archive/zip"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"time"

	"kuacheng/biz/file"
	"kuacheng/biz/seal"
	"kuacheng/model"
	"kuacheng/model/kiosk"
)

//go:embed index.html
var indexText string

var index = template.Must(template.New("index").Parse(indexText))

// shownKind is a kind on the archive's first page.
type shownKind struct {
	Title, Why, Kept, File string
	Count                  int
}

// shownLock is a locked matter on it.
type shownLock struct{ Matter, Item, State, Until string }

// archive is a copy that is being written: one file after the other, so that little of it is in memory.
type archive struct {
	zip     *zip.Writer
	at      time.Time
	missing []string
}

// write makes the archive of a person in a folder of the file store.
func (s *Service) write(ctx context.Context, person, folder string) (parts int, size int64, err error) {
	out := s.Files.WriteParts(ctx, person, folder)
	a := &archive{zip: zip.NewWriter(out), at: s.Clock.Now().In(model.Beijing)}
	kinds := make([]shownKind, 0, len(s.kinds))
	for i, k := range s.kinds {
		x := shownKind{Title: k.title, Why: k.why, Kept: k.kept, File: fmt.Sprintf("%02d-%s.json", i+1, k.title)}
		if x.Count, err = a.list(x.File, func(put put) error { return k.each(ctx, person, put) }); err != nil {
			return 0, 0, fmt.Errorf("mydata: writing %s: %w", k.key, err)
		}
		kinds = append(kinds, x)
	}
	if err := s.files(ctx, person, a); err != nil {
		return 0, 0, fmt.Errorf("mydata: writing files: %w", err)
	}
	if err := s.first(ctx, person, a, kinds); err != nil {
		return 0, 0, fmt.Errorf("mydata: writing the first page: %w", err)
	}
	if err := errors.Join(a.zip.Close(), out.Close()); err != nil {
		return 0, 0, fmt.Errorf("mydata: writing: %w", err)
	}
	parts, size = out.Written()
	return parts, size, nil
}

func (a *archive) create(name string, method uint16) (io.Writer, error) {
	return a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.at})
}

// list writes a kind as a JSON array, a line for each thing.
func (a *archive) list(name string, each func(put) error) (n int, err error) {
	w, err := a.create(name, zip.Deflate)
	if err != nil {
		return 0, err
	}
	if _, err := io.WriteString(w, "["); err != nil {
		return 0, err
	}
	err = each(func(value any) error {
		raw, err := json.Marshal(value)
		if err != nil {
			return err
		}
		before := "\n"
		if n++; n > 1 {
			before = ",\n"
		}
		_, err = w.Write(append([]byte(before), raw...))
		return err
	})
	if err == nil {
		_, err = io.WriteString(w, "\n]\n")
	}
	return n, err
}

// file writes one of the person's files; one that cannot be read any more is named on the first page, and keeps nobody from the rest.
func (a *archive) file(name string, read func() ([]byte, error)) error {
	content, err := read()
	switch {
	case errors.Is(err, file.ErrNotFound), errors.Is(err, seal.ErrShredded), errors.Is(err, seal.ErrOpen):
		a.missing = append(a.missing, name)
		return nil
	case err != nil:
		return err
	}
	w, err := a.create(name, zip.Store) // pictures and PDF are packed already
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}

// files writes what the person has uploaded, and what was made for them.
func (s *Service) files(ctx context.Context, person string, a *archive) error {
	get := func(f *model.MatterFile) func() ([]byte, error) {
		return func() ([]byte, error) { return s.Files.Get(ctx, f.Key) }
	}
	err := s.matters(ctx, person, func(m *model.Matter) error {
		for _, mm := range m.Materials {
			if mm.File == nil {
				continue
			}
			if err := a.file(fileName(m.ID, mm.Code, mm.File), get(mm.File)); err != nil {
				return err
			}
		}
		if m.Result != nil {
			if err := a.file(fileName(m.ID, "result", m.Result), get(m.Result)); err != nil {
				return err
			}
		}
		pictures, err := s.Pictures.Of(ctx, m.ID)
		if err != nil {
			return err
		}
		for _, p := range pictures {
			if err := a.file(pictureName(p), get(&p.File)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.certificates(ctx, person, func(c *kiosk.Certificate) error { return a.file(certificateName(c), get(&c.File)) })
}

// first writes the page that says what is in the archive.
func (s *Service) first(ctx context.Context, person string, a *archive, kinds []shownKind) error {
	held, err := s.List(ctx, person)
	if err != nil {
		return err
	}
	locked := []shownLock{}
	for _, l := range held.Locked {
		locked = append(locked, shownLock{l.Matter, l.Item, l.State, l.Until.In(model.Beijing).Format("2006年1月2日")})
	}
	w, err := a.create("index.html", zip.Deflate)
	if err != nil {
		return err
	}
	return index.Execute(w, map[string]any{"At": a.at.Format("2006年1月2日 15:04"), "Kinds": kinds, "Locked": locked, "Missing": a.missing})
}
