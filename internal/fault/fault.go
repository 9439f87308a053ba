// Package fault is the one kind of error that crosses the borders of the
// product: what went wrong (Kind), a code whose words the user may read, the
// fields to mend, and a cause that only the log sees.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what the caller can do about an error; httpapi maps it to a status.
type Kind int

// The kinds, with the HTTP status each becomes.
const (
	Internal        Kind = iota // 500: ours to mend
	Malformed                   // 400: cannot be read at all
	Unauthenticated             // 401: sign in first
	Forbidden                   // 403: not yours to do
	NotFound                    // 404: not there, or not for you to know
	Conflict                    // 409: the state does not allow it
	Stale                       // 412: somebody changed it first
	TooLarge                    // 413: over a limit of size
	Invalid                     // 422: fields to mend
	TooMany                     // 429: later
	Unavailable                 // 503: something we depend on is down
)

// Field names one field that is wrong: its path as the request spells it, and
// a code with its arguments, worded as "field.<code>".
type Field struct {
	Path string         `json:"path"`
	Code string         `json:"code"`
	Args map[string]any `json:"args,omitempty"`
}

// Error is a kind, a code worded as "fault.<code>", arguments safe to show,
// the fields at fault, and a hidden cause.
type Error struct {
	Kind   Kind
	Code   string
	Args   map[string]any
	Fields []Field
	cause  error
}

// New makes an error that users may read under the words "fault.<code>".
func New(kind Kind, code string) *Error { return &Error{Kind: kind, Code: code} }

// Wrap makes an error around a cause that only the log sees.
func Wrap(kind Kind, code string, cause error) *Error {
	return &Error{Kind: kind, Code: code, cause: cause}
}

// InvalidField is an Invalid error of a single field.
func InvalidField(path, code string) *Error {
	return InvalidFields([]Field{{Path: path, Code: code}})
}

// InvalidFields is an Invalid error of several fields.
func InvalidFields(fields []Field) *Error {
	return &Error{Kind: Invalid, Code: "invalid", Fields: fields}
}

// With adds an argument that is safe to show.
func (e *Error) With(name string, value any) *Error {
	if e.Args == nil {
		e.Args = map[string]any{}
	}
	e.Args[name] = value
	return e
}

// Error is for logs: the code and the cause, never a person's data.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.cause)
	}
	if len(e.Fields) > 0 {
		return fmt.Sprintf("%s: %s %s", e.Code, e.Fields[0].Path, e.Fields[0].Code)
	}
	return e.Code
}

// Unwrap gives the hidden cause.
func (e *Error) Unwrap() error { return e.cause }

// Is tells whether err is a fault of this kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// CodeOf is the code of an error for what is counted and stored of it.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return "internal"
}
