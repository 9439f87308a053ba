// Package archtest holds the import rules of ARCHITECTURE.md as a test. It
// parses the files itself: asking the go command would give a cached pass.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/digitalfranceschool/passerelle/"

// floors lists every package from the ground up. A package may import those of
// lower floors, never one of its own floor or above.
var floors = [][]string{ //nolint:gochecknoglobals // a constant table
	{"pkg/assign", "pkg/nearest", "pkg/erasure", "pkg/client", "frontend/words", "internal/fault", "internal/call"},
	{"internal/id", "internal/place", "internal/docstore", "internal/inventory/sample"},
	{"internal/country", "internal/lifecycle", "internal/docstore/sqlite", "internal/docstore/mongodb"},
	{"internal/docstore/contract", "internal/docstore/storetest", "internal/lifecycle/lifecycletest", "internal/seal", "internal/event", "internal/paper", "internal/inventory"},
	{"internal/people"},
	{"internal/partner"},
	{"internal/device"},
	{"internal/donation", "internal/application"},
	{"internal/matching"},
	{"internal/matching/matchingtest"},
	{"internal/delivery"},
	{"internal/funding"},
	{"internal/notice", "internal/privacy", "internal/impact"},
	{"internal/httpapi", "internal/worker", "internal/smtpmail", "internal/stripegw", "internal/sms", "frontend"},
	{"internal/app"},
	{"cmd/passerelle", "cmd/assign", "internal/app/bench"},
}

// sideways are the imports within a floor that have a reason.
var sideways = map[string][]string{ //nolint:gochecknoglobals // a constant table
	"internal/httpapi":            {"frontend"}, // the edge renders the pages
	"internal/call":               {},
	"internal/lifecycle":          {},
	"internal/docstore/storetest": {"internal/docstore/contract"}, // one place to open test stores
	"internal/docstore/contract":  {"internal/docstore/storetest"},
	"internal/donation":           {},
}

// owners lists the outside modules that only one place may import.
var owners = map[string][]string{ //nolint:gochecknoglobals // a constant table
	"github.com/gin-gonic/gin":       {"internal/httpapi", "internal/app/bench"},
	"go.mongodb.org/mongo-driver":    {"internal/docstore/mongodb", "internal/docstore/storetest"},
	"modernc.org/sqlite":             {"internal/docstore/sqlite"},
	"github.com/stripe/stripe-go":    {"internal/stripegw"},
	"github.com/wneessen/go-mail":    {"internal/smtpmail"},
	"github.com/tink-crypto/tink-go": {"internal/seal"},
	"github.com/xuri/excelize":       {"internal/inventory"},
	"github.com/caarlos0/env":        {"internal/app"},
	"github.com/danielgtaylor/huma":  {"internal/httpapi"},
}

// file is a parsed source file: its package's folder and what it imports.
type file struct {
	name    string
	folder  string
	imports []string
	syntax  *ast.File
}

func sources(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..")
	var files []file
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"node_modules", ".git", "bin", "deployments", "tools", "testdata", "dist"}, entry.Name()) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f := file{name: filepath.ToSlash(rel), syntax: parsed}
		f.folder = path.Dir(f.name)
		for _, spec := range parsed.Imports {
			value, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, value)
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files found: is this the root?", len(files))
	}
	return files
}

func floorOf(folder string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, folder) })
}

func TestImportsGoDownwards(t *testing.T) {
	for _, f := range sources(t) {
		if f.folder == "internal/archtest" || strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		from := floorOf(f.folder)
		if from < 0 {
			t.Errorf("%s: package %s stands on no floor; give it one in archtest", f.name, f.folder)
			continue
		}
		for _, imported := range f.imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours || to == f.folder || slices.Contains(sideways[f.folder], to) {
				continue
			}
			if floorOf(to) >= from {
				t.Errorf("%s imports %s, which does not stand below %s", f.name, to, f.folder)
			}
		}
	}
}

func TestOutsideModulesHaveOneHome(t *testing.T) {
	for _, f := range sources(t) {
		for _, imported := range f.imports {
			for prefix, homes := range owners {
				if strings.HasPrefix(imported, prefix) && !slices.Contains(homes, f.folder) {
					t.Errorf("%s imports %s, which belongs to %v", f.name, imported, homes)
				}
			}
		}
	}
}

// TestSolversNeedNothing keeps the public algorithm packages usable by anyone.
func TestSolversNeedNothing(t *testing.T) {
	alone := []string{"pkg/assign", "pkg/nearest", "pkg/erasure"}
	for _, f := range sources(t) {
		if !slices.Contains(alone, f.folder) || strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		for _, imported := range f.imports {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("%s imports %s: this package uses the standard library alone", f.name, imported)
			}
		}
	}
}

// TestOnlyAppReadsTheWorld keeps configuration and the clock in one place.
func TestOnlyAppReadsTheWorld(t *testing.T) {
	banned := map[string][]string{"os": {"Getenv", "LookupEnv", "Environ"}, "time": {"Now"}}
	for _, f := range sources(t) {
		if strings.HasSuffix(f.name, "_test.go") || !strings.HasPrefix(f.folder, "internal/") {
			continue
		}
		if slices.Contains([]string{"internal/app", "internal/app/bench", "internal/docstore/storetest", "internal/docstore/contract"}, f.folder) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := selector.X.(*ast.Ident); ok && slices.Contains(banned[pkg.Name], selector.Sel.Name) && !measures(f.name) {
				t.Errorf("%s calls %s.%s: only internal/app reads the clock and the environment", f.name, pkg.Name, selector.Sel.Name)
			}
			return true
		})
	}
}

// measures lists the files that time their own work: durations, not moments.
func measures(name string) bool {
	return name == "internal/httpapi/router.go"
}

// TestOnlyPeopleMakeScopes keeps the sight of territories tied to an Actor.
func TestOnlyPeopleMakeScopes(t *testing.T) {
	allowed := []string{"internal/people", "internal/docstore"}
	for _, f := range sources(t) {
		if strings.HasSuffix(f.name, "_test.go") || slices.Contains(allowed, f.folder) || strings.HasPrefix(f.folder, "internal/docstore/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(f.name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, maker := range []string{"docstore.ScopeOf(", "docstore.ScopeAll("} {
			if strings.Contains(string(text), maker) {
				t.Errorf("%s makes a scope with %s): only an Actor gives one", f.name, maker)
			}
		}
	}
}
