// Package docstore is the store of the product: versioned documents in
// collections with declared indexes, on one of two engines (docstore/sqlite,
// docstore/mongodb) that pass one contract (docstore/contract).
//
// Only the write of a single document is atomic. What happened to a document
// is written inside it in the same write, as outbox records, and carried away
// later by a relay. Uniqueness holds through the id alone.
package docstore

import (
	"context"
	"errors"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
)

// Errors of every engine. Callers compare with errors.Is; Collection turns
// them into faults.
var (
	ErrNotFound  = errors.New("docstore: no such document")
	ErrDuplicate = errors.New("docstore: a document with this id exists")
	ErrStale     = errors.New("docstore: the document changed meanwhile")
)

// Millis is a moment as it is stored: milliseconds since 1970, UTC. Zero means
// never. Stored as a number so that both engines order it alike.
type Millis int64

// At truncates a time to what is stored.
func At(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time gives the moment in UTC; zero Millis give the zero time.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// Record is one thing that happened to a document, as its outbox holds it.
// Data carries ids and words of the glossary, nothing personal.
type Record struct {
	Kind  string            `json:"kind"`            // "match.approved"
	Actor string            `json:"actor,omitempty"` // who did it; empty for the system
	At    Millis            `json:"at"`
	Cause string            `json:"cause,omitempty"` // reason code or the id of what led to it
	Data  map[string]string `json:"data,omitempty"`
}

// Meta is embedded first, tagged `json:",inline"`, in every stored type. All
// fields have json names; times are Millis, bytes base64 text, and nothing is
// of type any: Prepare refuses what the engines would store differently.
//
// A deleted id is not inserted again where the collection records events: the
// names of the new ones would be taken for the old.
type Meta struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`

	records []Record
}

// Record notes what happens in the change under way; it is stored with it.
func (m *Meta) Record(r Record) { m.records = append(m.records, r) }

// Records gives what the change under way has noted so far.
func (m *Meta) Records() []Record { return m.records }

func (m *Meta) meta() *Meta { return m }

// Index declares a list: an equality prefix and an order. On a scoped
// collection the territory comes before the prefix by itself, and a twin
// without it serves those who see every territory.
type Index struct {
	Name  string
	Equal []string // JSON paths of string fields ("state", "household")
	Order string   // JSON path of an int64 field; empty orders by id
	Desc  bool     // newest first
}

// Spec declares a collection. Collections are never renamed; indexes may be
// added by a migration and are built at start.
type Spec struct {
	Name    string
	Scoped  bool // documents carry "territory"; queries need a Scope
	Terms   bool // documents carry "terms": search words, equality only
	Last    bool // receives what leaves the outboxes of others; dumped behind them
	Indexes []Index
}

// Scope says which territories a query may see. Only the people package makes
// one (archtest holds that), and only from an Actor.
type Scope struct {
	all         bool
	territories []string
}

// ScopeOf allows these territories; none means nothing is seen.
func ScopeOf(territories ...string) Scope { return Scope{territories: territories} }

// ScopeAll allows every territory: administrators and workers.
func ScopeAll() Scope { return Scope{all: true} }

// All tells whether the scope sees every territory.
func (s Scope) All() bool { return s.all }

// Territories lists what a narrower scope sees.
func (s Scope) Territories() []string { return s.territories }

// Sees tells whether the scope has the territory.
func (s Scope) Sees(territory string) bool {
	if s.all {
		return true
	}
	for _, t := range s.territories {
		if t == territory {
			return true
		}
	}
	return false
}

// Query asks for a page of a declared index, or of the terms index. With fewer
// values than the index has equality fields, the list is ordered by the fields
// left over first. A document without the index's order key is not in its list.
// A list by terms is ordered by id and takes no bounds.
type Query struct {
	Scope Scope    // needed on scoped collections, ignored elsewhere
	Index string   // name of a declared index; empty walks by id
	Equal []In     // values for the index's equality prefix, in its order; may be shorter
	Terms []string // documents that hold all of these; then Index is ignored
	From  int64    // inclusive lower bound of the order key; 0 is none
	To    int64    // exclusive upper bound of the order key; 0 is none
	After string   // cursor of the page before
	Limit int      // 1..200, default 50
	Total bool     // count the list with its first page
}

// In lists the values one equality field may have, usually one.
type In []string

// Is is the In of one value.
func Is(value string) In { return In{value} }

// Page is a bounded piece of a list; Next is the cursor to go on, empty at the
// end. With a filter a page may be shorter than asked, even empty, and still
// have a Next: a bounded number of documents was looked at.
type Page[T any] struct {
	Items []*T
	Next  string
	Total *call.Total // where asked, on a first page without a filter
}

// Row is a document on its way to an engine: Body is a pointer to the stored
// type, encoded by its json tags on both engines.
type Row struct {
	ID      string
	Version int64
	Body    any
	Records []Record
}

// Pending is what a document's outbox holds and the relay has not carried
// away. Names are "document:version:ordinal", the same at every reading.
type Pending struct {
	Collection string
	ID         string
	Names      []string
	Records    []Record

	Unreadable error // why nothing of it can be read; then there are no names
}

// Find is a Query checked against its Spec: the engine's marching order.
type Find struct {
	Query
	Spec  Spec
	Index Index
}

// Decode fills a pointer to the stored type from the row at hand.
type Decode func(into any) error

// Found is the row at hand of a Find, good until each returns.
type Found interface { // one implementation an engine
	Decode(into any) error
	Cursor() string // text for Query.After to go on behind this row
}

// Engine is what the two shipped engines have in common: docstore/sqlite
// (embedded, the default) and docstore/mongodb.
type Engine interface {
	// Prepare makes collections and indexes that are missing.
	Prepare(ctx context.Context, specs []Spec) error
	// Insert stores new documents at version 1. With several rows it is
	// unordered and not atomic; rows whose id exists are skipped and reported
	// by index in duplicates.
	Insert(ctx context.Context, collection string, rows []Row) (duplicates []int, err error)
	// Get decodes one document; ErrNotFound where there is none.
	Get(ctx context.Context, collection, id string, into any) error
	// GetMany decodes those of the documents that exist, each with its place in
	// ids.
	GetMany(ctx context.Context, collection string, ids []string, each func(place int, decode Decode) error) error
	// Replace stores row.Body as row.Version where the stored version is
	// row.Version-1, appending row.Records to the outbox; ErrStale or
	// ErrNotFound otherwise.
	Replace(ctx context.Context, collection string, row Row) error
	// Delete removes a document at this version. It refuses one with events
	// pending (ErrStale): the relay comes first.
	Delete(ctx context.Context, collection, id string, version int64) error
	// Find calls each with at most find.Limit rows in order; each returns false
	// to stop, and does not use the store.
	Find(ctx context.Context, find Find, each func(Found) (bool, error)) error
	// Count counts what a Find would return without limit, up to max.
	Count(ctx context.Context, find Find, max int) (int, error)
	// Pending lists documents with outbox records, at most limit, that with the
	// oldest record first. One that cannot be read is listed as that.
	Pending(ctx context.Context, collection string, limit int) ([]Pending, error)
	// Acknowledge removes these records from the document's outbox without
	// raising its version.
	Acknowledge(ctx context.Context, collection, id string, names []string) error
	// SetAside keeps a document's outbox, as it is, out of Pending until its next
	// record; PutBack lists it again, first.
	SetAside(ctx context.Context, collection, id string) error
	PutBack(ctx context.Context, collection, id string) error
	// Dump calls each with every document of a collection.
	Dump(ctx context.Context, collection string, each func(Raw) error) error
	// Load stores documents as they were dumped; ErrDuplicate where one exists.
	Load(ctx context.Context, collection string, documents []Raw) error
	// Ping answers when the engine can serve.
	Ping(ctx context.Context) error
	// Close flushes and frees; the engine is not used again.
	Close(ctx context.Context) error
}
