package inventory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// FuzzRead feeds any bytes: a list is refused by name or read into devices
// that keep their promises.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*sv")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add(workbook(f, func(x *excelize.File) error {
		return setRows(x, "Sheet1", map[int][]any{1: {"Serial", "Model", "Purchased"}, 3: {"PF1ABX3T", 12, 43528}})
	}))
	f.Fuzz(func(t *testing.T, file []byte) {
		report, err := Read(context.Background(), bytes.NewReader(file), int64(len(file)), Options{})
		var refused *Refused
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("neither read nor refused: %v", err)
		}
		if err == nil {
			checkPromises(t, report)
		}
		_, _ = Headers(context.Background(), bytes.NewReader(file), int64(len(file)), 5)
	})
}

func checkPromises(t *testing.T, report Report) {
	t.Helper()
	if report.Rows != len(report.Devices) || report.Rows == 0 {
		t.Fatalf("%d rows, %d devices", report.Rows, len(report.Devices))
	}
	before := 0
	for _, d := range report.Devices {
		if d.Row <= before {
			t.Fatalf("row %d after row %d", d.Row, before)
		}
		before = d.Row
		if d.Purchased != "" {
			if _, err := time.Parse(time.DateOnly, d.Purchased); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range []string{d.Serial, d.AssetTag, d.Manufacturer, d.Model, d.Category, d.Processor} {
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxCell || strings.ContainsAny(text, "\n\r\x00") ||
				(text != "" && strings.ContainsRune("=+@", rune(text[0]))) {
				t.Fatalf("unsafe text %q", text)
			}
		}
	}
	if _, err := json.Marshal(report); err != nil {
		t.Fatal(err)
	}
}
