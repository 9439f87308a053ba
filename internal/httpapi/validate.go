package httpapi

import (
	"cmp"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-playground/validator/v10"

	"github.com/digitalfranceschool/passerelle/internal/country"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// newValidator reads the `validate:` tags, the one place of a field's limits;
// the tags of our own follow the rules of the territory's country.
func newValidator(rules country.Rules) (*validator.Validate, error) {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(written)
	text := func(ok func(string) bool) validator.Func {
		return func(fl validator.FieldLevel) bool { return ok(fl.Field().String()) }
	}
	tags := map[string]validator.Func{
		"postcode":       text(func(s string) bool { _, ok := rules.Postcode(s); return ok }),
		"phone":          text(func(s string) bool { _, ok := rules.Phone(s); return ok }),
		"siren_or_siret": text(func(s string) bool { o, ok := rules.Organisation(s); return ok && o.Kind != "rna" }),
		"name":           text(personName),
		"plain":          text(plain),
	}
	for tag, fn := range tags {
		if err := v.RegisterValidation(tag, fn); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// written is a field's name as its sender writes it.
func written(f reflect.StructField) string {
	for _, tag := range []string{"json", "form", "uri"} {
		if name, _, _ := strings.Cut(f.Tag.Get(tag), ","); name != "" && name != "-" {
			return name
		}
	}
	return f.Name
}

// personName allows the letters of any script, marks, and what stands between
// names; it never asks for a Latin spelling.
func personName(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsMark(r), strings.ContainsRune(" '’-.", r):
		default:
			return false
		}
	}
	return letters > 0 || s == ""
}

// plain refuses control characters other than line ends and tabs.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// whole is a request with rules that no tag of one field can say.
type whole interface {
	Faults(rules country.Rules, now time.Time) []fault.Field
}

// validate checks a request's tags, then what it says of itself as a whole, and
// names each field at fault once, by the path that its sender wrote
// ("lines.2.model"), in the request's order. Why a field was unread beats what
// follows from it.
func (a *API) validate(req any, unread ...fault.Field) error {
	err := a.validator.Struct(req)
	var invalid validator.ValidationErrors
	if err != nil && !errors.As(err, &invalid) {
		return fault.Wrap(fault.Internal, "internal", err)
	}
	tagged := make([]fault.Field, 0, len(invalid))
	for _, f := range invalid {
		tagged = append(tagged, fault.Field{Path: pathOf(f.Namespace()), Code: fieldCode(f), Args: fieldArgs(f)})
	}
	fields := append(unread, unnamed(unread, tagged)...)
	fields = append(fields, unnamed(fields, unprintable(reflect.ValueOf(req), ""))...)
	if w, ok := req.(whole); ok {
		fields = append(fields, unnamed(fields, w.Faults(a.Rules, a.Clock()))...)
	}
	if len(fields) == 0 {
		return nil
	}
	inOrder(req, fields)
	return fault.InvalidFields(fields)
}

// inOrder sorts what is wrong as the request has it, and so its form.
func inOrder(req any, fields []fault.Field) {
	place := map[string]int{}
	for i, f := range reflect.VisibleFields(reflect.TypeOf(req).Elem()) {
		place[written(f)] = i
	}
	root := func(f fault.Field) int {
		name, _, _ := strings.Cut(f.Path, ".")
		return place[name]
	}
	slices.SortStableFunc(fields, func(x, y fault.Field) int { return cmp.Compare(root(x), root(y)) })
}

// unprintable names the texts with control characters, whatever else is asked
// of them: no id, code or sentence has any.
func unprintable(v reflect.Value, path string) (fields []fault.Field) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return unprintable(v.Elem(), path)
		}
	case reflect.String:
		if !plain(v.String()) {
			return []fault.Field{{Path: strings.TrimPrefix(path, "."), Code: "plain"}}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields = append(fields, unprintable(v.Index(i), path+"."+strconv.Itoa(i))...)
		}
	case reflect.Struct:
		for f, value := range v.Fields() {
			switch {
			case f.Anonymous:
				fields = append(fields, unprintable(value, path)...)
			case f.IsExported():
				fields = append(fields, unprintable(value, path+"."+written(f))...)
			}
		}
	}
	return fields
}

// unnamed keeps the faults of fields that are not named yet.
func unnamed(named, more []fault.Field) []fault.Field {
	return slices.DeleteFunc(more, func(f fault.Field) bool {
		return slices.ContainsFunc(named, func(n fault.Field) bool { return n.Path == f.Path })
	})
}

// pathOf turns validator's "Declare.Create.lines[2].model" into "lines.2.model":
// what is embedded has no name of its own in the request.
func pathOf(namespace string) string {
	parts := strings.Split(namespace, ".")
	kept := parts[:0]
	for i, part := range parts {
		if i == 0 || i < len(parts)-1 && part != "" && unicode.IsUpper(rune(part[0])) {
			continue
		}
		kept = append(kept, part)
	}
	return index.ReplaceAllString(strings.Join(kept, "."), ".$1")
}

// unreadable says what a field of this type cannot be read from.
func unreadable(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "number"
	default:
		return "type"
	}
}

func fieldCode(f validator.FieldError) string {
	switch f.Tag() {
	case "required", "required_with", "required_without", "required_if":
		if f.StructField() == "Phone" && f.Param() == "Email" {
			return "either_contact"
		}
		return "required"
	case "max", "min", "len":
		if f.Kind() == reflect.String {
			return f.Tag() + "_text"
		}
		if f.Kind() == reflect.Slice {
			return f.Tag() + "_list"
		}
		return f.Tag()
	case "datetime":
		if f.Param() != time.DateOnly {
			return "hour"
		}
		return "date"
	default:
		return f.Tag()
	}
}

func fieldArgs(f validator.FieldError) map[string]any {
	if f.Param() == "" {
		return nil
	}
	return map[string]any{"Limit": f.Param()}
}
