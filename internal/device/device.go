// Package device holds the one physical unit with a serial number: its life
// from declaration to a student's hands, its drives, and the rule that nothing
// becomes available without proof that each drive was erased.
package device

import (
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"regexp"
)

// State is where a device stands in its life (DESIGN: life cycles).
type State string

// The states of a device.
const (
	Declared    State = "declared"
	Received    State = "received"
	NotReceived State = "not_received"
	Refused     State = "refused"
	Audited     State = "audited"
	Locked      State = "locked"
	Repair      State = "repair"
	Harvested   State = "harvested"
	Recycled    State = "recycled"
	Erased      State = "erased"
	Ready       State = "ready"
	Available   State = "available"
	Reserved    State = "reserved"
	Allocated   State = "allocated"
	Dispatched  State = "dispatched"
	Delivered   State = "delivered"
	Returned    State = "returned"
	Lost        State = "lost"
)

// Steps is the life cycle; what is not here is refused.
var Steps = lifecycle.Table[State]{ //nolint:gochecknoglobals // a constant table
	Declared:    {Received, NotReceived, Refused},
	NotReceived: {Declared}, // it comes with a later lot
	Received:    {Audited, Lost},
	Audited:     {Erased, Locked, Repair, Harvested, Recycled, Lost},
	Locked:      {Audited, Refused, Lost},
	Repair:      {Audited, Harvested, Recycled, Lost},
	Erased:      {Ready, Lost},
	Ready:       {Available, Lost},
	Available:   {Reserved, Audited},
	Reserved:    {Available, Allocated},
	Allocated:   {Dispatched, Available, Audited},
	Dispatched:  {Delivered, Lost, Audited},
	Delivered:   {Returned, Lost},
	Returned:    {Audited},
}

// Change is one line of a device's history: kept in the document so that
// `passerelle check` can walk it.
type Change = lifecycle.Change[State]

// Specs is what the matching engine and a student need to know of a machine.
// Memory and disk in GB, screen in tenths of an inch.
type Specs struct {
	Manufacturer string `json:"manufacturer" validate:"max=80"`
	Model        string `json:"model" validate:"required,max=120"`
	Category     string `json:"category,omitempty" validate:"omitempty,oneof=laptop desktop tablet"`
	Processor    string `json:"processor,omitempty" validate:"max=120"`
	RAMGB        int    `json:"ram_gb" validate:"min=0,max=1024"`
	DiskGB       int    `json:"disk_gb" validate:"min=0,max=65536"`
	DiskType     string `json:"disk_type,omitempty" validate:"omitempty,oneof=ssd nvme hdd emmc none"`
	Screen       int    `json:"screen,omitempty" validate:"min=0,max=400"`
	Layout       string `json:"layout,omitempty" validate:"max=20"` // keyboard: azerty, qwerty ...
	Webcam       bool   `json:"webcam"`
	Wifi         bool   `json:"wifi"`
	Charger      bool   `json:"charger"`
	Purchased    string `json:"purchased,omitempty"` // YYYY-MM-DD
}

// Maker is the manufacturer as people say it: lists carry its legal name.
func (s Specs) Maker() string { return legalForm.ReplaceAllString(s.Manufacturer, "") }

var legalForm = regexp.MustCompile(`(?i),?\s+(inc|corp|corporation|ltd|gmbh|co|s\.?a)\.?(,?\s+ltd\.?)?$`)

// Grades after eReuse: appearance Z, A to E; functionality A to D; battery A to E.
type Grades struct {
	Appearance    string `json:"appearance,omitempty" validate:"omitempty,oneof=Z A B C D E"`
	Functionality string `json:"functionality,omitempty" validate:"omitempty,oneof=A B C D"`
	Battery       string `json:"battery,omitempty" validate:"omitempty,oneof=A B C D E"`
}

// Medium is the kind of a drive, which decides what erases it.
type Medium string

// The media.
const (
	HDD  Medium = "hdd"
	SSD  Medium = "ssd"
	NVMe Medium = "nvme"
	EMMC Medium = "emmc"
)

