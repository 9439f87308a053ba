package inventory

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

func read(t *testing.T, text string, options Options) Report {
	t.Helper()
	report, err := Read(context.Background(), strings.NewReader(text), int64(len(text)), options)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestLook(t *testing.T) {
	r := read(t, "Parc 2024;;\n\nN° de série;Modèle;RAM (Go);Disque;Date d'achat\n5CG1;EliteBook 840 G5;16 Go;238,47 Gio;3/4/2019\nto be filled by O.E.M.;\"Lat\n5420\";8192;1 To SSD;31/12/2020\n=1+1;x;;;\n", Options{})
	b, _ := json.MarshalIndent(r, "", " ")
	t.Log(string(b))
}
