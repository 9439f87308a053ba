package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Problem is the body of every error of the API (RFC 9457). Title and the
// messages are in the caller's language; code is stable.
type Problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Code   string         `json:"code"`
	Args   map[string]any `json:"args,omitempty"`
	Errors []ProblemField `json:"errors,omitempty"`
}

// ProblemField names one field at fault.
type ProblemField struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// status is the one map from what went wrong to what HTTP calls it.
func status(kind fault.Kind) int {
	switch kind {
	case fault.Malformed:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Stale:
		return http.StatusPreconditionFailed
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// retryAfter tells a caller turned away for now when to come back, in seconds.
const retryAfter = 30

// problem ends a request with an error: worded for the caller, logged once.
func (a *API) problem(c *gin.Context, err error) {
	known := a.known(c, err)
	code := status(known.Kind)
	if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		c.Header("Retry-After", strconv.Itoa(retryAfter))
	}
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(code, a.describe(langOf(c), known))
}

// cause is what the log says of an error. What people sent may stand in the
// cause of a refusal, so that only our own failures say more than their code.
func cause(known *fault.Error) string {
	switch {
	case known.Kind == fault.Internal || known.Kind == fault.Unavailable:
		return known.Error()
	case len(known.Fields) > 0:
		return known.Fields[0].Path + " " + known.Fields[0].Code
	default:
		return known.Code
	}
}

// known turns any error into a fault and logs it where it is ours to mend.
func (a *API) known(c *gin.Context, err error) *fault.Error {
	var known *fault.Error
	if !errors.As(err, &known) {
		known = fault.Wrap(fault.Internal, "internal", err)
	}
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(fault.Unavailable, "cancelled", err)
	}
	level := slog.LevelInfo
	if known.Kind == fault.Internal || known.Kind == fault.Unavailable {
		level = slog.LevelError
	}
	a.log.LogAttrs(c.Request.Context(), level, "request refused",
		slog.String("method", c.Request.Method), slog.String("route", c.FullPath()),
		slog.Int("status", status(known.Kind)), slog.String("code", known.Code),
		slog.String("cause", cause(known)))
	return known
}

func (a *API) describe(lang string, known *fault.Error) Problem {
	p := Problem{
		Type: "about:blank", Status: status(known.Kind), Code: known.Code, Args: known.Args,
		Title: a.words.Text(lang, "fault."+known.Code, known.Args),
	}
	for _, f := range known.Fields {
		p.Errors = append(p.Errors, ProblemField{
			Path: f.Path, Code: f.Code, Message: a.words.Text(lang, "field."+f.Code, f.Args),
		})
	}
	return p
}
