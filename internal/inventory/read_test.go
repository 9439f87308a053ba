package inventory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/digitalfranceschool/passerelle/internal/inventory/sample"
)

var update = flag.Bool("update", false, "write the golden files again")

func readBytes(t testing.TB, b []byte, options Options) Report {
	t.Helper()
	report, err := Read(context.Background(), bytes.NewReader(b), int64(len(b)), options)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestListsOfEveryKind(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*sv")
	if err != nil || len(files) < 10 {
		t.Fatalf("only %d lists: %v", len(files), err)
	}
	for _, file := range append(files, "testdata/excel-unicode.txt") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(readBytes(t, text, Options{}), "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSampleOfSnipeIT(t *testing.T) {
	report := readBytes(t, sample.SnipeIT, Options{})
	if report.Layout != SnipeIT || report.Rows != 168 || len(report.Devices) != 168 || len(report.Problems) != 0 {
		t.Fatalf("%s, %d rows, %d devices, problems %v", report.Layout, report.Rows, len(report.Devices), report.Problems)
	}
	want := Device{
		Row: 3, Serial: "C02X2F0PQ6L4", AssetTag: "DVX-20311", Manufacturer: "Apple", Model: `MacBook Pro 13" 2019`,
		Category: "Laptops", Processor: "Intel Core i5-8257U", RAMGB: 16, DiskGB: 256, DiskType: "ssd", Purchased: "2019-12-31",
	}
	if diff := cmp.Diff(want, report.Devices[1]); diff != "" {
		t.Error(diff)
	}
	allComplete(t, report)
}

func TestSampleOfGLPI(t *testing.T) {
	report := readBytes(t, sample.GLPI, Options{})
	if report.Layout != GLPI || report.Rows != 168 || len(report.Devices) != 168 {
		t.Fatalf("%s, %d rows, %d devices", report.Layout, report.Rows, len(report.Devices))
	}
	var codes []Code
	for _, problem := range report.Problems {
		codes = append(codes, problem.Code)
	}
	if diff := cmp.Diff([]Code{SerialPlaceholder, SerialPlaceholder, SerialMissing, SerialDuplicate}, codes); diff != "" {
		t.Error(diff)
	}
	allComplete(t, report)
}

// allComplete checks the fields that both samples fill in each row.
func allComplete(t *testing.T, report Report) {
	t.Helper()
	for _, d := range report.Devices {
		if d.Model == "" || d.Manufacturer == "" || d.Processor == "" || d.Purchased == "" || d.DiskType == "" ||
			(d.RAMGB != 8 && d.RAMGB != 16) || (d.DiskGB != 256 && d.DiskGB != 512 && d.DiskGB != 500 && d.DiskGB != 1000) {
			t.Errorf("incomplete: %+v", d)
		}
	}
}

func TestMappingOverridesTheHeaders(t *testing.T) {
	list := []byte("A;B;C\nThinkPad T480;PF1ABX3T;99\n")
	report := readBytes(t, list, Options{Mapping: Mapping{Model: 0, Serial: 1, RAMGB: 7, DiskGB: -1}})
	want := []Device{{Row: 2, Model: "ThinkPad T480", Serial: "PF1ABX3T"}}
	if diff := cmp.Diff(want, report.Devices); diff != "" || len(report.Problems) != 0 {
		t.Error(diff, report.Problems)
	}
}

func TestHeadersForTheMappingPage(t *testing.T) {
	list := "Nos portables;;\nRéférence;Étiquette constructeur;RAM\nThinkPad T480;PF1ABX3T;8\nLatitude 5490;AB12CD3;16\nX;Y;4\n"
	preview, err := Headers(context.Background(), strings.NewReader(list), int64(len(list)), 2)
	if err != nil {
		t.Fatal(err)
	}
	want := Preview{
		Layout:  Plain,
		Headers: []string{"Référence", "Étiquette constructeur", "RAM"},
		Rows:    [][]string{{"ThinkPad T480", "PF1ABX3T", "8"}, {"Latitude 5490", "AB12CD3", "16"}},
		Mapping: Mapping{Model: 0, RAMGB: 2},
	}
	if diff := cmp.Diff(want, preview); diff != "" {
		t.Error(diff)
	}
}

func TestWordsAreTakenFromTheCaller(t *testing.T) {
	report := readBytes(t, []byte("Serial,Model\nA1B2C3,X\nA1B2C3,Y\n"), Options{
		Words: func(code Code, args map[string]any) string { return fmt.Sprint(code, args["value"], args["first"]) },
	})
	if len(report.Problems) != 1 || report.Problems[0].Message != "serial_duplicateA1B2C32" {
		t.Error(report.Problems)
	}
}

func TestRefusedFiles(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		code RefusalCode
	}{
		"nothing":            {"", Empty},
		"spaces":             {" \r\n\t\n", Empty},
		"mark alone":         {"\ufeff", Empty},
		"header alone":       {"Serial,Model\n", Empty},
		"picture":            {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", Binary},
		"PDF":                {"%PDF-1.7\n1 0 obj\n", Binary},
		"zero bytes":         {"Serial,Model\nAB\x00CD,X\n", Binary},
		"old Excel":          {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 512), OldExcel},
		"cut workbook":       {"PK\x03\x04\x14\x00\x06\x00", Unreadable},
		"one endless line":   {`"` + strings.Repeat("x", 3*maxRecord), Binary},
		"one endless number": {strings.Repeat("7", 3*maxRecord), Binary},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(context.Background(), strings.NewReader(c.file), int64(len(c.file)), Options{})
			var refused *Refused
			if !errors.As(err, &refused) || refused.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func TestRowsBeyondTheLimitAreTold(t *testing.T) {
	var list bytes.Buffer
	list.WriteString("Serial,Model\n")
	for i := range MaxRows + 3 {
		fmt.Fprintf(&list, "A%06dB,X\n", i)
	}
	calls, last := 0, 0
	report := readBytes(t, list.Bytes(), Options{Progress: func(rows int) { calls, last = calls+1, rows }})
	want := []Problem{{Row: MaxRows + 2, Code: RowLimit, Message: string(RowLimit), Args: map[string]any{"limit": MaxRows}}}
	if diff := cmp.Diff(want, report.Problems); diff != "" || report.Rows != MaxRows || len(report.Devices) != MaxRows {
		t.Error(diff, report.Rows, len(report.Devices))
	}
	if calls < 50 || last != MaxRows {
		t.Errorf("progress: %d calls, the last of %d rows", calls, last)
	}
}

func TestReadingStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	list := "Serial,Model\n" + strings.Repeat("A,B\n", 10_000)
	seen := 0
	_, err := Read(ctx, strings.NewReader(list), int64(len(list)), Options{Progress: func(rows int) {
		seen = rows
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || seen > 2*progressRows {
		t.Errorf("%v after %d rows", err, seen)
	}
}

func TestRowBrokenByAnOpenQuote(t *testing.T) {
	list := "Serial,Model\nABC1234,X\n\"ABC1235,Y\n" + strings.Repeat("ABC1236,Z\n", maxRecord/5)
	report := readBytes(t, []byte(list), Options{})
	if len(report.Devices) != 1 || len(report.Problems) != 1 || report.Problems[0].Code != RowBroken || report.Problems[0].Row != 3 {
		t.Errorf("%d devices, %v", len(report.Devices), report.Problems)
	}
}
