package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/frontend/words"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// page makes the routes of a page, one a language: GET shows it, POST, where
// there is one, acts and leads on.
func page(name string, access Access, show, act func(*API, *gin.Context)) []Route {
	var routes []Route
	for _, lang := range words.Languages {
		path := frontend.Paths(name)[lang]
		if show != nil {
			routes = append(routes, Route{Method: http.MethodGet, Path: path, Name: name, Access: access, action: action{run: show}})
		}
		if act != nil {
			routes = append(routes, Route{Method: http.MethodPost, Path: path, Name: name, Access: access, action: action{run: act}})
		}
	}
	return routes
}

// show renders a page with its data.
func (a *API) show(c *gin.Context, template string, data any) {
	a.render(c, http.StatusOK, template, frontend.Form{}, data)
}

// render writes a page whole; a template that fails is our fault, told as such.
func (a *API) render(c *gin.Context, status int, template string, form frontend.Form, data any) {
	lang := langOf(c)
	view := frontend.View{
		Lang: lang, Page: template, Others: others(c), Signed: signedAs(actorOf(c)), Demo: a.Demo, Legal: a.Legal,
		Flash: c.Query("said"), Form: form, Data: data,
	}
	// What was done before is not said again beside what went wrong now.
	if form.Top != "" || len(form.Errors) > 0 || !a.Words.Has(view.Flash) || !strings.HasPrefix(view.Flash, "said.") {
		view.Flash = ""
	}
	var body bytes.Buffer
	if err := a.Site.Render(&body, view); err != nil {
		a.problem(c, err)
		return
	}
	c.Data(status, "text/html; charset=utf-8", body.Bytes())
}

// others gives this page's address in every language, with what the reader
// chose in it.
func others(c *gin.Context) map[string]string {
	name := frontend.NameOf(c.FullPath())
	if name == "" {
		return frontend.Paths("home")
	}
	query := c.Request.URL.Query()
	query.Del("said")
	all := frontend.Paths(name)
	for lang, path := range all {
		all[lang] = strings.Replace(path, ":id", c.Param("id"), 1)
		if len(query) > 0 {
			all[lang] += "?" + query.Encode()
		}
	}
	return all
}

// signedAs gives the role whose pages a person sees first.
func signedAs(actor people.Actor) string {
	order := []people.Role{
		people.Administrator, people.Coordinator, people.Technician, people.Greeter, people.PrescriberOf,
		people.Donor, people.Guardian, people.Student, people.PartnerOf,
	}
	if i := slices.IndexFunc(order, func(r people.Role) bool { return actor.Person != "" && actor.Has(r) }); i >= 0 {
		return string(order[i])
	}
	return ""
}

// homeOf is where somebody goes after signing in.
func homeOf(lang string, actor people.Actor) string {
	page := map[string]string{
		"student": "my", "guardian": "my", "donor": "donations", "prescriber": "prescriber",
		"technician": "bench", "greeter": "greeter", "partner": "partner",
	}[signedAs(actor)]
	switch {
	case actor.Has(people.Coordinator, people.Administrator):
		return "/desk"
	case page == "":
		page = "home"
	}
	return address(lang, page)
}

// address gives a page's URL; a page without one is a mistake of ours that
// leads home.
func address(lang, page string, params ...any) string {
	url, err := frontend.URL(lang, page, params...)
	if err != nil {
		return "/" + lang + "/"
	}
	return url
}

// goOn leads to a page after a form was taken: reloading it sends nothing
// again.
func goOn(c *gin.Context, url string) { c.Redirect(http.StatusSeeOther, url) }

// failPage shows an error as a page; who must sign in first is led there, with
// the way back.
func (a *API) failPage(c *gin.Context, err error) {
	known := a.known(c, err)
	if known.Kind == fault.Unauthenticated && c.Request.Method == http.MethodGet {
		goOn(c, address(langOf(c), "sign-in", "next", c.Request.URL.Path))
		c.Abort()
		return
	}
	form := frontend.Form{Top: a.words.Text(langOf(c), "fault."+known.Code, known.Args)}
	a.render(c, status(known.Kind), "public/failed", form, nil)
	c.Abort()
}

// maxForm bounds a form sent by a page; files have their own bound.
const maxForm = 1 << 20

