package frontend

import "strings"

// Where is the place a form begins with (GET ?postcode=): without communes the
// page asks for it and for nothing more. Closed says why none is served, and
// Open names the territories that are.
type Where struct {
	Postcode string
	Communes []Choice
	Closed   string
	Open     []string
}

// Apply is what the family's form needs beside what was typed. Key is the
// idempotency key of forms that have one.
type Apply struct {
	Where

	Courses    []Courses
	Structures []Choice // that may attest the need
	Majority   int      // age under which a guardian is asked for
	Key        string
}

// Courses are what a level offers: codes, worded as "level.<code>" and
// "course.<code>".
type Courses struct {
	Level string
	Codes []string
}

// Choice is one entry of a list: what is sent and what is read.
type Choice struct {
	Value string
	Label string
}

// Legal names who answers for the service, as its operator configured it. An
// empty part is not shown.
type Legal struct {
	Contact   string // mail address or telephone
	Publisher string
	Director  string // of the publication
	Host      string
	Officer   string // data protection officer, or how to reach them
}

// Mail tells whether the contact is a mail address.
func (l Legal) Mail() bool { return strings.Contains(l.Contact, "@") }
