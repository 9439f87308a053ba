package frontend

// Apply is what the family's form needs beside what was typed. Without
// communes the page asks for the postcode first (GET ?postcode=) and nothing
// more; Key is the idempotency key of forms that have one.
type Apply struct {
	Postcode   string
	Communes   []Choice
	Courses    []Courses
	Structures []Choice // that may attest the need
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
