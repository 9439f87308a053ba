package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// apiVersion is of the API, not of the build: clients made from the same
// description are the same.
const apiVersion = "1"

// describeAPI derives the OpenAPI 3.1 description from the routes: types from
// Go, limits from the `validate:` tags, so that nothing is said twice.
func describeAPI(routes []Route) *huma.OpenAPI {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Passerelle", Version: apiVersion,
			Description: "Everything the pages do. Errors are problem+json (RFC 9457). Lists page by key: " +
				"pass `next` as `after`. Creates take an Idempotency-Key, changes an If-Match with the ETag read.",
		},
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
			"session": {Type: "apiKey", In: "cookie", Name: cookieName},
			"bearer":  {Type: "http", Scheme: "bearer"},
		}},
	}
	problem := &huma.Response{Description: "What went wrong", Content: map[string]*huma.MediaType{
		"application/problem+json": {Schema: registry.Schema(reflect.TypeFor[Problem](), true, "")},
	}}
	for _, r := range routes {
		if r.action.response == nil {
			continue
		}
		api.AddOperation(operation(registry, r, problem))
	}
	return api
}

func operation(registry huma.Registry, r Route, problem *huma.Response) *huma.Operation {
	op := &huma.Operation{
		Method: r.Method, Path: param.ReplaceAllString(r.Path, "{$1}"),
		OperationID: r.Name, Summary: r.Summary, Tags: []string{r.group()},
		Description: "Who may call it: " + r.Access.String() + ".",
	}
	done := &huma.Response{Description: "Done", Content: map[string]*huma.MediaType{
		cmp.Or(r.action.media, "application/json"): {Schema: registry.Schema(r.action.response, true, r.Name)},
	}}
	status := "200"
	if r.action.made {
		status, done.Description = "201", "Made, or found as made before under the same key"
	}
	if r.action.at != "" {
		done.Headers = map[string]*huma.Param{"Location": {Description: "Where it stands", Schema: &huma.Schema{Type: huma.TypeString}}}
	}
	op.Responses = map[string]*huma.Response{status: done, "default": problem}
	if !r.Access.Open() {
		op.Security = []map[string][]string{{"session": {}}, {"bearer": {}}}
	}
	op.Parameters = parameters(registry, r)
	switch {
	case r.action.at == atLists:
		op.RequestBody = uploadBody()
	case r.Method != http.MethodGet && hasBody(r.action.request):
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: requestSchema(registry, r.action.request)},
		}}
	}
	return op
}

var param = regexp.MustCompile(`[:*]([a-z_]+)`)

// parameters lists what a request carries outside its body.
func parameters(registry huma.Registry, r Route) []*huma.Param {
	var params []*huma.Param
	for _, m := range param.FindAllStringSubmatch(r.Path, -1) {
		params = append(params, &huma.Param{Name: m[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}
	ptr := reflect.PointerTo(r.action.request)
	if _, ok := ptr.MethodByName("SetKey"); ok {
		params = append(params, header("Idempotency-Key"))
	}
	if _, ok := ptr.MethodByName("SetIfVersion"); ok {
		params = append(params, header("If-Match"))
	}
	if r.Method != http.MethodGet {
		return params
	}
	for _, f := range reflect.VisibleFields(r.action.request) {
		name := f.Tag.Get("form")
		if name == "" || name == "-" {
			continue
		}
		schema := *registry.Schema(f.Type, false, "")
		limit(&schema, f)
		params = append(params, &huma.Param{Name: name, In: "query", Schema: &schema})
	}
	return params
}

func header(name string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Schema: &huma.Schema{Type: huma.TypeString}}
}

// uploadBody is a list as multipart: the file, and where wished which column
// holds what.
func uploadBody() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{
			"file":    {Type: huma.TypeString, Format: "binary", Description: "CSV, TSV or XLSX"},
			"mapping": {Type: huma.TypeString, Description: "A JSON object from field to column"},
		},
	}}}}
}

