package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSolvesProvesAndChecks(t *testing.T) {
	instance := file(t, "i.txt", "3 2 4\n0 0 5\n1 0 9\n1 1 4\n2 1 3\n")
	tiers := file(t, "t.txt", "1\n1\n5\n")
	result := filepath.Join(t.TempDir(), "r")
	var out, complain bytes.Buffer
	if code := run(t.Context(), []string{"-tiers", tiers, "-out", result, instance}, &out, &complain); code != 0 {
		t.Fatal(code, complain.String())
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Matched != 2 || r.Score != 12 || !r.Proved || r.Tiers["5"] != 1 || r.Tiers["1"] != 1 {
		t.Fatalf("%+v", r)
	}
	out.Reset()
	if code := run(t.Context(), []string{"-tiers", tiers, "-check", result, instance}, &out, &complain); code != 0 {
		t.Fatal(code, complain.String())
	}
	text, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	worse := file(t, "w", strings.Replace(string(text), "p 1 0", "p 0 0", 1))
	if code := run(t.Context(), []string{"-tiers", tiers, "-check", worse, instance}, &out, &complain); code != notOptimal {
		t.Fatal(code, "a worse result passed", complain.String())
	}
}

func TestBinaryAndTextAgree(t *testing.T) {
	var b bytes.Buffer
	for _, v := range []uint32{2, 1, 2, 0, 0, 7, 1, 0, 9} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	var fromBinary, fromText, complain bytes.Buffer
	if code := run(t.Context(), []string{file(t, "b", b.String())}, &fromBinary, &complain); code != 0 {
		t.Fatal(code, complain.String())
	}
	if code := run(t.Context(), []string{file(t, "t", "2 1 2\n0 0 7\n1 0 9\n")}, &fromText, &complain); code != 0 {
		t.Fatal(code, complain.String())
	}
	if !strings.Contains(fromBinary.String(), `"score":9`) || !strings.Contains(fromText.String(), `"score":9`) {
		t.Fatal(fromBinary.String(), fromText.String())
	}
}

func TestMalformedFilesNameThePlace(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"truncated binary": {"\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00", "the file has 14"},
		"word":             {"2 1 1\n0 x 7\n", "line 2"},
		"too few":          {"2 1 1\n0 7\n", "line 2"},
		"arcs missing":     {"2 1 2\n0 0 7\n", "2 arcs announced, 1 found"},
		"out of range":     {"2 1 1\n5 0 7\n", "arc 0"},
		"zero score":       {"2 1 1\n0 0 0\n", "arc 0"},
		"double arc":       {"2 1 2\n0 0 7\n0 0 8\n", "stands twice"},
		"empty":            {"", "no instance"},
	} {
		var out, complain bytes.Buffer
		if code := run(t.Context(), []string{file(t, "i", c.text)}, &out, &complain); code != malformed || !strings.Contains(complain.String(), c.says) {
			t.Errorf("%s: status %d, says %q", name, code, complain.String())
		}
	}
}

func FuzzReaders(f *testing.F) {
	f.Add([]byte("2 1 1\n0 0 7\n"))
	f.Add([]byte("\x02\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<12 || bytes.Contains(raw, []byte("00000")) {
			t.Skip("sizes that only take memory")
		}
		var out, complain bytes.Buffer
		code := run(t.Context(), []string{file(t, "i", string(raw))}, &out, &complain)
		if code == 0 && !strings.Contains(out.String(), `"certified":true`) {
			t.Fatal(out.String())
		}
	})
}
