package inventory

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
)

// Read reads a whole list, up to MaxRows rows. It refuses what is no list with
// a *Refused, ends with the context's error when that is cancelled, and tells
// everything else as problems in the report.
func Read(ctx context.Context, r io.ReaderAt, size int64, options Options) (Report, error) {
	rows, err := open(r, size)
	if err != nil {
		return Report{}, err
	}
	report, err := readRows(ctx, rows, options)
	return report, errors.Join(err, rows.close())
}

// Headers reads the beginning of a list: the headers and the first rows below
// them, at most limit.
func Headers(ctx context.Context, r io.ReaderAt, size int64, limit int) (Preview, error) {
	rows, err := open(r, size)
	if err != nil {
		return Preview{}, err
	}
	preview, err := preview(ctx, rows, limit)
	return preview, errors.Join(err, rows.close())
}

// list is the state of one reading.
type list struct {
	options Options
	columns Mapping
	report  Report
	serials map[string]int // the row in which a serial stood first
	dates   dateOrder
}

// record is a row kept while the headers are looked for.
type record struct {
	row   int
	cells []string
}

func readRows(ctx context.Context, rows source, options Options) (Report, error) {
	top, header, err := findHeader(rows)
	if err != nil {
		return Report{}, err
	}
	l := &list{
		options: options,
		columns: options.Mapping,
		serials: map[string]int{},
		report:  Report{Layout: layoutOf(header.cells), Devices: []Device{}, Problems: []Problem{}},
	}
	if l.columns == nil {
		l.columns = guessColumns(header.cells)
	}
	l.checkColumns()
	for _, early := range top {
		l.add(early.row, early.cells)
	}
	if err := l.readOn(ctx, rows); err != nil {
		return Report{}, err
	}
	if l.report.Rows == 0 {
		return Report{}, &Refused{Code: Empty}
	}
	l.settleDates()
	l.wordProblems()
	return l.report, nil
}

// findHeader reads the first rows and takes for the header the one whose names
// are best understood, else the first that is not empty. It gives the rows
// below it that it has read.
func findHeader(rows source) (below []record, header record, err error) {
	var top []record
	for range headerRows {
		row, cells, err := rows.next()
		if errors.Is(err, io.EOF) || errors.Is(err, errRecordTooLong) && len(top) > 0 {
			break // the reading that follows meets it again
		}
		if err != nil {
			return nil, record{}, refuse(err)
		}
		if !isBlank(cells) {
			top = append(top, record{row, append([]string(nil), cells...)})
		}
	}
	if len(top) == 0 {
		return nil, record{}, &Refused{Code: Empty}
	}
	best, bestKnown := 0, 1 // a single known word may be a title
	for i, r := range top {
		if known := len(guessColumns(r.cells)); known > bestKnown {
			best, bestKnown = i, known
		}
	}
	return top[best+1:], top[best], nil
}

// refuse tells a file that breaks before its first rows from one that cannot
// be read from the disk.
func refuse(err error) error {
	if errors.Is(err, errRecordTooLong) {
		return &Refused{Code: Binary, cause: err}
	}
	return err
}

// checkColumns tells once what would otherwise be told in each row.
func (l *list) checkColumns() {
	for _, field := range []Field{Serial, Model} {
		if _, ok := l.columns[field]; !ok {
			l.problem(0, field, ColumnMissing, nil)
		}
	}
}

const progressRows = 1000

func (l *list) readOn(ctx context.Context, rows source) error {
	for read := 1; ; read++ {
		if read%progressRows == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			l.progress()
		}
		row, cells, err := rows.next()
		switch {
		case errors.Is(err, io.EOF):
			l.progress()
			return ctx.Err()
		case errors.Is(err, errRecordTooLong):
			l.problem(row, "", RowBroken, nil)
			return ctx.Err()
		case err != nil:
			return err
		case isBlank(cells):
			continue
		case l.report.Rows == MaxRows:
			l.problem(row, "", RowLimit, map[string]any{"limit": MaxRows})
			l.progress()
			return ctx.Err()
		}
		l.add(row, cells)
	}
}

func (l *list) progress() {
	if l.options.Progress != nil {
		l.options.Progress(l.report.Rows)
	}
}

func isBlank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// add understands one row.
func (l *list) add(row int, cells []string) {
	l.report.Rows++
	text := func(field Field) string { return oneLine(l.cell(row, field, cells)) }
	device := Device{
		Row:          row,
		AssetTag:     text(AssetTag),
		Manufacturer: text(Manufacturer),
		Category:     text(Category),
		Processor:    text(Processor),
		RAMGB:        l.readMemory(row, l.cell(row, RAMGB, cells)),
		Purchased:    l.readDate(row, text(Purchased)),
	}
	disk := l.cell(row, DiskGB, cells)
	device.DiskGB = l.readDisk(row, disk)
	device.DiskType = diskType(text(DiskType), disk)
	l.required(row, Serial, cells, func(cell string) { device.Serial = l.readSerial(row, cell) })
	l.required(row, Model, cells, func(cell string) { device.Model = l.readModel(row, oneLine(cell)) })
	l.report.Devices = append(l.report.Devices, device)
}

// required reads a field whose absence is a problem, unless the list has no
// such column, or a problem already says why the cell is empty.
func (l *list) required(row int, field Field, cells []string, read func(cell string)) {
	if _, ok := l.columns[field]; !ok {
		return
	}
	before := len(l.report.Problems)
	cell := l.cell(row, field, cells)
	if cell == "" && len(l.report.Problems) > before {
		return
	}
	read(cell)
}

// cell gives the clean text of a field, empty where the row has none.
func (l *list) cell(row int, field Field, cells []string) string {
	column, ok := l.columns[field]
	if !ok || column < 0 || column >= len(cells) {
		return ""
	}
	return strings.Clone(l.clean(row, field, cells[column])) // a cell may share the memory of its row
}

func (l *list) readModel(row int, cell string) string {
	if cell == "" {
		l.problem(row, Model, ModelMissing, nil)
	}
	return cell
}

func (l *list) problem(row int, field Field, code Code, args map[string]any) {
	l.report.Problems = append(l.report.Problems, Problem{Row: row, Field: field, Code: code, Args: args})
}

// wordProblems puts the problems in the order of the rows and words them.
func (l *list) wordProblems() {
	slices.SortStableFunc(l.report.Problems, func(a, b Problem) int { return a.Row - b.Row })
	for i := range l.report.Problems {
		p := &l.report.Problems[i]
		p.Message = string(p.Code)
		if l.options.Words != nil {
			p.Message = l.options.Words(p.Code, p.Args)
		}
	}
}

func preview(ctx context.Context, rows source, limit int) (Preview, error) {
	top, header, err := findHeader(rows)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{
		Layout:  layoutOf(header.cells),
		Headers: header.cells,
		Mapping: guessColumns(header.cells),
		Rows:    [][]string{},
	}
	for _, early := range top[:min(limit, len(top))] {
		p.Rows = append(p.Rows, early.cells)
	}
	for len(p.Rows) < limit {
		_, cells, err := rows.next()
		if errors.Is(err, io.EOF) || errors.Is(err, errRecordTooLong) {
			break
		}
		if err != nil {
			return Preview{}, err
		}
		if !isBlank(cells) {
			p.Rows = append(p.Rows, append([]string(nil), cells...))
		}
	}
	return p, ctx.Err()
}
