package httpapi

import (
	"net/http"
	"strings"
)

// Route is one URL: who may call it and what answers.
type Route struct {
	Method  string
	Path    string // Gin's spelling: /api/matches/:id
	Name    string // operationId of the API description
	Summary string
	Access  Access
	action  action
}

// page tells a page for people from a route of the API.
func (r Route) page() bool {
	return !strings.HasPrefix(r.Path, "/api/")
}

// group is the tag under which the description lists the route.
func (r Route) group() string {
	rest := strings.TrimPrefix(r.Path, "/api/")
	group, _, _ := strings.Cut(rest, "/")
	return group
}

func get(path string, access Access, name, summary string, a action) Route {
	return Route{http.MethodGet, path, name, summary, access, a}
}

func post(path string, access Access, name, summary string, a action) Route {
	return Route{http.MethodPost, path, name, summary, access, a}
}
