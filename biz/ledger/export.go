package ledger

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"

	"github.com/xuri/excelize/v2"
)

// WriteCSV writes a scope as CSV that a spreadsheet reads as UTF-8.
func (s *Service) WriteCSV(ctx context.Context, sc Scope, to io.Writer) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	w.UseCRLF = true
	if err := w.Write(Header()); err != nil {
		return err
	}
	line := make([]string, len(columns))
	err := s.Each(ctx, sc, func(values []any) error {
		for i, v := range values {
			line[i] = text(v)
		}
		return w.Write(line)
	})
	if err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

const sheet = "工作台账"

// WriteXLSX writes a scope as a workbook. Rows go through a file on disk, so that a hundred thousand take no more memory than
// a hundred.
func (s *Service) WriteXLSX(ctx context.Context, sc Scope, to io.Writer) (err error) {
	f := excelize.NewFile(excelize.Options{UnzipXMLSizeLimit: 0})
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	header := make([]any, len(columns))
	for i, c := range columns {
		if err := w.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
		header[i] = excelize.Cell{StyleID: bold, Value: c.name}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := w.SetRow("A1", header); err != nil {
		return err
	}
	n := 1
	err = s.Each(ctx, sc, func(values []any) error {
		if n++; n > excelize.TotalRows {
			return fmt.Errorf("ledger: more rows than a sheet holds")
		}
		cell, err := excelize.CoordinatesToCellName(1, n)
		if err != nil {
			return err
		}
		return w.SetRow(cell, values)
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(to)
	return err
}

// Export writes a scope to a file without a name, which is gone when it is closed.
func Export(write func(io.Writer) error) (_ *os.File, size int64, err error) {
	f, err := os.CreateTemp("", "kuacheng-export-")
	if err != nil {
		return nil, 0, fmt.Errorf("ledger: exporting: %w", err)
	}
	if err = os.Remove(f.Name()); err == nil {
		err = write(f)
	}
	if err == nil {
		size, err = f.Seek(0, io.SeekEnd)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("ledger: exporting: %w", err)
	}
	return f, size, nil
}
