// Package donation follows what a company gives at once: declared, agreed,
// its convention accepted, collected, received serial by serial, reconciled.
package donation

import (
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/device"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// State is where a donation stands (DESIGN: life cycles).
type State string

// The states of a donation.
const (
	Declared          State = "declared"
	Agreed            State = "agreed"
	Accepted          State = "accepted"
	CollectionPlanned State = "collection_planned"
	Collected         State = "collected"
	Reconciled        State = "reconciled"
	Closed            State = "closed"
	Declined          State = "declined"
	Cancelled         State = "cancelled"
)

// Steps is the life cycle; what is not here is refused.
var Steps = lifecycle.Table[State]{ //nolint:gochecknoglobals // a constant table
	Declared:          {Agreed, Declined, Cancelled},
	Agreed:            {Accepted, Declined, Cancelled},
	Accepted:          {CollectionPlanned, Declined, Cancelled},
	CollectionPlanned: {Collected, Declined, Cancelled},
	Collected:         {Reconciled},
	Reconciled:        {Closed},
}

// Change is one line of the history.
type Change = lifecycle.Change[State]

// Line is a part of a lot without serial numbers yet: model × quantity × state.
type Line struct {
	Manufacturer string `json:"manufacturer,omitempty" form:"manufacturer" validate:"plain,max=80"`
	Model        string `json:"model" form:"model" validate:"required,plain,max=120"`
	Quantity     int    `json:"quantity" form:"quantity" validate:"min=1,max=5000"`
	Condition    string `json:"condition" form:"condition" validate:"required,oneof=working to_check broken"`
	RAMGB        int    `json:"ram_gb,omitempty" form:"ram_gb" validate:"min=0,max=1024"`
	DiskGB       int    `json:"disk_gb,omitempty" form:"disk_gb" validate:"min=0,max=65536"`
	DiskType     string `json:"disk_type,omitempty" form:"disk_type" validate:"omitempty,oneof=ssd nvme hdd emmc none"`
}

// Contact is the person at the company; sealed.
type Contact struct {
	Name  seal.Text `json:"name"`
	Email seal.Text `json:"email"`
	Phone seal.Text `json:"phone,omitempty"`
}

// Convention is the text as agreed: stored whole, with its SHA-256.
type Convention struct {
	Version string          `json:"version"`
	Lang    string          `json:"lang"`
	Text    string          `json:"text"`
	SHA256  string          `json:"sha256"`
	At      docstore.Millis `json:"at"`
	By      string          `json:"by"` // person id
	Name    seal.Text       `json:"name"`
	Title   string          `json:"title"` // capacity in which the person signs
}

// Collection is the planned and done fetching of a lot.
type Collection struct {
	Day     string          `json:"day"` // YYYY-MM-DD in the territory's time zone
	From    string          `json:"from"`
	To      string          `json:"to"`
	Carrier string          `json:"carrier,omitempty"`
	Note    string          `json:"note,omitempty"`
	Done    docstore.Millis `json:"done,omitempty"`
	Boxes   int             `json:"boxes,omitempty"`
}

// Counts are kept by receiving, so that a page never counts devices.
type Counts struct {
	Lines    int `json:"lines"`    // devices announced by lines
	Declared int `json:"declared"` // devices declared by serial
	Received int `json:"received"`
	Missing  int `json:"missing"`
	Extra    int `json:"extra"`
	Refused  int `json:"refused"`
}

// Donation is what a company gives at once.
type Donation struct {
	docstore.Meta `json:",inline"`

	State      State           `json:"state"`
	History    []Change        `json:"history"`
	Reference  string          `json:"reference"` // "D-2026-0042"-like, said on the phone and printed
	Country    string          `json:"country"`
	Territory  string          `json:"territory"`
	Company    string          `json:"company"` // company id: derived from country and SIREN
	SIREN      string          `json:"siren"`
	SIRET      string          `json:"siret,omitempty"`
	Name       string          `json:"name"` // the company's
	Address    string          `json:"address"`
	Commune    string          `json:"commune"`
	Contact    Contact         `json:"contact"`
	Owners     []string        `json:"owners"` // person ids of the company who may act
	Lines      []Line          `json:"lines"`
	Earmark    device.Earmark  `json:"earmark"`
	Ready      string          `json:"ready,omitempty"` // earliest day of collection, YYYY-MM-DD
	Note       string          `json:"note,omitempty"`
	Reason     string          `json:"reason,omitempty"` // of a decline or cancellation
	Lang       string          `json:"lang"`
	Convention *Convention     `json:"convention,omitempty"`
	Collection *Collection     `json:"collection,omitempty"`
	Counts     Counts          `json:"counts"`
	Ticking    []string        `json:"ticking,omitempty"`   // scans under way: the device names the one that ticked it off, until it is counted
	Unsettled  docstore.Millis `json:"unsettled,omitempty"` // since when devices or counts have to follow; 0 once they did
	Terms      []string        `json:"terms"`
	Since      docstore.Millis `json:"since"`
	Created    docstore.Millis `json:"created"`
}

// Spec declares the collection.
func Spec() docstore.Spec {
	return docstore.Spec{
		Name: "donations", Scoped: true, Terms: true,
		Indexes: []docstore.Index{
			{Name: "state", Equal: []string{"state"}, Order: "since"},
			{Name: "company", Equal: []string{"company"}, Order: "created", Desc: true},
			{Name: "recent", Order: "created", Desc: true},
			{Name: "unsettled", Order: "unsettled"},
		},
	}
}

// Declare is the request of the donor's form.
type Declare struct {
	call.Create
	SIREN        string `json:"siren" form:"siren" validate:"required,siren_or_siret"`
	Name         string `json:"name" form:"name" validate:"required,plain,max=160"`
	Address      string `json:"address" form:"address" validate:"required,plain,max=240"`
	Postcode     string `json:"postcode" form:"postcode" validate:"required,postcode"`
	Commune      string `json:"commune" form:"commune" validate:"required,len=5"`
	ContactName  string `json:"contact_name" form:"contact_name" validate:"required,name,max=120"`
	ContactEmail string `json:"contact_email" form:"contact_email" validate:"required,email,max=200"`
	ContactPhone string `json:"contact_phone,omitempty" form:"contact_phone" validate:"omitempty,phone"`
	Lines        []Line `json:"lines" form:"-" validate:"max=200,dive"` // may be empty when a list follows
	EarmarkKind  string `json:"earmark_kind,omitempty" form:"earmark_kind" validate:"omitempty,oneof=territory partner"`
	EarmarkID    string `json:"earmark_id,omitempty" form:"earmark_id" validate:"required_with=EarmarkKind,max=40"`
	Ready        string `json:"ready,omitempty" form:"ready" validate:"omitempty,datetime=2006-01-02"`
	Note         string `json:"note,omitempty" form:"note" validate:"plain,max=1000"`
	Lang         string `json:"lang,omitempty" form:"lang" validate:"omitempty,oneof=fr en ar"`
}
