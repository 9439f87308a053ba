package inventory

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// workbook makes an XLSX file as a spreadsheet program saves it.
func workbook(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func setRows(f *excelize.File, sheet string, rows map[int][]any) error {
	for row, cells := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", row), &cells); err != nil {
			return err
		}
	}
	return nil
}

func TestWorkbook(t *testing.T) {
	file := workbook(t, func(f *excelize.File) error {
		_, err1 := f.NewSheet("Ancien parc")
		_, err2 := f.NewSheet("Parc")
		err3 := setRows(f, "Sheet1", map[int][]any{1: {"Lisez-moi"}, 2: {"Serial"}})
		err4 := setRows(f, "Ancien parc", map[int][]any{1: {"Numéro de série", "Modèle", "Marque", "RAM"}})
		err5 := f.SetSheetVisible("Ancien parc", false)
		err6 := setRows(f, "Parc", map[int][]any{
			1: {"Liste au 1er mars"},
			3: {"Numéro de série", "Modèle", "Date d'achat", "RAM (Go)"},
			4: {123456780, "Latitude 5490", time.Date(2019, 3, 4, 0, 0, 0, 0, time.UTC), 8},
			7: {"PF1ABX3T", "ThinkPad T480", "05/03/2019", 16},
		})
		return errors.Join(err1, err2, err3, err4, err5, err6)
	})
	want := Report{
		Layout: Plain, Rows: 2, Problems: []Problem{},
		Devices: []Device{
			{Row: 4, Serial: "123456780", Model: "Latitude 5490", Purchased: "2019-03-04", RAMGB: 8},
			{Row: 7, Serial: "PF1ABX3T", Model: "ThinkPad T480", Purchased: "2019-03-05", RAMGB: 16},
		},
	}
	if diff := cmp.Diff(want, readBytes(t, file, Options{})); diff != "" {
		t.Error(diff)
	}
}

func TestLastRowOfASheet(t *testing.T) {
	file := workbook(t, func(f *excelize.File) error {
		return setRows(f, "Sheet1", map[int][]any{1: {"Serial", "Model"}, excelize.TotalRows: {"PF1ABX3T", "ThinkPad T480"}})
	})
	report := readBytes(t, file, Options{})
	if len(report.Devices) != 1 || report.Devices[0].Row != excelize.TotalRows {
		t.Error(report)
	}
}

// rawWorkbook packs hand-written sheets, which is far faster than a library
// for a million rows.
func rawWorkbook(t testing.TB, parts map[string]func(io.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	add := func(name string, write func(io.Writer)) {
		w, err := zw.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	text := func(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }
	add("[Content_Types].xml", text(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`))
	add("_rels/.rels", text(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`))
	add("xl/workbook.xml", text(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Parc" sheetId="1" r:id="rId1"/></sheets></workbook>`))
	add("xl/_rels/workbook.xml.rels", text(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`))
	for name, write := range parts {
		add(name, write)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAWorkbookOfAMillionRowsIsCapped(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	file := rawWorkbook(t, map[string]func(io.Writer){
		"xl/worksheets/sheet1.xml": func(w io.Writer) {
			fmt.Fprint(w, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
			fmt.Fprint(w, `<row><c t="inlineStr"><is><t>Serial</t></is></c><c t="inlineStr"><is><t>Model</t></is></c></row>`)
			for i := range excelize.TotalRows - 1 {
				fmt.Fprintf(w, `<row><c><v>%d</v></c><c><v>1</v></c></row>`, 200_000_000+i)
			}
			fmt.Fprint(w, `</sheetData></worksheet>`)
		},
	})
	report := readBytes(t, file, Options{})
	if report.Rows != MaxRows || len(report.Problems) != 1 || report.Problems[0].Code != RowLimit {
		t.Error(report.Rows, report.Problems)
	}
}

// claim adds a part that says it unpacks to another size than it does.
func claim(t *testing.T, name string, really, says uint64) []byte {
	t.Helper()
	var b, packed bytes.Buffer
	zw := zip.NewWriter(&b)
	inner := zip.NewWriter(&packed)
	w, err := inner.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(bytes.Repeat([]byte(" "), int(really))); err != nil {
		t.Fatal(err)
	}
	if err := inner.Close(); err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := zr.File[0].OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	out, err := zw.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Deflate, UncompressedSize64: says,
		CompressedSize64: zr.File[0].CompressedSize64, CRC32: crc32.ChecksumIEEE(nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, raw); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZipBombsAreRefused(t *testing.T) {
	var many bytes.Buffer
	zw := zip.NewWriter(&many)
	for i := range maxParts + 1 {
		if _, err := zw.Create(fmt.Sprintf("xl/%d.xml", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file []byte
		code RefusalCode
	}{
		"huge sheet":          {claim(t, "xl/worksheets/sheet1.xml", 10, maxUnpacked+1), TooLarge},
		"huge picture":        {claim(t, "xl/media/image1.png", 10, 5*maxInMemory), TooLarge},
		"lies about its size": {claim(t, "xl/workbook.xml", 1<<26, 100), Unreadable},
		"too many parts":      {many.Bytes(), TooLarge},
		"no workbook":         {claim(t, "photos/1.jpg", 10, 10), Binary},
		"no sheets":           {claim(t, "xl/workbook.xml", 10, 10), Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(context.Background(), bytes.NewReader(c.file), int64(len(c.file)), Options{})
			var refused *Refused
			if !errors.As(err, &refused) || refused.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func TestADamagedWorkbookIsRefused(t *testing.T) {
	file := workbook(t, func(f *excelize.File) error {
		return setRows(f, "Sheet1", map[int][]any{1: {"Serial", "Model"}, 2: {"PF1ABX3T", strings.Repeat("ThinkPad ", 9)}})
	})
	for _, cut := range []int{len(file) / 4, len(file) / 2, len(file) - 10} {
		_, err := Read(context.Background(), bytes.NewReader(file), int64(cut), Options{})
		var refused *Refused
		if !errors.As(err, &refused) {
			t.Errorf("cut at %d of %d: %v", cut, len(file), err)
		}
	}
}
