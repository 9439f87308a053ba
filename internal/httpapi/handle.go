package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// maxBody bounds a JSON request; files have their own route and bound.
const maxBody = 1 << 20

// action is a feature function made ready for a route: how to run it, and the
// types that the API description is derived from.
type action struct {
	run      func(*API, *gin.Context)
	request  reflect.Type
	response reflect.Type
	made     bool   // it makes a document: 201
	at       string // address of what it makes, before the id; empty where that has none
	media    string // of the answer where it is no JSON
}

// do makes the action of a feature function: bind and validate the request,
// call the function as the session's actor, write the answer or the problem.
func do[Req, Resp any](fn func(context.Context, people.Actor, Req) (Resp, error)) action {
	return acting(fn, func(c *gin.Context, resp Resp) { answer(c, http.StatusOK, resp) })
}

// create is do for a function that makes a document: 201, and where it stands
// as Location. What was made under the same key before is answered alike.
func create[Req, Resp any](fn func(context.Context, people.Actor, Req) (Resp, error), at string) action {
	made := acting(fn, func(c *gin.Context, resp Resp) { created(c, at, resp) })
	made.made, made.at = true, at
	return made
}

func acting[Req, Resp any](fn func(context.Context, people.Actor, Req) (Resp, error), tell func(*gin.Context, Resp)) action {
	return action{
		request:  reflect.TypeFor[Req](),
		response: reflect.TypeFor[Resp](),
		run: func(a *API, c *gin.Context) {
			var req Req
			if err := a.bind(c, &req); err != nil {
				a.problem(c, err)
				return
			}
			resp, err := fn(c.Request.Context(), actorOf(c), req)
			if err != nil {
				a.problem(c, err)
				return
			}
			tell(c, resp)
		},
	}
}

// bind fills a typed request from the URL, the query or body, and the headers,
// then validates it.
func (a *API) bind(c *gin.Context, req any) error {
	if err := bindBody(c, req); err != nil {
		return err
	}
	params := map[string][]string{}
	for _, p := range c.Params {
		params[p.Key] = []string{p.Value}
	}
	if err := binding.MapFormWithTag(req, params, "uri"); err != nil {
		return fault.Wrap(fault.NotFound, "not_found", err)
	}
	if err := bindHeaders(c, req); err != nil {
		return err
	}
	return a.validate(req)
}

func bindBody(c *gin.Context, req any) error {
	if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
		if err := binding.MapFormWithTag(req, c.Request.URL.Query(), "form"); err != nil {
			return fault.Wrap(fault.Malformed, "query", err)
		}
		return nil
	}
	if c.Request.ContentLength == 0 {
		return nil
	}
	if kind := c.ContentType(); kind != "application/json" {
		return fault.New(fault.Malformed, "content_type")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(req); err != nil {
		return jsonFault(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Malformed, "json")
	}
	return nil
}

// jsonFault names the field where the decoder can.
func jsonFault(err error) error {
	var wrongType *json.UnmarshalTypeError
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.Wrap(fault.TooLarge, "too_large", err)
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return fault.InvalidField(pathOf("."+wrongType.Field), unreadable(wrongType.Type))
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		return fault.InvalidField(name, "unknown")
	case errors.Is(err, io.EOF):
		return nil
	default:
		return fault.Wrap(fault.Malformed, "json", err)
	}
}

func bindHeaders(c *gin.Context, req any) error {
	if create, ok := req.(interface{ SetKey(string) }); ok {
		key := c.GetHeader("Idempotency-Key")
		if len(key) > 128 {
			return fault.InvalidField("Idempotency-Key", "max")
		}
		if key != "" {
			create.SetKey(key)
		}
	}
	change, ok := req.(interface{ SetIfVersion(int64) })
	match := strings.TrimSpace(c.GetHeader("If-Match"))
	if !ok || match == "" || match == "*" { // "*": whatever it is now, if it is there
		return nil
	}
	version, err := strconv.ParseInt(strings.Trim(match, `"`), 10, 64)
	if err != nil || version < 1 {
		// A weak tag never matches here (RFC 9110, 13.1.1), nor what we never gave.
		return fault.New(fault.Stale, "stale")
	}
	change.SetIfVersion(version)
	return nil
}

// holds tells whether a list of tags, as If-None-Match has it, names this one;
// a weak tag counts (RFC 9110, 13.1.2).
func holds(list, etag string) bool {
	for tag := range strings.SplitSeq(list, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// answer writes a view; one of a single document carries its ETag, and is not
// sent again to a caller who has that version.
func answer(c *gin.Context, status int, resp any) {
	if tagged, ok := resp.(interface{ ETag() int64 }); ok {
		etag := `"` + strconv.FormatInt(tagged.ETag(), 10) + `"`
		c.Header("ETag", etag)
		if c.Request.Method == http.MethodGet && holds(c.GetHeader("If-None-Match"), etag) {
			c.Status(http.StatusNotModified)
			return
		}
	}
	c.JSON(status, resp)
}

// created answers with what was made, and where it stands.
func created(c *gin.Context, at string, resp any) {
	if v, ok := resp.(interface{ Named() string }); ok && at != "" {
		c.Header("Location", at+v.Named())
	}
	answer(c, http.StatusCreated, resp)
}
