package inventory

import (
	"archive/zip"
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// What a workbook may unpack to: a hundred columns of fifty thousand rows fit.
// What is not a sheet or its texts is held in memory, so it may be less.
const (
	maxUnpacked = 512 << 20
	maxInMemory = 8 << 20
	maxParts    = 2000
)

// maxColumns is how far to the right a row is read.
const maxColumns = 200

type workbookRows struct {
	file *excelize.File
	rows *excelize.Rows
	row  int
}

func openWorkbook(r io.ReaderAt, size int64) (source, error) {
	if err := checkParts(r, size); err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(io.NewSectionReader(r, 0, size), excelize.Options{
		RawCellValue:      true, // dates as numbers: formatted ones hide which is the month
		UnzipSizeLimit:    maxUnpacked,
		UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		return nil, &Refused{Code: Unreadable, cause: err}
	}
	sheet, err := bestSheet(file)
	if err == nil {
		var rows *excelize.Rows
		if rows, err = file.Rows(sheet); err == nil {
			return &workbookRows{file: file, rows: rows}, nil
		}
	}
	return nil, errors.Join(&Refused{Code: Unreadable, cause: err}, file.Close())
}

// checkParts refuses a zip bomb by what the archive says of itself; the zip
// reader then refuses a part that unpacks to more than it said.
func checkParts(r io.ReaderAt, size int64) error {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return &Refused{Code: Unreadable, cause: err}
	}
	var total, inMemory uint64
	isWorkbook := false
	for _, part := range archive.File {
		if part.UncompressedSize64 > maxUnpacked {
			return &Refused{Code: TooLarge}
		}
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		isWorkbook = isWorkbook || strings.HasPrefix(name, "xl/")
		total += part.UncompressedSize64
		if !strings.HasPrefix(name, "xl/worksheets/sheet") && name != "xl/sharedstrings.xml" {
			inMemory += part.UncompressedSize64
		}
	}
	switch {
	case len(archive.File) > maxParts, total > maxUnpacked, inMemory > 4*maxInMemory:
		return &Refused{Code: TooLarge}
	case !isWorkbook:
		return &Refused{Code: Binary}
	}
	return nil
}

// bestSheet takes the visible sheet whose headers are best understood.
func bestSheet(file *excelize.File) (string, error) {
	best, bestScore := "", -1
	for _, sheet := range file.GetSheetList() {
		if visible, err := file.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		rows, err := file.Rows(sheet)
		if err != nil {
			continue // a chart sheet has no rows
		}
		score := 0
		for range headerRows {
			if !rows.Next() {
				break
			}
			cells, err := rows.Columns()
			if err != nil {
				break
			}
			score = max(score, len(guessColumns(cells[:min(len(cells), maxColumns)])))
		}
		if err := rows.Close(); err == nil && score > bestScore {
			best, bestScore = sheet, score
		}
	}
	if best == "" {
		return "", errors.New("no visible sheet")
	}
	return best, nil
}

func (w *workbookRows) next() (int, []string, error) {
	if !w.rows.Next() {
		if err := w.rows.Error(); err != nil {
			return w.row + 1, nil, &Refused{Code: Unreadable, cause: err}
		}
		return w.row + 1, nil, io.EOF
	}
	w.row++
	cells, err := w.rows.Columns()
	if err != nil {
		return w.row, nil, &Refused{Code: Unreadable, cause: err}
	}
	return w.row, cells[:min(len(cells), maxColumns)], nil
}

func (w *workbookRows) close() error { return errors.Join(w.rows.Close(), w.file.Close()) }
