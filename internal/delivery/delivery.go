// Package delivery is the way from stock to hand-over and the student's
// confirmation.
package delivery

import (
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// State is where a delivery stands (DESIGN: life cycles).
type State string

// The states of a delivery.
const (
	Planned           State = "planned"
	Booked            State = "booked"
	Dispatched        State = "dispatched"
	HandedOver        State = "handed_over"
	Confirmed         State = "confirmed"
	ClosedUnconfirmed State = "closed_unconfirmed"
	Failed            State = "failed"
	Returned          State = "returned"
	Lost              State = "lost"
	Ended             State = "ended" // given up before hand-over: the device is free, the place is kept
)

// Steps is the life cycle; what is not here is refused.
var Steps = lifecycle.Table[State]{ //nolint:gochecknoglobals // a constant table
	Planned:           {Booked, Ended},
	Booked:            {Planned, Dispatched, HandedOver, Failed, Ended},
	Dispatched:        {HandedOver, Failed, Lost},
	HandedOver:        {Confirmed, ClosedUnconfirmed, Returned, Lost},
	Confirmed:         {Returned, Lost},
	ClosedUnconfirmed: {Confirmed, Returned, Lost},
	Failed:            {Planned, Ended, Lost},
}

// Change is one line of the history.
type Change = lifecycle.Change[State]

// Delivery is the way of one matched device. Its id is derived from the
// match's, so that planning twice makes one.
type Delivery struct {
	docstore.Meta `json:",inline"`

	State       State           `json:"state"`
	History     []Change        `json:"history"`
	Country     string          `json:"country"`
	Territory   string          `json:"territory"`
	Area        string          `json:"area"` // code of the département where the student lives
	Match       string          `json:"match"`
	Device      string          `json:"device"`
	Application string          `json:"application"`
	Reference   string          `json:"reference"`
	Label       string          `json:"label"`
	Model       string          `json:"model"`
	FirstName   seal.Text       `json:"first_name"`       // all that a greeter reads; sealed for the application
	Way         string          `json:"way,omitempty"`    // pick_up, home, structure
	Kept        bool            `json:"kept,omitempty"`   // the address stays with a structure: only that hands over
	Keeper      string          `json:"keeper,omitempty"` // the structure whose people hand over
	Site        string          `json:"site,omitempty"`
	Slot        string          `json:"slot,omitempty"`
	Address     seal.Text       `json:"address,omitempty"`
	Day         string          `json:"day,omitempty"` // YYYY-MM-DD, local to the site
	From        string          `json:"from,omitempty"`
	To          string          `json:"to,omitempty"`
	Code        seal.Text       `json:"code"`      // six digits, shown to the family alone
	CodeHash    string          `json:"code_hash"` // keyed
	Misses      int             `json:"misses"`    // wrong codes typed
	NoShows     int             `json:"no_shows"`
	Carrier     string          `json:"carrier,omitempty"`
	Tracking    string          `json:"tracking,omitempty"`
	Problem     string          `json:"problem,omitempty"`     // what the family reported after
	Words       seal.Text       `json:"words,omitempty"`       // why it came back or is gone; sealed for the application
	Order       int64           `json:"order"`                 // moment of the appointment, else of creation
	Due         docstore.Millis `json:"due,omitempty"`         // when a job must look at it
	Unsettled   docstore.Millis `json:"unsettled,omitempty"`   // since when device and match have to follow; 0 once they did
	Handing     bool            `json:"handing,omitempty"`     // somebody is handing it over, with the right code
	Loose       []Loose         `json:"loose,omitempty"`       // slots that it may hold a place in beside its own, oldest first
	LooseSince  docstore.Millis `json:"loose_since,omitempty"` // of the first
	Since       docstore.Millis `json:"since"`
	Created     docstore.Millis `json:"created"`
}

// Spec declares the collection.
func Spec() docstore.Spec {
	return docstore.Spec{
		Name: "deliveries", Scoped: true,
		Indexes: []docstore.Index{
			{Name: "state", Equal: []string{"state"}, Order: "order"},
			{Name: "area", Equal: []string{"area", "state"}, Order: "order"},
			{Name: "day", Equal: []string{"day"}, Order: "order"},
			{Name: "recent", Equal: []string{"state"}, Order: "since"},
			{Name: "site", Equal: []string{"site", "day"}, Order: "order"},
			{Name: "keeper", Equal: []string{"keeper", "state"}, Order: "order"},
			{Name: "due", Equal: []string{"state"}, Order: "due"},
			{Name: "unsettled", Order: "unsettled"},
			{Name: "loose", Order: "loose_since"},
		},
	}
}

// Slot is a window at a pick-up point with room for a number of hand-overs.
// Its id is "slo_" + site + day + from, so that it exists once.
type Slot struct {
	docstore.Meta `json:",inline"`

	Territory string   `json:"territory"`
	Site      string   `json:"site"`
	Day       string   `json:"day"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Zone      string   `json:"zone"` // time zone
	Capacity  int      `json:"capacity"`
	Taken     []string `json:"taken"` // delivery ids: the claim on a place
	Order     int64    `json:"order"`
}

// SlotSpec declares the collection of slots.
func SlotSpec() docstore.Spec {
	return docstore.Spec{
		Name: "slots", Scoped: true,
		Indexes: []docstore.Index{
			{Name: "site", Equal: []string{"site"}, Order: "order"},
		},
	}
}
