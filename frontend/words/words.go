// Package words holds every word that people read, in three languages: pages,
// mails and errors take them from here. French is the source.
package words

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed fr.json en.json ar.json typography.json
var files embed.FS

// Languages lists those the product speaks, the default first.
var Languages = []string{"fr", "en", "ar"} //nolint:gochecknoglobals // a constant list

// Words gives texts by key and language. It is safe for concurrent use.
type Words struct {
	localizers map[string]*i18n.Localizer
	printers   map[string]*message.Printer
	keys       map[string]bool
}

// Load reads the embedded words.
func Load() (*Words, error) {
	bundle := i18n.NewBundle(language.French)
	french, err := typography()
	if err != nil {
		return nil, err
	}
	w := &Words{localizers: map[string]*i18n.Localizer{}, printers: map[string]*message.Printer{}, keys: map[string]bool{}}
	for _, lang := range Languages {
		text, err := files.ReadFile(lang + ".json")
		if err != nil {
			return nil, err
		}
		written := string(text)
		if lang == Languages[0] {
			written = french.Replace(written)
		}
		if err := add(bundle, lang, []byte(written), w.keys); err != nil {
			return nil, err
		}
		w.localizers[lang] = i18n.NewLocalizer(bundle, lang)
		w.printers[lang] = message.NewPrinter(tag(lang))
	}
	return w, nil
}

// typography binds French marks to the word before or after them, so that none
// begins a line alone. Words are kept as they are typed; the desk's build reads
// the same table.
func typography() (*strings.Replacer, error) {
	text, err := files.ReadFile("typography.json")
	if err != nil {
		return nil, err
	}
	var bound map[string]string
	if err := json.Unmarshal(text, &bound); err != nil {
		return nil, fmt.Errorf("words typography: %w", err)
	}
	var pairs []string
	for plain, tied := range bound {
		pairs = append(pairs, plain, tied)
	}
	return strings.NewReplacer(pairs...), nil
}

// tag writes Arabic with the digits that families type.
func tag(lang string) language.Tag {
	if lang == "ar" {
		return language.MustParse("ar-u-nu-latn")
	}
	return language.Make(lang)
}

func add(bundle *i18n.Bundle, lang string, text []byte, keys map[string]bool) error {
	var entries map[string]any
	if err := json.Unmarshal(text, &entries); err != nil {
		return fmt.Errorf("words %s: %w", lang, err)
	}
	for key, entry := range entries {
		m := &i18n.Message{ID: key}
		switch e := entry.(type) {
		case string:
			m.Other = e
		case map[string]any:
			forms := map[string]*string{"zero": &m.Zero, "one": &m.One, "two": &m.Two, "few": &m.Few, "many": &m.Many, "other": &m.Other}
			for form, value := range e {
				into, ok := forms[form]
				text, isText := value.(string)
				if !ok || !isText {
					return fmt.Errorf("words %s: %s has a plural form %q", lang, key, form)
				}
				*into = text
			}
			for _, form := range forms { // a form that a language words like another is not written twice
				*form = cmp.Or(*form, m.Other)
			}
		}
		if err := bundle.AddMessages(language.Make(lang), m); err != nil {
			return fmt.Errorf("words %s: %s: %w", lang, key, err)
		}
		if lang == Languages[0] {
			keys[key] = true
		}
	}
	return nil
}

// Text gives the words of a key, with {{.Name}} filled from args. Where a
// language lacks them it gives French; where all do, the key.
func (w *Words) Text(lang, key string, args map[string]any) string {
	return w.text(lang, &i18n.LocalizeConfig{MessageID: key, TemplateData: isolated(lang, args)}, key)
}

// Plural gives the words of a key for a number, also filled in as {{.Count}}.
func (w *Words) Plural(lang, key string, n int, args map[string]any) string {
	data := map[string]any{"Count": w.Number(lang, n)}
	maps.Copy(data, isolated(lang, args))
	return w.text(lang, &i18n.LocalizeConfig{MessageID: key, TemplateData: data, PluralCount: n}, key)
}

// isolated sets what is filled into a text from right to left apart (U+2068 to
// U+2069): an address, a reference or a Latin name keeps its own direction and
// moves no mark around it.
func isolated(lang string, args map[string]any) map[string]any {
	if Dir(lang) != "rtl" {
		return args
	}
	apart := make(map[string]any, len(args))
	for name, value := range args {
		if text, ok := value.(string); ok && text != "" {
			value = "\u2068" + text + "\u2069"
		}
		apart[name] = value
	}
	return apart
}

func (w *Words) text(lang string, config *i18n.LocalizeConfig, key string) string {
	localizer, ok := w.localizers[lang]
	if !ok {
		localizer = w.localizers[Languages[0]]
	}
	text, err := localizer.Localize(config)
	if err != nil && text == "" {
		return key
	}
	return text
}

// Has tells whether French knows a key: a code without words of its own is
// shown by a more general one.
func (w *Words) Has(key string) bool { return w.keys[key] }

// Number writes a whole number as the language does.
func (w *Words) Number(lang string, n int) string {
	if p, ok := w.printers[lang]; ok {
		return p.Sprintf("%d", n)
	}
	return strconv.Itoa(n)
}

// Date writes a day: "3 mars 2026". The month's name is a word like others.
func (w *Words) Date(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.dayOfMonth(lang, t) + " " + strconv.Itoa(t.Year())
}

// Weekday writes a day with its name, as people agree on one: "mardi 3 mars".
func (w *Words) Weekday(lang string, t time.Time) string {
	return w.Text(lang, "weekday."+strconv.Itoa(int(t.Weekday())), map[string]any{"Day": w.dayOfMonth(lang, t)})
}

// dayOfMonth writes "3 mars"; French calls the first of a month by its rank.
func (w *Words) dayOfMonth(lang string, t time.Time) string {
	day := strconv.Itoa(t.Day())
	if lang == "fr" && t.Day() == 1 {
		day = "1er"
	}
	return day + " " + w.Text(lang, "month."+strconv.Itoa(int(t.Month())), nil)
}

// Moment writes a day and the hour.
func (w *Words) Moment(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.Text(lang, "moment.hour", map[string]any{"Day": w.Date(lang, t), "Hour": t.Format("15:04")})
}

// Window writes a day with its name and the hours between which somebody comes.
func (w *Words) Window(lang string, day time.Time, from, to string) string {
	return w.Text(lang, "moment.window", map[string]any{"Day": w.Weekday(lang, day), "Hours": from + "–" + to})
}

// Dir is the direction a language is written in.
func Dir(lang string) string {
	if lang == "ar" {
		return "rtl"
	}
	return "ltr"
}
