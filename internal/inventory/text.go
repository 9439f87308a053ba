package inventory

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// maxRecord is how much text one row may hold: beyond it a quote was opened
// and never closed.
const maxRecord = 1 << 20

// errRecordTooLong ends the reading of a text.
var errRecordTooLong = errors.New("inventory: row too long")

// textRows reads separated values, whatever separates them.
type textRows struct {
	csv    *csv.Reader
	budget *budgetReader
	row    int // of the spreadsheet
	line   int // on which the next row should begin
	err    error
}

func openText(r io.ReaderAt, size int64, head []byte) (source, error) {
	decoded, err := decode(r, size, head)
	if err != nil {
		return nil, err
	}
	budget := &budgetReader{r: decoded, left: maxRecord}
	text := bufio.NewReaderSize(budget, sniffBytes)
	sample, err := text.Peek(sniffBytes / 2)
	if err != nil && !errors.Is(err, io.EOF) && len(sample) == 0 {
		return nil, err
	}
	rows := &textRows{budget: budget, line: 1}
	separator, declared := declaredSeparator(string(sample))
	if declared > 0 {
		rows.row = 1
		if _, err := text.Discard(declared); err != nil {
			return nil, err
		}
	} else {
		separator = guessSeparator(string(sample))
	}
	rows.csv = newCSV(text, separator)
	return rows, nil
}

func newCSV(r io.Reader, separator rune) *csv.Reader {
	rows := csv.NewReader(r)
	rows.Comma = separator
	rows.LazyQuotes = true
	rows.FieldsPerRecord = -1
	rows.ReuseRecord = true
	return rows
}

// declaredSeparator reads the line "sep=;" that Excel understands, and gives
// its length.
func declaredSeparator(text string) (separator rune, length int) {
	first, _, _ := strings.Cut(text, "\n")
	line := strings.Trim(strings.TrimSuffix(first, "\r"), `"`)
	mark, found := strings.CutPrefix(strings.ToLower(line), "sep=")
	if !found || len(mark) != 1 || !strings.Contains(separators, mark) {
		return 0, 0
	}
	return rune(mark[0]), min(len(first)+1, len(text))
}

// separators in the order of preference: a French spreadsheet writes the first.
const separators = ";,\t|"

// guessSeparator takes the one under which most headers are understood, then
// the one that makes most columns.
func guessSeparator(sample string) rune {
	best, bestScore := rune(separators[0]), -1
	for _, separator := range separators {
		rows := newCSV(strings.NewReader(sample), separator)
		score := 0
		for range headerRows {
			cells, err := rows.Read()
			if err != nil {
				break
			}
			known := len(guessColumns(cells))
			score = max(score, known*1000+min(len(cells), 999))
		}
		if score > bestScore {
			best, bestScore = separator, score
		}
	}
	return best
}

func (t *textRows) next() (int, []string, error) {
	if t.err != nil {
		return t.row + 1, nil, t.err
	}
	t.budget.left = maxRecord
	cells, err := t.csv.Read()
	if err != nil {
		t.err = err
		return t.row + 1, nil, err
	}
	line, _ := t.csv.FieldPos(0)
	t.row += 1 + line - t.line // the csv reader passes over empty lines
	t.line = line + 1
	for _, cell := range cells {
		t.line += strings.Count(cell, "\n")
	}
	return t.row, cells, nil
}

func (t *textRows) close() error { return nil }

// budgetReader refuses to feed one row for ever.
type budgetReader struct {
	r    io.Reader
	left int
}

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRecordTooLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
