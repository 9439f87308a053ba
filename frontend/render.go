// Package frontend holds what people see: pages as Go templates by audience,
// styles, the scripts that Vite builds, and words. It knows nothing of the
// product's rules.
package frontend

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/frontend/words"
)

//go:embed pages
var pages embed.FS

// Site renders pages. It is safe for concurrent use.
type Site struct {
	words  *words.Words
	zone   Zone
	assets *Assets
	pages  map[string]*template.Template
}

// View is what a page shows. Path is the page's address without its language,
// as routes name it, so that the other languages can be offered.
type View struct {
	Lang   string
	Page   string            // name of the page: "family/apply"
	Others map[string]string // the same page's address in each language
	Signed string            // first role of who is signed in; empty for anyone
	Demo   bool
	Legal  Legal
	Flash  string // key of a message about what was just done
	Form   Form
	Data   any
}

// Form is a form as it was filled, with what is wrong: nothing typed is lost.
type Form struct {
	Values map[string][]string
	Errors map[string]string // by field, in words
	Wrong  []Wrong           // the same in the form's order
	Top    string            // what is wrong with the whole, in words
}

// Wrong is one line above a form: the field to go to, what it is called, and
// what is wrong with it.
type Wrong struct {
	Name  string
	Label string
	Text  string
}

// Value gives what was typed into a field.
func (f Form) Value(name string) string {
	if v := f.Values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Has tells whether a choice of a field was made.
func (f Form) Has(name, value string) bool {
	for _, v := range f.Values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// Error gives what is wrong with a field.
func (f Form) Error(name string) string { return f.Errors[name] }

// Zone is where a territory's clocks stand; of none, where the product's do.
type Zone func(territory string) *time.Location

// New parses every page with the layout and the parts. Pages show each moment
// by the clock of the territory whose document it belongs to.
func New(w *words.Words, zone Zone) (*Site, error) {
	assets, err := openAssets()
	if err != nil {
		return nil, err
	}
	s := &Site{words: w, zone: zone, assets: assets, pages: map[string]*template.Template{}}
	err = fs.WalkDir(pages, "pages", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".html" || strings.Count(name, "/") < 2 || strings.HasPrefix(name, "pages/parts/") {
			return err
		}
		t, err := template.New("layout.html").Funcs(s.funcs()).ParseFS(pages, "pages/layout.html", "pages/parts/*.html", name)
		if err != nil {
			return fmt.Errorf("page %s: %w", name, err)
		}
		s.pages[strings.TrimSuffix(strings.TrimPrefix(name, "pages/"), ".html")] = t
		return nil
	})
	return s, err
}

// Assets serves the files beside the pages.
func (s *Site) Assets() *Assets { return s.assets }

// Render writes a page whole, or nothing.
func (s *Site) Render(out io.Writer, v View) error {
	t, ok := s.pages[v.Page]
	if !ok {
		return fmt.Errorf("frontend: no page %q", v.Page)
	}
	var page bytes.Buffer
	if err := t.Execute(&page, v); err != nil {
		return fmt.Errorf("frontend: page %s: %w", v.Page, err)
	}
	_, err := page.WriteTo(out)
	return err
}

// Pages lists the names of all pages, for tests that render each.
func (s *Site) Pages() []string {
	names := make([]string, 0, len(s.pages))
	for name := range s.pages {
		names = append(names, name)
	}
	return names
}

func (s *Site) funcs() template.FuncMap {
	return template.FuncMap{
		// t LANG KEY [NAME VALUE]... gives words.
		"t": func(lang, key string, pairs ...any) (string, error) {
			args, err := dict(pairs...)
			return s.words.Text(lang, key, args), err
		},
		// tn LANG KEY N [NAME VALUE]... gives words for a number.
		"tn": func(lang, key string, n int, pairs ...any) (string, error) {
			args, err := dict(pairs...)
			return s.words.Plural(lang, key, n, args), err
		},
		// code LANG PREFIX VALUE gives the word of a code, or the code.
		"code": func(lang, prefix string, value any) string {
			text := fmt.Sprint(value)
			if key := prefix + "." + text; s.words.Has(key) {
				return s.words.Text(lang, key, nil)
			}
			return text
		},
		"number": func(lang string, n int) string { return s.words.Number(lang, n) },
		// date and moment LANG TERRITORY TIME write a moment as its people live it.
		"date":   func(lang, territory string, t time.Time) string { return s.words.Date(lang, t.In(s.zone(territory))) },
		"moment": func(lang, territory string, t time.Time) string { return s.words.Moment(lang, t.In(s.zone(territory))) },
		"day": func(lang, iso string) string {
			t, err := time.Parse(time.DateOnly, iso)
			if err != nil {
				return iso
			}
			return s.words.Date(lang, t)
		},
		"weekday": func(lang, iso string) string {
			t, err := time.Parse(time.DateOnly, iso)
			if err != nil {
				return iso
			}
			return s.words.Weekday(lang, t)
		},
		// window LANG DAY FROM TO writes an appointment.
		"window": func(lang, iso, from, to string) string {
			t, err := time.Parse(time.DateOnly, iso)
			if err != nil {
				return iso
			}
			return s.words.Window(lang, t, from, to)
		},
		// tenths writes a number of tenths, as a screen's size is kept.
		"tenths": func(lang string, n int) string {
			point := "."
			if lang == "fr" {
				point = ","
			}
			return fmt.Sprintf("%d%s%d", n/10, point, n%10)
		},
		"dir":       words.Dir,
		"languages": func() []string { return words.Languages },
		"asset":     s.assets.URL,
		"script":    s.assets.Script,
		"dict":      dict,
		"list":      func(items ...any) []any { return items },
		"url":       URL,
		"add":       func(a, b int) int { return a + b },
		"join":      func(list []string) string { return strings.Join(list, ", ") },
	}
}

// dict makes a map of pairs, for partials that take several things.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("frontend: a name without a value: %v", pairs)
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("frontend: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}
