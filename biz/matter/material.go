package matter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"github.com/oklog/ulid/v2"

	"kuacheng/biz/file"
	"kuacheng/model"
	"kuacheng/model/fault"
)

// MaxUpload is the largest file that is taken, in bytes.
const MaxUpload = 10 << 20

// formats are the kinds of file that are taken, told by content.
var formats = map[string]string{"image/jpeg": "jpeg", "image/png": "png", "application/pdf": "pdf"}

// PutMaterial keeps a file for one material of a matter. The file is on disk before the matter names it; one
// that a newer file replaces stays, because the trail names its digest.
func (s *Service) PutMaterial(ctx context.Context, who model.Actor, number, code string, content []byte) (*model.Matter, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(m.Materials, func(mm model.MatterMaterial) bool { return mm.Code == code })
	if i < 0 {
		return nil, fault.New("material_unknown").Field("code")
	}
	kind, err := sniff(content, m.Materials[i])
	if err != nil {
		return nil, err
	}
	if !m.Allowed(model.EvPutMaterial, who) { // before anything is written
		return s.Act(ctx, m.ID, model.Step{Event: model.EvPutMaterial, Actor: who, Facts: model.Facts{Material: code}})
	}
	f, err := s.keep(ctx, m.Applicant, "matter/"+m.ID+"/"+code, kind, content)
	if err != nil {
		return nil, err
	}
	return s.Act(ctx, m.ID, model.Step{Event: model.EvPutMaterial, Actor: who, Facts: model.Facts{Material: code, File: f}})
}

// sniff tells a file's kind by its content and checks it against the material's rule.
func sniff(content []byte, mm model.MatterMaterial) (string, error) {
	if len(content) == 0 {
		return "", fault.New("file_empty").Field("file")
	}
	limit := int64(MaxUpload)
	if mm.MaxMiB > 0 {
		limit = min(limit, int64(mm.MaxMiB)<<20)
	}
	if int64(len(content)) > limit {
		return "", fault.New("payload_too_large").Field("file").With("max_bytes", limit)
	}
	kind, _, _ := strings.Cut(mimetype.Detect(content).String(), ";")
	format, known := formats[kind]
	if !known || len(mm.Formats) > 0 && !slices.Contains(mm.Formats, format) {
		return "", fault.New("file_type_not_allowed").Field("file").With("formats", mm.Formats)
	}
	return kind, nil
}

// keep stores a person's file under a folder and a new name.
func (s *Service) keep(ctx context.Context, person, folder, kind string, content []byte) (*model.MatterFile, error) {
	key := folder + "/" + strings.ToLower(ulid.Make().String())
	digest, err := s.Files.PutFor(ctx, person, key, content)
	if err != nil {
		return nil, err
	}
	return &model.MatterFile{Key: key, Type: kind, Size: int64(len(content)), SHA256: digest, At: s.now()}, nil
}

// Material gives the file of one material to someone who may see the matter.
func (s *Service) Material(ctx context.Context, who model.Actor, number, code string) (*model.MatterFile, []byte, error) {
	m, err := s.Get(ctx, who, number)
	if err != nil {
		return nil, nil, err
	}
	for _, mm := range m.Materials {
		if mm.Code == code && mm.File != nil {
			content, err := s.read(ctx, mm.File)
			return mm.File, content, err
		}
	}
	return nil, nil, fault.New("not_found").Say("该材料尚未上传文件")
}

func (s *Service) read(ctx context.Context, f *model.MatterFile) ([]byte, error) {
	content, err := s.Files.Get(ctx, f.Key)
	if errors.Is(err, file.ErrNotFound) {
		return nil, fmt.Errorf("matter: file %s is named but not there: %w", f.Key, err)
	}
	return content, err
}
