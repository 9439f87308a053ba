package frontend_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// deskOnly are families of words that only staff read: in French alone.
var deskOnly = []string{ //nolint:gochecknoglobals // a constant table
	"desk.", "bench.", "medium.", "method.", "erasure.", "category.", "cause.", "outcome.", "stage.", "failure.", "similar.", "who.",
	"hold.", "rule.", "fact.", "work.", "why_not.", "state.match.", "state.round.", "state.device.", "ineligible.", "site.", "structure.",
	"said.bench", "public.bench",
}

// composed are families whose keys are put together from codes, in Go, in
// templates or at the desk.
var composed = []string{"fault.", "field.", "label.", "notice.", "month.", "weekday.", "moment.", "inventory.", "fact.", "cause.", "ineligible."} //nolint:gochecknoglobals // a constant table

var (
	inTemplate = regexp.MustCompile(`\bt[n]? (?:\$?\.?[\w.$]+|\(.+?\)) "([\w.\-]+)"`)
	inScript   = regexp.MustCompile(`\bt[n]?\(\s*'([\w.\-]+)'`)
	atDesk     = regexp.MustCompile(`'(desk\.[\w.]+)'`)
	eitherKey  = regexp.MustCompile(`\? '([\w.\-]+)' : '([\w.\-]+)'`)
	inGo       = regexp.MustCompile(`"((?:said|public|family|donor)\.[\w.]+)"`)
	family     = regexp.MustCompile("code (?:\\$?\\.?[\\w.$]+) \"([\\w.]+)\"|code\\([`']([\\w.]+)|prefix=\"([\\w.]+)\"|\"Words\" \"([\\w.]+)\"")
	holes      = regexp.MustCompile(`{{\.(\w+)}}`)
	plurals    = map[string][]string{"fr": {"one", "other"}, "en": {"one", "other"}, "ar": {"zero", "one", "two", "few", "many", "other"}}
)

func read(t *testing.T, lang string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("words", lang+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// used lists the keys that sources name, and the families they compose.
func used(t *testing.T) (keys map[string]string, families []string) {
	t.Helper()
	keys, families = map[string]string{}, slices.Clone(composed)
	for _, root := range []string{"pages", "src", "../internal"} {
		err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.Contains(name, "src/api/") || strings.Contains(name, "_test") || strings.Contains(name, ".test.") {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			patterns := map[string][]*regexp.Regexp{".html": {inTemplate}, ".ts": {inScript, eitherKey, atDesk}, ".svelte": {inScript, eitherKey, atDesk}, ".go": {inGo}}[filepath.Ext(name)]
			for _, pattern := range patterns {
				for _, found := range pattern.FindAllStringSubmatch(string(text), -1) {
					for _, key := range found[1:] {
						keys[key] = name
					}
				}
			}
			for _, found := range family.FindAllStringSubmatch(string(text), -1) {
				families = append(families, strings.TrimSuffix(strings.Join(found[1:], ""), ".")+".")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return keys, families
}

func TestEveryWordThatIsUsedExists(t *testing.T) {
	french := read(t, "fr")
	keys, families := used(t)
	if len(keys) < 300 {
		t.Fatalf("only %d keys found", len(keys))
	}
	for key, name := range keys {
		if _, ok := french[key]; !ok && strings.Contains(key, ".") && !slices.Contains(families, key+".") {
			t.Errorf("%s uses %q, which has no words", name, key)
		}
	}
}

func TestEveryWordIsUsed(t *testing.T) {
	keys, families := used(t)
	for key := range read(t, "fr") {
		composed := slices.ContainsFunc(families, func(f string) bool { return strings.HasPrefix(key, f) })
		if keys[key] == "" && !composed {
			t.Errorf("%q is used nowhere", key)
		}
	}
}

func TestEveryFamilyHasWords(t *testing.T) {
	french := read(t, "fr")
	_, families := used(t)
	for _, family := range families {
		found := french[strings.TrimSuffix(family, ".")] != nil // a whole key, said in place of a family
		for key := range french {
			found = found || strings.HasPrefix(key, family)
		}
		if !found {
			t.Errorf("nothing is worded under %q", family)
		}
	}
}

func TestWordsAgreeAcrossLanguages(t *testing.T) {
	french := read(t, "fr")
	for _, lang := range []string{"fr", "en", "ar"} {
		words := read(t, lang)
		for key := range words {
			if _, ok := french[key]; !ok {
				t.Errorf("%s has %q, which French has not", lang, key)
			}
		}
		for key, text := range french {
			own, ok := words[key]
			if !ok {
				if !slices.ContainsFunc(deskOnly, func(p string) bool { return strings.HasPrefix(key, p) }) {
					t.Errorf("%s lacks %q", lang, key)
				}
				continue
			}
			agree(t, lang, key, text, own)
		}
	}
}

// agree compares a text with the French one: the same holes, and every plural
// form that the language has.
func agree(t *testing.T, lang, key string, french, own any) {
	t.Helper()
	forms, plural := own.(map[string]any)
	if _, also := french.(map[string]any); also != plural {
		t.Errorf("%s: %q has plural forms in one language alone", lang, key)
		return
	}
	if !plural {
		if want, got := names(french), names(own); !slices.Equal(want, got) {
			t.Errorf("%s: %q mentions %v, French %v", lang, key, got, want)
		}
		return
	}
	for _, form := range plurals[lang] {
		if _, ok := forms[form].(string); !ok {
			t.Errorf("%s: %q lacks the plural form %q", lang, key, form)
		}
	}
}

func names(text any) []string {
	s, _ := text.(string)
	var all []string
	for _, found := range holes.FindAllStringSubmatch(s, -1) {
		all = append(all, found[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