// filled reads a form as it was typed, so that it can be shown again.
func filled(c *gin.Context) (frontend.Form, error) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := c.Request.ParseForm(); err != nil {
		return frontend.Form{}, fault.Wrap(fault.Malformed, "query", err)
	}
	return frontend.Form{Values: c.Request.PostForm, Errors: map[string]string{}}, nil
}

// bindForm fills a typed request from a page's form and URL, and validates it:
// what cannot be read, here or by whoever calls, is told with all else that is
// wrong.
func (a *API) bindForm(c *gin.Context, form frontend.Form, req any, unread ...fault.Field) error {
	values := map[string][]string{}
	for name, list := range form.Values {
		kept := list[:0:0]
		for _, v := range list {
			if v = strings.TrimSpace(v); v != "" {
				kept = append(kept, v)
			}
		}
		if len(kept) > 0 {
			values[name] = kept
		}
	}
	unread = append(unread, read(req, values)...)
	params := map[string][]string{}
	for _, p := range c.Params {
		params[p.Key] = []string{p.Value}
	}
	if err := binding.MapFormWithTag(req, params, "uri"); err != nil {
		return fault.Wrap(fault.NotFound, "not_found", err)
	}
	if create, ok := req.(interface{ SetKey(string) }); ok {
		create.SetKey(form.Value("key"))
	}
	if change, ok := req.(interface{ SetIfVersion(int64) }); ok {
		// A page that shows a version sends it back: two windows cannot
		// overwrite one another.
		version, _ := strconv.ParseInt(form.Value("version"), 10, 64)
		change.SetIfVersion(version)
	}
	return a.validate(req, unread...)
}

// read fills the fields of a request with what was typed, one by one: one that
// cannot hold it, a word where a number is asked, stays empty and is named.
func read(req any, values map[string][]string) (unread []fault.Field) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(req).Elem()) {
		name, _, _ := strings.Cut(f.Tag.Get("form"), ",")
		typed, ok := values[name]
		if !ok {
			continue
		}
		if err := binding.MapFormWithTag(req, map[string][]string{name: typed}, "form"); err != nil {
			unread = append(unread, fault.Field{Path: written(f), Code: unreadable(f.Type)})
		}
	}
	return unread
}

// refuseForm shows a form again, kept as filled, with what is wrong beside the
// fields.
func (a *API) refuseForm(c *gin.Context, template string, form frontend.Form, data any, err error) {
	known := a.known(c, err)
	a.mark(c, &form, known)
	a.render(c, status(known.Kind), template, form, data)
}

// mark writes what is wrong into a form.
func (a *API) mark(c *gin.Context, form *frontend.Form, known *fault.Error) {
	lang := langOf(c)
	form.Top = a.words.Text(lang, "fault."+known.Code, known.Args)
	if form.Errors == nil {
		form.Errors = map[string]string{}
	}
	for _, f := range known.Fields {
		text := a.words.Text(lang, "field."+f.Code, f.Args)
		form.Errors[f.Path] = text
		form.Wrong = append(form.Wrong, frontend.Wrong{Name: f.Path, Label: a.labelOf(lang, f.Path), Text: text})
	}
}

// labelOf is what a page calls a field; one without a name of its own takes
// none.
func (a *API) labelOf(lang, path string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	if key := "label." + name; a.words.Has(key) {
		return a.words.Text(lang, key, nil)
	}
	return ""
}

// submit takes a page's form for a feature function: on success it leads to
// where next says; a refusal shows the form again with the data of again.
func submit[Req, Resp any](template string, fn func(context.Context, people.Actor, Req) (Resp, error),
	next func(*API, *gin.Context, Resp) string, again func(*API, *gin.Context) (any, error),
) func(*API, *gin.Context) {
	return func(a *API, c *gin.Context) {
		form, err := filled(c)
		if err != nil {
			a.failPage(c, err)
			return
		}
		var req Req
		err = a.bindForm(c, form, &req)
		var resp Resp
		if err == nil {
			resp, err = fn(c.Request.Context(), actorOf(c), req)
		}
		if err == nil {
			goOn(c, next(a, c, resp))
			return
		}
		var data any
		if again != nil {
			var failed error
			if data, failed = again(a, c); failed != nil {
				a.failPage(c, failed)
				return
			}
		}
		a.refuseForm(c, template, form, data, err)
	}
}