// Drive is a storage medium that this device held or holds.
type Drive struct {
	ID      string   `json:"id"`
	Serial  string   `json:"serial"`
	Model   string   `json:"model,omitempty"`
	Medium  Medium   `json:"medium"`
	SizeGB  int      `json:"size_gb,omitempty"`
	Fitted  bool     `json:"fitted"`           // false once taken out
	Supply  *Supply  `json:"supply,omitempty"` // of a new drive, which never held anyone's data
	Erasure *Erasure `json:"erasure,omitempty"`

	Marked bool `json:"new,omitempty"` // as new, in older stores: SupplyMarked
}

// Supply records that a drive is new: who says so, and the invoice or stock
// entry that shows it.
type Supply struct {
	Reference string          `json:"reference"`
	By        string          `json:"by"`
	At        docstore.Millis `json:"at"`
}

// Erasure is the proof that a drive was erased, judged after NIST SP 800-88
// Rev. 2: overwriting clears a hard disk, and does not purge flash memory.
type Erasure struct {
	Tool     string          `json:"tool"`   // nwipe, blancco, manufacturer ...
	Method   string          `json:"method"` // overwrite, ata_sanitize, nvme_sanitize, crypto_erase, degauss, destroy
	NIST     string          `json:"nist"`   // clear, purge, destroy
	Verified bool            `json:"verified"`
	Status   string          `json:"status"` // erased, erased_with_warnings, failed, aborted
	Ended    docstore.Millis `json:"ended"`
	By       string          `json:"by"` // person id of the technician
}

// NoDrive records that a device came without any drive, and who says so.
type NoDrive struct {
	By     string          `json:"by"`
	At     docstore.Millis `json:"at"`
	Reason string          `json:"reason"`
}

// Earmark keeps a device for somebody's use; it is an attribute, not a state.
type Earmark struct {
	Kind string `json:"kind,omitempty"` // territory, partner, award, pool; empty is none
	ID   string `json:"id,omitempty"`
}

// Checks are the facts that a release needs beside erasure.
type Checks struct {
	Unlocked       bool   `json:"unlocked"`        // BIOS, MDM and account locks looked at, none left, again after reinstall
	System         string `json:"system"`          // what is installed
	SupportedUntil string `json:"supported_until"` // YYYY-MM-DD; at least 24 months ahead at release
	ChargerSafe    bool   `json:"charger_safe"`
	BatterySafe    bool   `json:"battery_safe"`
}

// Device is one physical unit with a serial number.
type Device struct {
	docstore.Meta `json:",inline"`

	State      State           `json:"state"`
	History    []Change        `json:"history"`
	Country    string          `json:"country"`
	Territory  string          `json:"territory"`
	Donation   string          `json:"donation"`
	Company    string          `json:"company"`
	Label      string          `json:"label"`  // short code on the sticker: "PA-7F3K2"
	Serial     string          `json:"serial"` // as the donor wrote it
	AssetTag   string          `json:"asset_tag,omitempty"`
	Tick       string          `json:"tick,omitempty"`  // the scan that ticked it off
	Extra      bool            `json:"extra,omitempty"` // came with the lot without being on its list
	Specs      Specs           `json:"specs"`
	Grades     Grades          `json:"grades"`
	Drives     []Drive         `json:"drives,omitempty"`
	NoDrive    *NoDrive        `json:"no_drive,omitempty"`
	Checks     Checks          `json:"checks"`
	Quarantine bool            `json:"quarantine"` // swollen battery
	Earmark    Earmark         `json:"earmark"`
	Area       string          `json:"area"`            // code of the département where it stands
	Site       string          `json:"site,omitempty"`  // where it stands: workshop or pick-up point
	Shelf      string          `json:"shelf,omitempty"` // where there
	Match      string          `json:"match,omitempty"` // the claim: id of its live match, written by matching
	Lat        float64         `json:"lat"`
	Lon        float64         `json:"lon"`
	Terms      []string        `json:"terms"`
	Since      docstore.Millis `json:"since"` // when it came into this state
	Created    docstore.Millis `json:"created"`
}

// Spec declares the collection.
func Spec() docstore.Spec {
	return docstore.Spec{
		Name: "devices", Scoped: true, Terms: true,
		Indexes: []docstore.Index{
			{Name: "state", Equal: []string{"state"}, Order: "since"},
			{Name: "area", Equal: []string{"area", "state"}, Order: "since"},
			{Name: "donation", Equal: []string{"donation", "state"}, Order: "created"},
			{Name: "recent", Order: "created", Desc: true},
		},
	}
}
