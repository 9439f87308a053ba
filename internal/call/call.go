// Package call has what every request and answer of the product may carry
// beside its own fields. httpapi fills and reads it; features embed it.
package call

// Change is embedded by requests that change one document: its id from the
// URL, and the version that the caller saw (If-Match), 0 when not said.
type Change struct {
	ID        string `json:"-" uri:"id"`
	IfVersion int64  `json:"-"`
}

// Create is embedded by requests that make a document. With a key
// (Idempotency-Key) a resend finds what the first made.
type Create struct {
	Key string `json:"-"`
}

// One is a request for one document.
type One struct {
	ID string `json:"-" uri:"id"`
}

// List is embedded by requests for a page of a list.
type List struct {
	After string `json:"-" form:"after" validate:"max=400"`
	Limit int    `json:"-" form:"limit" validate:"min=0,max=200"`
	Total bool   `json:"-" form:"total"` // count the whole list with its first page
}

// Page is a bounded piece of a list and the cursor to go on, empty at the end.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
	Total *Total `json:"total,omitempty"` // where asked, on the first page; not where a filter goes beyond an index
}

// Total is how long a list is: exact, or with More at least that.
type Total struct {
	Count int  `json:"count"`
	More  bool `json:"more"`
}

// Tag is embedded by views of one document: its id, and the version that
// becomes the ETag.
type Tag struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
}

// ETag gives the version.
func (t Tag) ETag() int64 { return t.Version }

// Named gives the id.
func (t Tag) Named() string { return t.ID }

// SetIfVersion keeps the version of If-Match.
func (c *Change) SetIfVersion(v int64) { c.IfVersion = v }

// SetKey keeps the idempotency key.
func (c *Create) SetKey(key string) { c.Key = key }

// Done is the answer of an action that has nothing to show.
type Done struct {
	OK bool `json:"ok"`
}
