// Package matching is the choice: a round proposes the best device for each
// student under published priorities, a coordinator decides each match, the
// student accepts or declines.
package matching

import (
	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/lifecycle"
	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// State is where a match stands (DESIGN: life cycles).
type State string

// The states of a match. Approving, offered and accepted are live.
const (
	Proposed   State = "proposed"
	Approving  State = "approving"
	Offered    State = "offered"
	Accepted   State = "accepted"
	Fulfilled  State = "fulfilled"
	Rejected   State = "rejected"
	Superseded State = "superseded"
	Declined   State = "declined"
	Expired    State = "expired"
	Released   State = "released"
)

// Steps is the life cycle; what is not here is refused.
var Steps = lifecycle.Table[State]{ //nolint:gochecknoglobals // a constant table
	Proposed:  {Approving, Rejected, Superseded},
	Approving: {Offered, Superseded},
	Offered:   {Accepted, Declined, Expired, Released},
	Accepted:  {Released, Fulfilled},
}

// Live tells a match that holds its device and its application.
func (s State) Live() bool { return s == Approving || s == Offered || s == Accepted }

// Change is one line of the history.
type Change = lifecycle.Change[State]

// Match is one device and one application, from proposal to end. It stores
// what a coordinator reads on a row, so that a list opens no other document.
type Match struct {
	docstore.Meta `json:",inline"`

	State        State              `json:"state"`
	History      []Change           `json:"history"`
	Country      string             `json:"country"`
	Territory    string             `json:"territory"` // the application's
	Round        string             `json:"round,omitempty"`
	Asker        int32              `json:"asker"`            // the application's place in the round's problem
	Around       string             `json:"around,omitempty"` // of an override: the round whose choice it goes around
	Device       string             `json:"device"`
	Application  string             `json:"application"`
	Reference    string             `json:"reference"` // the application's
	Commune      string             `json:"commune"`
	Level        string             `json:"level"`
	Course       string             `json:"course"`
	Model        string             `json:"model"`
	Label        string             `json:"label"` // the device's
	RAMGB        int                `json:"ram_gb"`
	DiskGB       int                `json:"disk_gb"`
	Tier         int                `json:"tier"`
	Points       int                `json:"points"`
	Score        int64              `json:"score"` // the pair's, 1..1e6
	KM           float64            `json:"km"`    // between commune and where the device stands
	Reasons      []application.Part `json:"reasons"`
	Second       string             `json:"second,omitempty"` // application id of the second choice for this device
	Lock         string             `json:"lock,omitempty"`   // the constraint that made it
	LockedBy     string             `json:"locked_by,omitempty"`
	Given        bool               `json:"given"` // else lent, until Until
	Until        string             `json:"until,omitempty"`
	Decision     Decision           `json:"decision"`                // who decided on it, and why
	Saga         Saga               `json:"saga"`                    // what the last change still has to do in other documents
	Deadline     docstore.Millis    `json:"deadline,omitempty"`      // of the offer
	Declined     string             `json:"declined,omitempty"`      // the student's reason, a code
	ReleaseWords seal.Text          `json:"release_words,omitempty"` // a coordinator's reason
	Order        int64              `json:"order"`                   // order key: strongest need first
	Since        docstore.Millis    `json:"since"`
	Created      docstore.Millis    `json:"created"`
}

// Decision is who decided on a proposal, how and why. With Saga it is the
// intent that recovery finishes or undoes from. An override that waits for a
// second person is a proposal with a decision.
type Decision struct {
	First    string          `json:"first,omitempty"` // of an override with two approvers: who chose it
	By       string          `json:"by,omitempty"`
	Action   string          `json:"action,omitempty"` // approve, override, reject, swap
	Words    seal.Text       `json:"words,omitempty"`  // a coordinator's reason
	At       docstore.Millis `json:"at,omitempty"`
	Replaces string          `json:"replaces,omitempty"` // of a swap: the match whose place it takes
	Origin   string          `json:"origin,omitempty"`   // of a swap: the match whose offer the student accepted
}

// Saga names what a change of state still has to do in the device and the
// application. It is written in the same write as the state, and emptied when
// all is done; the state itself says which way things go.
type Saga string

// The sagas.
const (
	Approval   Saga = "approval"   // claim device and application, then offer; undo when refused
	Acceptance Saga = "acceptance" // tell device and application
	Fulfilment Saga = "fulfilment" // tell the application
	Ending     Saga = "ending"     // free device and application, propose the second choice
	Watch      Saga = "watch"      // of an ended match: look once more, later, whether a claim came too late
)

// Spec declares the collection of matches.
func Spec() docstore.Spec {
	return docstore.Spec{
		Name: "matches", Scoped: true,
		Indexes: []docstore.Index{
			{Name: "state", Equal: []string{"state"}, Order: "order"},
			{Name: "deadline", Equal: []string{"state"}, Order: "deadline"},
			{Name: "saga", Equal: []string{"saga"}, Order: "since"},
			{Name: "round", Equal: []string{"round", "state"}, Order: "order"},
			{Name: "around", Equal: []string{"around"}, Order: "created"},
			{Name: "device", Equal: []string{"device", "state"}, Order: "created", Desc: true},
			{Name: "application", Equal: []string{"application", "state"}, Order: "created", Desc: true},
		},
	}
}

// Round is one run of the engine over what is available in a territory.
type Round struct {
	docstore.Meta `json:",inline"`

	State        string          `json:"state"`              // waiting, running, done, failed
	Stopping     bool            `json:"stopping,omitempty"` // asked to stop
	Territory    string          `json:"territory"`
	Grid         int             `json:"grid"`
	Seed         int64           `json:"seed"`
	Stage        string          `json:"stage"` // reading, candidates, solving, explaining, costing, storing
	Done         int             `json:"done"`  // of Total in this stage
	Total        int             `json:"total"`
	Applications int             `json:"applications"`
	Devices      int             `json:"devices"`
	Pairs        int             `json:"pairs"`
	Proposed     int             `json:"proposed"`
	Kept         int             `json:"kept"` // of the proposals, those that stood already
	Score        int64           `json:"score"`
	Tiers        []TierCount     `json:"tiers"`
	Certified    bool            `json:"certified"`
	Digest       string          `json:"digest,omitempty"` // of the result: who gets what, and the prices that prove it
	Constraints  []Bound         `json:"constraints,omitempty"`
	WhatIf       string          `json:"what_if,omitempty"` // that it adopts
	Changes      *Changes        `json:"changes,omitempty"` // of the rules in force
	Failure      string          `json:"failure,omitempty"` // code of what stopped it
	By           string          `json:"by"`
	Started      docstore.Millis `json:"started"`
	Beat         docstore.Millis `json:"beat"` // last sign of life of its process
	Ended        docstore.Millis `json:"ended,omitempty"`
	Spent        []StageTime     `json:"spent,omitempty"`
}

// TierCount is how many of a tier asked and were served.
type TierCount struct {
	Tier    int `json:"tier"`
	Waiting int `json:"waiting"`
	Served  int `json:"served"`
}

// StageTime is how long a stage of a round took, in milliseconds.
type StageTime struct {
	Stage  string `json:"stage"`
	Millis int64  `json:"millis"`
}

// CutOff is why an application was left out of a round: stored with id
// "round:application", replaced by the next round's.
type CutOff struct {
	docstore.Meta `json:",inline"`

	Territory   string          `json:"territory"`
	Round       string          `json:"round"`
	Application string          `json:"application"`
	Code        string          `json:"code"`      // no_device, no_compatible, stronger_need, household_full, stage_served
	Tier        int             `json:"tier"`      // the student's
	CutTier     int             `json:"cut_tier"`  // weakest tier served among compatible devices
	CutScore    int64           `json:"cut_score"` // score missing to the nearest cut-off; 0 where only a stronger tier would do
	Asker       int32           `json:"asker"`     // its place in the round's problem
	Created     docstore.Millis `json:"created"`
	Ahead       int             `json:"ahead"`              // applications with a stronger need still waiting
	Barriers    []string        `json:"barriers,omitempty"` // of who has no pair: what keeps the stock from it, the commonest first
}
