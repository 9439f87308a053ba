package inventory

import (
	"bytes"
	"errors"
	"io"
)

// source gives the rows of a list one after the other. The text reader and the
// workbook reader are its two implementations.
type source interface {
	// next gives the number of a row, as a spreadsheet counts, and its cells,
	// which are good until the next call; io.EOF ends the list.
	next() (row int, cells []string, err error)
	close() error
}

// open looks at the bytes, never at the name, to tell what a file is: people
// rename files.
func open(r io.ReaderAt, size int64) (source, error) {
	head := make([]byte, min(size, sniffBytes))
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	switch {
	case len(bytes.TrimSpace(head)) == 0 && size <= sniffBytes:
		return nil, &Refused{Code: Empty}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return openWorkbook(r, size)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, &Refused{Code: OldExcel}
	}
	return openText(r, size, head)
}
