// Package application holds a student's request for a device: how it is made,
// attested, verified and scored, what holds it, and where it stands.
package application

import (
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// State is where an application stands (DESIGN: life cycles).
type State string

// The states of an application.
const (
	Invited    State = "invited" // referred by a prescriber, the family has not agreed yet
	Draft      State = "draft"
	Submitted  State = "submitted"
	Eligible   State = "eligible"
	Ineligible State = "ineligible"
	Withdrawn  State = "withdrawn"
	Offered    State = "offered"
	Accepted   State = "accepted"
	Fulfilled  State = "fulfilled"
	Replaced   State = "replaced"
)

// Steps is the life cycle; what is not here is refused.
var Steps = lifecycle.Table[State]{ //nolint:gochecknoglobals // a constant table
	Invited:    {Draft, Submitted},
	Draft:      {Submitted},
	Submitted:  {Eligible, Ineligible, Withdrawn},
	Eligible:   {Offered, Withdrawn, Ineligible},
	Ineligible: {Submitted},
	Offered:    {Eligible, Accepted},
	Accepted:   {Eligible, Fulfilled},
	Fulfilled:  {Replaced},
}

// Kind is what the device will be: a student's own, lent by a school, or an award.
type Kind string

// The kinds.
const (
	Personal Kind = "personal"
	Pool     Kind = "pool"
	Award    Kind = "award"
)

// Change is one line of the history.
type Change = lifecycle.Change[State]

// Hold is a problem beside the state: typed, with who must act next and by when.
type Hold struct {
	Type    string          `json:"type"`    // duplicate, missing_consent, unreachable, needs_information, not_eligible, other
	Waiting string          `json:"waiting"` // family, prescriber, coordinator
	Due     docstore.Millis `json:"due"`
	Since   docstore.Millis `json:"since"`
	Actor   string          `json:"actor"`
	Note    seal.Text       `json:"note,omitempty"` // the desk's own

	Question seal.Text       `json:"question,omitempty"` // what the family is asked, where information is missing
	Answer   seal.Text       `json:"answer,omitempty"`
	Answered docstore.Millis `json:"answered,omitempty"`
}

// Contact is how to reach somebody; every part is sealed.
type Contact struct {
	FirstName seal.Text `json:"first_name"`
	LastName  seal.Text `json:"last_name"`
	Email     seal.Text `json:"email,omitempty"`
	Phone     seal.Text `json:"phone,omitempty"`
}

// Need is what the priorities are computed from: facts as the family stated
// them and what a prescriber or coordinator attested. Kept without names.
type Need struct {
	// Computers usable at home: none, shared, own; Learners share them.
	Equipment        string   `json:"equipment"`               // none, shared, below_minimum, own
	Learners         int      `json:"learners"`                // learners in the home
	Computers        int      `json:"computers"`               // usable computers there
	Means            string   `json:"means"`                   // band: quotient_400, quotient_600, quotient_800, rsa, in_care, none
	Scholarship      string   `json:"scholarship"`             // échelon within the level: "0bis", "1".."7"; empty none
	Obstacles        []string `json:"obstacles,omitempty"`     // housing, no_support, disability, no_public_access, priority_neighbourhood
	Deadline         string   `json:"deadline,omitempty"`      // YYYY-MM-DD of exam, course start or internship
	SituationChanged bool     `json:"situation_changed"`       // attested by a prescriber
	GraveObstacle    bool     `json:"grave_obstacle"`          // attested without naming it
	Accessibility    []string `json:"accessibility,omitempty"` // large_screen, light, long_battery ...
}

// Part is one reason of a score: the rule, the fact it saw, and what it gave.
type Part struct {
	Of     string `json:"of"` // tier, points or pair
	Rule   string `json:"rule"`
	Fact   string `json:"fact"`
	Points int    `json:"points"`
}

// Score is tier and points under one version of the grid, with the reasons.
type Score struct {
	Grid   int             `json:"grid"`
	Tier   int             `json:"tier"`   // 1 (strongest) .. 5
	Points int             `json:"points"` // 0..100 within the tier
	Parts  []Part          `json:"parts"`
	At     docstore.Millis `json:"at"`
}

// Attestation is what a prescriber confirmed, and nothing more.
type Attestation struct {
	Prescriber string          `json:"prescriber"`
	By         string          `json:"by"`
	At         docstore.Millis `json:"at"`
	Facts      []string        `json:"facts"` // equipment, means, obstacles, situation_changed, grave_obstacle
}

// Application is a student's request for a device.
type Application struct {
	docstore.Meta `json:",inline"`

	Kind      Kind     `json:"kind"`
	State     State    `json:"state"`
	History   []Change `json:"history"`
	Reference string   `json:"reference"` // what people say on the phone: "K7F-3Q2"
	Country   string   `json:"country"`
	Territory string   `json:"territory"`
	Commune   string   `json:"commune"` // INSEE code
	Area      string   `json:"area"`    // code of the département
	Lat       float64  `json:"lat"`     // of the commune's centre, never of a home
	Lon       float64  `json:"lon"`
	Lang      string   `json:"lang"`

	For       string     `json:"for"` // self, child: who fills the form
	Student   Contact    `json:"student"`
	Guardian  *Contact   `json:"guardian,omitempty"`
	BirthDate seal.Text  `json:"birth_date"`
	BirthYear int        `json:"birth_year"`
	Address   seal.Text  `json:"address,omitempty"`
	Reason    seal.Text  `json:"reason,omitempty"`    // anything else the family says
	Owners    []string   `json:"owners"`              // person ids that may act
	Guardians []Guarding `json:"guardians,omitempty"` // those of them who act for a minor
	Person    string     `json:"person"`              // keyed hash of name and birth date: finds duplicates
	Household string     `json:"household"`           // declared, never inferred; alone, an application is its own
	Joins     string     `json:"joins,omitempty"`     // application whose household it names, until that family has answered

	Level  string `json:"level"`  // college, lycee, higher, job_seeker
	Course string `json:"course"` // code of the country package; decides the specs
	School string `json:"school,omitempty"`
	Stage  string `json:"stage"` // one device per stage: the level

	Need           Need            `json:"need"`
	Agreed         docstore.Millis `json:"agreed"` // use of data agreed
	GuardianAgreed docstore.Millis `json:"guardian_agreed,omitempty"`
	GuardianName   seal.Text       `json:"guardian_name,omitempty"` // as typed with the agreement
	OnPaper        *OnPaper        `json:"on_paper,omitempty"`      // where it was signed on a sheet
	Attestation    *Attestation    `json:"attestation,omitempty"`
	Ties           []string        `json:"ties,omitempty"`       // person ids of staff who declared that they are kin or close
	Prescriber     string          `json:"prescriber,omitempty"` // asked to attest, or refers
	Keeper         string          `json:"keeper,omitempty"`     // the structure that the address stays with, and that hands over
	Holds          []Hold          `json:"holds,omitempty"`
	Score          *Score          `json:"score,omitempty"`
	Leaves         bool            `json:"leaves,omitempty"`   // an invitation that is being deleted: nobody agrees to it any more
	Priority       int64           `json:"priority"`           // order key of lists: tier, points, wait
	Replaces       string          `json:"replaces,omitempty"` // application whose device broke or is gone
	Way            string          `json:"way,omitempty"`      // where its delivery stands, told by delivery
	Match          string          `json:"match,omitempty"`    // the claim: id of its live match, written by matching
	Decision       string          `json:"decision,omitempty"` // reason code of the last verification
	DecisionNote   seal.Text       `json:"decision_note,omitempty"`
	Reviews        int             `json:"reviews"` // an ineligible one is looked at again once, by another coordinator

	ReviewAsked  docstore.Millis `json:"review_asked,omitempty"` // by the family, with its reason
	ReviewReason seal.Text       `json:"review_reason,omitempty"`

	Terms     []string        `json:"terms"`     // hashed: name, contact, reference
	Since     docstore.Millis `json:"since"`     // when it came into this state
	Forget    docstore.Millis `json:"forget"`    // when it is to be forgotten; none while it runs, and after
	Submitted docstore.Millis `json:"submitted"` // waiting counts from here, never reset
	Created   docstore.Millis `json:"created"`
}

// Spec declares the collection.
func Spec() docstore.Spec {
	return docstore.Spec{
		Name: "applications", Scoped: true, Terms: true,
		Indexes: []docstore.Index{
			{Name: "state", Equal: []string{"state"}, Order: "since"},
			{Name: "priority", Equal: []string{"state"}, Order: "priority"},
			{Name: "area", Equal: []string{"area", "state"}, Order: "priority"},
			{Name: "prescriber", Equal: []string{"prescriber", "state"}, Order: "created", Desc: true},
			{Name: "household", Equal: []string{"household"}, Order: "created"},
			{Name: "person", Equal: []string{"person"}, Order: "created"},
			{Name: "forget", Order: "forget"},
			{Name: "recent", Order: "created", Desc: true},
		},
	}
}
