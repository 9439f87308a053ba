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

// TestEveryFieldOfEveryRequest sends each field of each API request with the
// wrong type, too long, and with control characters: never taken, never our
// fault, always a problem with a code, in words.
func TestEveryFieldOfEveryRequest(t *testing.T) {
	h := open(t)
	documents := h.documents(t)
	d := h.description(t)
	sent := 0
	for _, route := range h.api.Routes() {
		if route.Method != http.MethodPost || !strings.HasPrefix(route.Path, "/api/") || strings.Contains(route.Path, "sign-out") {
			continue
		}
		path := strings.Replace(route.Path, ":id", documents[strings.Split(route.Path, "/")[2]], 1)
		session := h.allowed(route)
		refused := func(what, body string) {
			t.Helper()
			sent++
			answer := h.ask(http.MethodPost, path, session, body)
			var problem struct{ Code, Title string }
			err := json.Unmarshal(answer.Body.Bytes(), &problem)
			if !slices.Contains(refusals, answer.Code) || err != nil || problem.Code == "" || problem.Title == "" {
				t.Errorf("%s with %s: %d %.200s", route.Path, what, answer.Code, answer.Body)
			}
		}
		request := d.request(route.Name)
		if len(request.Properties) > 0 {
			for what, body := range noRequests {
				refused(what, body)
			}
		}
		for name, field := range request.Properties {
			for what, value := range wrong(field) {
				refused(name+" "+what, `{"`+name+`":`+value+`}`)
			}
		}
	}
	if sent < 800 {
		t.Errorf("only %d requests", sent)
	}
}

// wrong are values that no field of this kind may have.
func wrong(s schema) map[string]string {
	object := map[string]string{"of the wrong type": `{"x":[]}`}
	switch {
	case s.is("string"):
		return map[string]string{"of the wrong type": `{"x":1}`, "too long": `"` + strings.Repeat("é", 40_000) + `"`, "with control characters": `"a\u0000\u001b[2J"`}
	case s.is("integer"):
		return map[string]string{"of the wrong type": `"douze"`, "with a fraction": `1.5`, "out of range": `99999999999`, "beyond any number": `1e400`}
	case s.is("boolean"):
		return map[string]string{"of the wrong type": `"oui"`}
	case s.is("array"):
		return map[string]string{"of the wrong type": `"un"`, "too long": "[" + strings.Repeat(`"x",`, 6000) + `"x"]`}
	}
	return object
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
