package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/digitalfranceschool/passerelle/internal/httpapi"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// refusals are what bad input may be answered with.
var refusals = []int{400, 401, 403, 404, 409, 412, 413, 415, 422, 429}

// bodies that are no request at all.
var noRequests = map[string]string{
	"nothing": "", "text": "bonjour", "cut off": `{"a":`, "a list": `[1,2]`, "a number": `7`, "two": `{}{}`,
	"broken letters": "{\"name\":\"\xff\xfe\"}", "deep": strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000),
}

type schema struct {
	Type       any               `json:"type"`
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Maximum    *float64          `json:"maximum"`
}

func (s schema) is(kind string) bool {
	switch v := s.Type.(type) {
	case string:
		return v == kind
	case []any:
		return slices.Contains(v, any(kind))
	}
	return false
}

type description struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Parameters  []struct{ Name string }
		RequestBody *struct {
			Content map[string]struct{ Schema schema }
		}
	}
	Components struct{ Schemas map[string]schema }
}

func (h *house) description(t *testing.T) description {
	t.Helper()
	var d description
	must(t, json.Unmarshal(h.ask(http.MethodGet, "/api/openapi.json", "", "").Body.Bytes(), &d))
	return d
}

// takes tells whether a route is described to read a header.
func (d description) takes(name, header string) bool {
	for _, methods := range d.Paths {
		if op, ok := methods["post"]; ok && op.OperationID == name {
			return slices.ContainsFunc(op.Parameters, func(p struct{ Name string }) bool { return p.Name == header })
		}
	}
	return false
}

func (d description) request(name string) schema {
	for _, methods := range d.Paths {
		if op, ok := methods["post"]; ok && op.OperationID == name && op.RequestBody != nil {
			s := op.RequestBody.Content["application/json"].Schema
			if s.Ref != "" {
				return d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
			}
			return s
		}
	}
	return schema{}
}

// allowed gives the session of somebody who may call a route.
func (h *house) allowed(route httpapi.Route) string {
	for _, role := range people.Roles() {
		if route.Access.Allows(role) {
			return h.sessions[h.home][role]
		}
	}
	return ""
}

// TestEveryFieldOfEveryRequest takes a body that each API request would accept
// and spoils one field of it: wrong type, too long, control characters. Never
// taken, never our fault, always a problem with a code, in words, that names
// the field.
func TestEveryFieldOfEveryRequest(t *testing.T) {
	w := settle(t)
	d := w.description(t)
	sent := 0
	for _, route := range w.changes(t) {
		path, body, _ := w.request(route)
		session := w.rightful(route)[0]
		refused := func(field, what, body string) {
			t.Helper()
			sent++
			answer := w.ask(http.MethodPost, path, session, body)
			var problem struct {
				Code, Title string
				Errors      []struct{ Path string }
			}
			err := json.Unmarshal(answer.Body.Bytes(), &problem)
			if !slices.Contains(refusals, answer.Code) || err != nil || problem.Code == "" || problem.Title == "" {
				t.Errorf("%s with %s %s: %d %.200s", route.Path, field, what, answer.Code, answer.Body)
			}
			if field != "" && (len(problem.Errors) == 0 || !strings.HasPrefix(problem.Errors[0].Path, field)) {
				t.Errorf("%s with %s %s does not name the field: %d %.200s", route.Path, field, what, answer.Code, answer.Body)
			}
		}
		request := d.request(route.Name)
		if len(request.Properties) == 0 {
			continue
		}
		for what, body := range noRequests {
			if body != "" { // where no field is required, nothing is a request
				refused("", what, body)
			}
		}
		for name, field := range request.Properties {
			for what, value := range wrong(field) {
				refused(name, what, spoil(t, body, name, value))
			}
		}
	}
	if sent < 800 {
		t.Errorf("only %d requests", sent)
	}
}

// spoil puts a value, as JSON, into one field of a body.
func spoil(t *testing.T, body, field, value string) string {
	t.Helper()
	fields := map[string]json.RawMessage{}
	if body != "" {
		must(t, json.Unmarshal([]byte(body), &fields))
	}
	fields[field] = json.RawMessage(value)
	spoiled, err := json.Marshal(fields)
	must(t, err)
	return string(spoiled)
}

// wrong are values that no field of this kind may have.
func wrong(s schema) map[string]string {
	switch {
	case s.is("string"):
		return map[string]string{"of the wrong type": `{"x":1}`, "too long": `"` + strings.Repeat("é", 40_000) + `"`, "with control characters": `"a\u0000\u001b[2J"`}
	case s.is("integer"):
		values := map[string]string{"of the wrong type": `"douze"`, "with a fraction": `1.5`, "beyond what is counted": `9223372036854775808`, "beyond any number": `1e400`}
		if s.Maximum != nil {
			values["out of range"] = `99999999999`
		}
		return values
	case s.is("boolean"):
		return map[string]string{"of the wrong type": `"oui"`}
	case s.is("array"):
		return map[string]string{"of the wrong type": `"un"`, "too long": "[" + strings.Repeat(`"x",`, 6000) + `"x"]`}
	}
	return map[string]string{"of the wrong type": `"un"`} // an object
}

var fieldName = regexp.MustCompile(` name="([^"]+)"`)

// TestEveryFieldOfEveryForm fills each form of each page with what does not
// belong there: a page comes back, with words, and nothing breaks.
func TestEveryFieldOfEveryForm(t *testing.T) {
	h := open(t)
	documents := h.documents(t)
	sent := 0
	for _, route := range h.api.Routes() {
		if route.Method != http.MethodPost || strings.HasPrefix(route.Path, "/api/") || route.Name == "sign-out" {
			continue
		}
		path := strings.Replace(route.Path, ":id", documents[formDocuments[route.Name]], 1)
		session := h.allowed(route)
		names := []string{"do", "code", "postcode", "reason"}
		for _, query := range []string{"", "?postcode=95000", "?donation=" + documents["donations"]} {
			for _, found := range fieldName.FindAllStringSubmatch(h.ask(http.MethodGet, path+query, session, "").Body.String(), -1) {
				names = append(names, found[1])
			}
		}
		for what, value := range map[string]string{"nothing": "", "control characters": "\x00\x1b[2J", "a long text": strings.Repeat("é", 20_000), "a wrong choice": "-1"} {
			form := url.Values{}
			for _, name := range names {
				form.Set(name, value)
			}
			answer := h.send(path+"?donation="+documents["donations"], session, form)
			sent++
			if answer.Code >= 500 || answer.Code == http.StatusOK && !strings.Contains(answer.Body.String(), "</html>") {
				t.Errorf("%s with %s: %d %.200s", route.Path, what, answer.Code, answer.Body)
			}
		}
	}
	if sent < 100 {
		t.Errorf("only %d forms", sent)
	}
}

// formDocuments says which document a page's id names.
var formDocuments = map[string]string{ //nolint:gochecknoglobals // a constant table
	"application": "applications", "donation": "donations", "list": "donations", "convention": "donations", "bench-device": "devices",
}

func (h *house) send(path, token string, form url.Values) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	h.api.ServeHTTP(rec, req)
	return rec
}
