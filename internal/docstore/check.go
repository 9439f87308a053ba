package docstore

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// MaxDocument is the largest body, in bytes as encoded: MongoDB takes 16 MiB
// with the outbox, of which one is left for it.
const MaxDocument = 15 << 20

// TooLarge refuses a body beyond MaxDocument.
func TooLarge(bytes int) error {
	if bytes <= MaxDocument {
		return nil
	}
	return fault.New(fault.TooLarge, "document_too_large").With("megabytes", MaxDocument>>20)
}

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)
	pathPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
)

// check refuses declarations that an engine would have to quote or could not
// index: names and paths become part of its statements literally.
func (s Spec) check() error {
	if !namePattern.MatchString(s.Name) {
		return fmt.Errorf("docstore: collection name %q", s.Name)
	}
	for _, index := range s.Indexes {
		if !namePattern.MatchString(index.Name) || index.Name == "id" {
			return fmt.Errorf("docstore: %s: index name %q", s.Name, index.Name)
		}
		paths := index.Equal
		if index.Order != "" {
			paths = append([]string{index.Order}, paths...)
		}
		for _, path := range paths {
			if !pathPattern.MatchString(path) {
				return fmt.Errorf("docstore: %s: index %s has the path %q", s.Name, index.Name, path)
			}
		}
	}
	return nil
}

// portable refuses types that the two engines would store differently.
func portable(t reflect.Type, path string, seen map[reflect.Type]bool) error {
	switch t.Kind() { //nolint:exhaustive // the rest is refused
	case reflect.Pointer, reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return fmt.Errorf("docstore: %s holds bytes: store base64 text", path)
		}
		return portable(t.Elem(), path, seen)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("docstore: %s has keys that are not text", path)
		}
		return portable(t.Elem(), path, seen)
	case reflect.Struct:
		return portableStruct(t, path, seen)
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Float32, reflect.Float64, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return nil
	default:
		return fmt.Errorf("docstore: %s is a %s, which the engines store differently", path, t)
	}
}

func portableStruct(t reflect.Type, path string, seen map[reflect.Type]bool) error {
	if seen[t] {
		return nil
	}
	seen[t] = true
	if t.String() == "time.Time" {
		return fmt.Errorf("docstore: %s is a time: store Millis", path)
	}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported() && !field.Anonymous, name == "-":
			continue
		case name == "" && !field.Anonymous:
			return fmt.Errorf("docstore: %s.%s has no json name", path, field.Name)
		}
		if err := portable(field.Type, path+"."+field.Name, seen); err != nil {
			return err
		}
	}
	return nil
}

var errText = errors.New("docstore: text with invalid UTF-8 or a zero character")

// checkText refuses text that one engine would change and the other reject.
func checkText(v reflect.Value) error {
	switch v.Kind() { //nolint:exhaustive // the rest holds no text
	case reflect.String:
		if text := v.String(); !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
			return fault.Wrap(fault.Invalid, "text", errText)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return checkText(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if err := checkText(v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		if !holdsText(v.Type().Elem()) {
			return nil
		}
		for i := range v.Len() {
			if err := checkText(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if err := errors.Join(checkText(entries.Key()), checkText(entries.Value())); err != nil {
				return err
			}
		}
	}
	return nil
}

func holdsText(t reflect.Type) bool {
	k := t.Kind()
	return k == reflect.String || k == reflect.Struct || k == reflect.Pointer || k == reflect.Map || k == reflect.Slice || k == reflect.Array
}
