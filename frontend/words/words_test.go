package words_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/digitalfranceschool/passerelle/frontend/words"
)

func load(t *testing.T) *words.Words {
	t.Helper()
	w, err := words.Load()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// written reads a language as it is typed.
func written(t *testing.T, lang string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// forms are the plural categories of CLDR for some numbers.
var forms = map[string]map[int]string{ //nolint:gochecknoglobals // a constant table
	"fr": {0: "one", 1: "one", 2: "other", 3: "other", 11: "other", 100: "other", 1_000_000: "other"},
	"en": {0: "other", 1: "one", 2: "other", 3: "other", 11: "other", 100: "other", 1_000_000: "other"},
	"ar": {0: "zero", 1: "one", 2: "two", 3: "few", 11: "many", 100: "other", 1_000_000: "other"},
}

// TestEveryCountAgrees walks all words of numbers in their languages.
func TestEveryCountAgrees(t *testing.T) {
	w := load(t)
	plain := func(text string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text) }
	for _, lang := range words.Languages {
		counted := 0
		for key, entry := range written(t, lang) {
			own, plural := entry.(map[string]any)
			if !plural {
				continue
			}
			counted++
			for n, form := range forms[lang] {
				want, _ := own[form].(string)
				want = strings.ReplaceAll(want, "{{.Count}}", w.Number(lang, n))
				want = regexp.MustCompile(`{{\.\w+}}`).ReplaceAllString(want, "<no value>")
				if got := w.Plural(lang, key, n, nil); plain(got) != plain(want) || want == "" {
					t.Errorf("%s: %d %s is %q, not %q", lang, n, key, got, want)
				}
			}
		}
		if counted < 25 {
			t.Errorf("%s: only %d words of numbers", lang, counted)
		}
	}
}

// TestNoNumberStandsBesideAWordOfOneForm: what a number may turn into several
// has its forms.
func TestNoNumberStandsBesideAWordOfOneForm(t *testing.T) {
	for _, lang := range words.Languages {
		for key, entry := range written(t, lang) {
			text, one := entry.(string)
			if strings.Contains(text, "(s)") {
				t.Errorf("%s: %q leaves the number to the reader: %q", lang, key, text)
			}
			if one && strings.Contains(text, "{{.Count}}") && key != "family.offer.gigabytes" { // a unit has one form
				t.Errorf("%s: %q counts in one form: %q", lang, key, text)
			}
		}
	}
}

// TestFrenchMarksAreBound: no mark begins a line alone, and none is bound by
// hand.
func TestFrenchMarksAreBound(t *testing.T) {
	w, alone := load(t), regexp.MustCompile(` [;:!?»]|« `)
	for key, entry := range written(t, "fr") {
		own, plural := entry.(map[string]any)
		if !plural {
			own = map[string]any{"": entry}
		}
		for _, text := range own {
			if typed, _ := text.(string); strings.ContainsAny(typed, "\u00a0\u202f") {
				t.Errorf("%q is bound by hand", key)
			}
		}
		said := w.Text("fr", key, nil)
		if plural {
			said = w.Plural("fr", key, 1, nil) + w.Plural("fr", key, 2, nil)
		}
		if said == key || alone.MatchString(said) {
			t.Errorf("%q leaves a mark alone: %q", key, said)
		}
	}
	if got := w.Text("fr", "public.check_form", nil); !strings.HasSuffix(got, "corriger\u00a0:") {
		t.Errorf("%q", got)
	}
	for _, lang := range []string{"en", "ar"} {
		for key, entry := range written(t, lang) {
			if text, _ := entry.(string); regexp.MustCompile(` [;:!?؟؛]`).MatchString(text) {
				t.Errorf("%s: %q sets a mark apart as French does: %q", lang, key, text)
			}
		}
	}
}

// TestWhatIsFilledInKeepsItsDirection: a reference or a Latin name in an Arabic
// sentence stands apart.
func TestWhatIsFilledInKeepsItsDirection(t *testing.T) {
	w := load(t)
	if got := w.Text("ar", "donor.donation.title", map[string]any{"Reference": "D-26-7F3K"}); !strings.HasSuffix(got, "\u2068D-26-7F3K\u2069") {
		t.Errorf("%q", got)
	}
	if got := w.Text("fr", "donor.donation.title", map[string]any{"Reference": "D-26-7F3K"}); got != "Don D-26-7F3K" {
		t.Errorf("%q", got)
	}
	at := time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC)
	if got := w.Moment("ar", at); !strings.Contains(got, "،") || strings.Contains(got, ",") {
		t.Errorf("the comma of %q", got)
	}
	if got := w.Moment("fr", at); got != "1er mars 2026, 14:05" {
		t.Errorf("%q", got)
	}
}

// TestOneFormOfAddressInArabic: nobody knows who reads, so all are spoken to in
// the plural.
func TestOneFormOfAddressInArabic(t *testing.T) {
	alone := regexp.MustCompile(`(?:^|[^\p{L}\p{M}])(?:[وفبل]?(?:طلبك|مكانك|رمزك|موعدك|مساحتك|حاسوبك|تبرعك|بياناتك|أسرتك|بلديتك|جوابك|إليك|لديك|يمكنك|عليك|اختر|أجب|افتح|أحضر|اطلب|أخبرنا|حاول|انتظر|انظر|اضغط|سجّل))(?:$|[^\p{L}\p{M}])`)
	for key, entry := range written(t, "ar") {
		texts := map[string]any{"": entry}
		if own, plural := entry.(map[string]any); plural {
			texts = own
		}
		for _, text := range texts {
			if said, _ := text.(string); alone.MatchString(said) {
				t.Errorf("%q speaks to one man: %q", key, said)
			}
		}
	}
}
