package application

import (
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
)

// HoldView is a problem as the desk reads it.
type HoldView struct {
	Type    string    `json:"type"`
	Waiting string    `json:"waiting"` // family, prescriber, coordinator
	Due     time.Time `json:"due"`
	Since   time.Time `json:"since"`
	Note    string    `json:"note,omitempty"`

	Question string     `json:"question,omitempty"` // to the family
	Answer   string     `json:"answer,omitempty"`
	Answered *time.Time `json:"answered,omitempty"`
}

// Row is one line of the desk's lists.
type Row struct {
	call.Tag
	Reference string     `json:"reference"`
	Kind      Kind       `json:"kind"`
	State     State      `json:"state"`
	Territory string     `json:"territory"`
	Commune   string     `json:"commune"` // INSEE code
	Place     string     `json:"place"`   // the commune's name
	FirstName string     `json:"first_name"`
	LastName  string     `json:"last_name"`
	Age       int        `json:"age"` // tells namesakes apart
	Level     string     `json:"level"`
	Course    string     `json:"course"`
	Tier      int        `json:"tier"`
	Points    int        `json:"points"`
	Holds     []HoldView `json:"holds"` // without notes, questions and answers
	Attested  bool       `json:"attested"`
	Match     string     `json:"match,omitempty"`
	Since     time.Time  `json:"since"`
	Submitted time.Time  `json:"submitted"`
}

// List asks for a page of applications of the desk: of a state by need, or by
// words (name, contact, reference), all of which must match.
type List struct {
	call.List
	State State  `json:"-" form:"state" validate:"omitempty,oneof=waiting asking invited draft submitted eligible ineligible withdrawn offered accepted fulfilled replaced"`
	Words string `json:"-" form:"-" validate:"plain,max=200"` // of a search: names never stand in a URL
	Held  string `json:"-" form:"held" validate:"omitempty,oneof=yes no"`
	Level string `json:"-" form:"level" validate:"omitempty,oneof=college lycee higher job_seeker"`
	Tier  int    `json:"-" form:"tier" validate:"min=0,max=5"`
	Area  string `json:"-" form:"area" validate:"max=5"` // code of a département
}

// PersonView is a contact, opened.
type PersonView struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email,omitempty"`
	Phone     string `json:"phone,omitempty"`
}

// View is an application as its coordinators read it, opened.
type View struct {
	call.Tag
	Reference      string           `json:"reference"`
	Kind           Kind             `json:"kind"`
	State          State            `json:"state"`
	Territory      string           `json:"territory"`
	Commune        string           `json:"commune"`
	Place          string           `json:"place"`
	Lang           string           `json:"lang"`
	For            string           `json:"for"`
	Student        PersonView       `json:"student"`
	Guardian       *PersonView      `json:"guardian,omitempty"`
	Consent        *ConsentView     `json:"consent,omitempty"` // a guardian's, once given
	BirthDate      string           `json:"birth_date"`
	Age            int              `json:"age"`
	Address        string           `json:"address,omitempty"`
	Reason         string           `json:"reason,omitempty"`
	Level          string           `json:"level"`
	Course         string           `json:"course"`
	School         string           `json:"school,omitempty"`
	Need           Need             `json:"need"`
	Score          *Score           `json:"score,omitempty"`
	Holds          []HoldView       `json:"holds"`
	Attestation    *AttestationView `json:"attestation,omitempty"`
	Prescriber     string           `json:"prescriber,omitempty"`
	PrescriberName string           `json:"prescriber_name,omitempty"`
	Kept           bool             `json:"kept"`               // the address stays with a structure, which hands over
	Decision       string           `json:"decision,omitempty"` // reason code of the last verification
	DecisionNote   string           `json:"decision_note,omitempty"`
	ReviewReason   string           `json:"review_reason,omitempty"` // the family's, when it asked to be read again
	Match          string           `json:"match,omitempty"`
	Replaces       string           `json:"replaces,omitempty"` // application whose device broke or is gone
	History        []ChangeView     `json:"history"`
	Similar        []Similar        `json:"similar"`
	May            []string         `json:"may"` // what this actor may do now: verify, review, hold, withdraw, attest ...
	Since          time.Time        `json:"since"`
	Submitted      time.Time        `json:"submitted"`
	Created        time.Time        `json:"created"`
}

// AttestationView is what a prescriber confirmed.
type AttestationView struct {
	Prescriber string    `json:"prescriber"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
	Facts      []string  `json:"facts"`
}

// ChangeView is one line of the history.
type ChangeView struct {
	From  State     `json:"from,omitempty"`
	To    State     `json:"to"`
	At    time.Time `json:"at"`
	Actor string    `json:"actor"`
	Cause string    `json:"cause,omitempty"`
}

// Similar is another application that may be of the same person or household.
type Similar struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	State     State  `json:"state"`
	Level     string `json:"level"`
	Why       string `json:"why"` // same_person, same_contact, household; joins, joined: one asks to be of the other's household
}