// hasBody tells whether a request has fields of its own for JSON.
func hasBody(t reflect.Type) bool {
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); !f.Anonymous && name != "-" && f.IsExported() {
			return true
		}
	}
	return false
}

// requestSchema is the type's schema with the limits of its validate tags.
func requestSchema(registry huma.Registry, t reflect.Type) *huma.Schema {
	ref := registry.Schema(t, true, "")
	schema := ref
	if ref.Ref != "" {
		schema = registry.SchemaFromRef(ref.Ref)
	}
	schema.Required = nil
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		property, ok := schema.Properties[name]
		if !ok {
			continue
		}
		if limit(property, f) {
			schema.Required = append(schema.Required, name)
		}
		if f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct {
			requestSchema(registry, f.Type.Elem())
		}
	}
	return ref
}

// limit copies what a validate tag says into a schema; it tells whether the
// field is required.
func limit(s *huma.Schema, f reflect.StructField) (required bool) {
	rules, items, _ := strings.Cut(f.Tag.Get("validate"), "dive")
	for rule := range strings.SplitSeq(rules, ",") {
		name, arg, _ := strings.Cut(rule, "=")
		required = required || name == "required"
		apply(s, name, arg)
	}
	if s.Items != nil {
		for rule := range strings.SplitSeq(items, ",") {
			name, arg, _ := strings.Cut(rule, "=")
			apply(s.Items, name, arg)
		}
	}
	return required
}

func apply(s *huma.Schema, rule, arg string) {
	switch rule {
	case "oneof":
		s.Enum = nil
		for value := range strings.FieldsSeq(arg) {
			s.Enum = append(s.Enum, value)
		}
	case "email":
		s.Format = "email"
	case "datetime":
		if arg == "15:04" {
			s.Pattern = "^[0-2][0-9]:[0-5][0-9]$"
		} else {
			s.Format = "date"
		}
	case "min", "max", "len":
		n, err := strconv.Atoi(arg)
		if err == nil {
			bound(s, rule, n)
		}
	}
}

func bound(s *huma.Schema, rule string, n int) {
	lower, upper := rule != "max", rule != "min"
	value := float64(n)
	switch s.Type {
	case huma.TypeString:
		setIf(lower, &s.MinLength, &n)
		setIf(upper, &s.MaxLength, &n)
	case huma.TypeArray:
		setIf(lower, &s.MinItems, &n)
		setIf(upper, &s.MaxItems, &n)
	case huma.TypeInteger, huma.TypeNumber:
		setIf(lower, &s.Minimum, &value)
		setIf(upper, &s.Maximum, &value)
	}
}

func setIf[T any](yes bool, field **T, value *T) {
	if yes {
		*field = value
	}
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9]+`)

// schemaName names a type by its package and name, since every feature has its
// own View: "ApplicationView", "PageOfDeviceRow".
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name, arg, generic := strings.Cut(t.Name(), "[")
	if name == "" {
		return hint
	}
	if generic {
		return name + "Of" + qualified(strings.TrimSuffix(arg, "]"))
	}
	return qualified(path.Base(t.PkgPath()) + "." + name)
}

// qualified turns "…/device.Row" into "DeviceRow".
func qualified(name string) string {
	pkg, local, ok := strings.Cut(path.Base(name), ".")
	if !ok {
		return title(notWord.ReplaceAllString(pkg, ""))
	}
	local = notWord.ReplaceAllString(local, "")
	if strings.EqualFold(pkg, local) || pkg == "httpapi" || pkg == "call" {
		return title(local)
	}
	return title(pkg) + title(local)
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Describe renders the API description, as /api/openapi.json answers it.
func Describe() ([]byte, error) {
	return json.MarshalIndent(describeAPI((&API{}).table()), "", " ")
}

// DescribeOld gives the same in OpenAPI 3.0, for generators that read no newer
// one.
func DescribeOld() ([]byte, error) {
	old, err := describeAPI((&API{}).table()).Downgrade()
	if err != nil {
		return nil, err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, old, "", " ")
	return indented.Bytes(), err
}
