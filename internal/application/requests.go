package application

import (
	"time"

	"github.com/digitalfranceschool/passerelle/internal/call"
)

// Attest is what a prescriber checked of what the family stated, by a one-time
// link or in their space.
type Attest struct {
	call.Change
	Link             string   `json:"link,omitempty" form:"link" validate:"max=200"` // secret of a one-time link, in place of an account
	Name             string   `json:"name,omitempty" form:"name" validate:"omitempty,name,max=120"`
	Checked          []string `json:"checked" form:"checked" validate:"required,min=1,max=5,dive,oneof=identity equipment means obstacles enrolment"`
	SituationChanged bool     `json:"situation_changed,omitempty" form:"situation_changed"`
	GraveObstacle    bool     `json:"grave_obstacle,omitempty" form:"grave_obstacle"`
	Confidential     bool     `json:"confidential,omitempty" form:"confidential"` // the address stays with the structure, which hands over
}

// AttestView is what a prescriber reads of an application to be attested.
type AttestView struct {
	call.Tag
	Reference string    `json:"reference"`
	State     State     `json:"state"`
	Territory string    `json:"territory"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	BirthDate string    `json:"birth_date"`
	Level     string    `json:"level"`
	Course    string    `json:"course"`
	School    string    `json:"school,omitempty"`
	Place     string    `json:"place"`
	Need      Need      `json:"need"` // as the family stated it, so that the prescriber can say what they checked
	Attested  bool      `json:"attested"`
	Kept      bool      `json:"kept"`            // the address stays with the structure
	Unsigned  bool      `json:"consent_missing"` // a guardian has not agreed yet
	Since     time.Time `json:"since"`
}

// Secret is the link of somebody without account.
type Secret struct {
	Link string `json:"-" uri:"link" form:"link" validate:"required,max=200"`
}

// Referred asks for a page of the students that the actor's structures referred.
type Referred struct {
	call.List
	State State `json:"-" form:"state"`
}

// AskAttestation names the structure that is to attest.
type AskAttestation struct {
	call.Change
	Prescriber   string `json:"prescriber" form:"prescriber" validate:"required,max=40"`
	Confidential bool   `json:"confidential,omitempty" form:"confidential"` // the address stays with it, and it hands over
}

// Refer brings several students at once; each is invited until their family
// agrees.
type Refer struct {
	call.Create
	Prescriber string     `json:"prescriber" form:"prescriber" validate:"required,max=40"`
	Students   []Referral `json:"students" form:"-" validate:"required,min=1,max=50,dive"`
}

// Referral is one of them.
type Referral struct {
	FirstName string `json:"first_name" validate:"required,name,max=80"`
	LastName  string `json:"last_name" validate:"required,name,max=80"`
	BirthDate string `json:"birth_date" validate:"required,datetime=2006-01-02"`
	Email     string `json:"email,omitempty" validate:"omitempty,email,max=200"`
	Phone     string `json:"phone,omitempty" validate:"required_without=Email,omitempty,phone"`
	Commune   string `json:"commune" validate:"required,len=5"`
	Level     string `json:"level" validate:"required,oneof=college lycee higher job_seeker"`
	Course    string `json:"course" validate:"required,max=40"`
	Lang      string `json:"lang,omitempty" validate:"omitempty,oneof=fr en ar"`

	Confidential bool `json:"confidential,omitempty"` // the address stays with the structure, which hands over
}

// ReferredView tells, in the order of the request, what became of each.
type ReferredView struct {
	Students []ReferredRow `json:"students"`
}

// ReferredRow is one of them: an application, or why it was not taken.
type ReferredRow struct {
	ID        string `json:"id,omitempty"`
	Reference string `json:"reference,omitempty"`
	Problem   string `json:"problem,omitempty"` // code, when this one was not taken
}

// Agree is an invited family's yes, with all that the form asks.
type Agree struct {
	call.Change
	Submit
}

// GuardianAgree is a parent's or guardian's yes to the use of a minor's data.
type GuardianAgree struct {
	Link      string `json:"link" form:"link" validate:"required,max=200"`
	FirstName string `json:"first_name" form:"first_name" validate:"required,name,max=80"`
	LastName  string `json:"last_name" form:"last_name" validate:"required,name,max=80"`
	Agree     bool   `json:"agree" form:"agree" validate:"required"`
}

// GuardianView is what a guardian reads before agreeing.
type GuardianView struct {
	Reference string `json:"reference"`
	FirstName string `json:"first_name"` // the student's
	Level     string `json:"level"`
	Agreed    bool   `json:"agreed"`
}

// Verify is a coordinator's decision on whether an application may be served.
type Verify struct {
	call.Change
	Eligible bool   `json:"eligible" form:"eligible"`
	Reason   string `json:"reason,omitempty" form:"reason" validate:"required_if=Eligible false,omitempty,oneof=outside_territory not_studying has_device already_served not_proven other"`
	Note     string `json:"note,omitempty" form:"note" validate:"plain,max=500"`
}

// Review asks for a second look at a refusal.
type Review struct {
	call.Change
	Reason string `json:"reason" form:"reason" validate:"required,plain,max=500"`
}

// PutHold notes a problem: its type, who must act, and in how many days.
type PutHold struct {
	call.Change
	Type    string `json:"type" form:"type" validate:"required,oneof=duplicate missing_consent unreachable needs_information not_eligible other"`
	Waiting string `json:"waiting" form:"waiting" validate:"required,oneof=family prescriber coordinator"`
	Days    int    `json:"days" form:"days" validate:"min=1,max=90"`
	Note    string `json:"note,omitempty" form:"note" validate:"plain,max=500"`

	Question string `json:"question,omitempty" form:"question" validate:"required_if=Type needs_information Waiting family,plain,max=500"` // to the family, where information is missing
}

// ClearHold notes that a problem of a type is solved.
type ClearHold struct {
	call.Change
	Type string `json:"type" form:"type" validate:"required,oneof=duplicate missing_consent unreachable needs_information not_eligible other"`
}

// Withdraw takes an application back.
type Withdraw struct {
	call.Change
	Reason string `json:"reason,omitempty" form:"reason" validate:"omitempty,oneof=no_longer_needed found_elsewhere other"`
}

// CorrectContact changes how a family is reached.
type CorrectContact struct {
	call.Change
	Email   string `json:"email,omitempty" form:"email" validate:"omitempty,email,max=200"`
	Phone   string `json:"phone,omitempty" form:"phone" validate:"required_without=Email,omitempty,phone"`
	Address string `json:"address,omitempty" form:"address" validate:"plain,max=200"`
}

// Status is what the family reads: where it stands, what happens next, who
// must act, and since when. Through a status link it has no names.
type Status struct {
	call.Tag
	Reference string    `json:"reference"`
	State     State     `json:"state"`
	Territory string    `json:"territory"`
	FirstName string    `json:"first_name,omitempty"`
	Level     string    `json:"level"`
	Course    string    `json:"course"`
	Steps     []Step    `json:"steps"`
	Next      Next      `json:"next"`
	Asks      []Ask     `json:"asks,omitempty"`    // what stands in the way, as the family may read it
	Joining   []Joining `json:"joining,omitempty"` // who asks to be of the same household
	Tier      int       `json:"tier,omitempty"`
	Parts     []Part    `json:"parts,omitempty"`  // the reasons of tier and points
	Reason    string    `json:"reason,omitempty"` // code, when not eligible
	Match     string    `json:"match,omitempty"`
	May       []string  `json:"may"` // withdraw, correct, ask_attestation, answer_offer ...
	Submitted time.Time `json:"submitted"`
	Since     time.Time `json:"since"`
}

// Step is one point of the status line: sent, checked, waiting, offered, accepted, handed_over.
type Step struct {
	Code string     `json:"code"`
	At   *time.Time `json:"at,omitempty"` // when it was reached
	Now  bool       `json:"now"`
}

// Next is what happens next and who must act.
type Next struct {
	Code string     `json:"code"` // worded as "next.<code>"
	Who  string     `json:"who"`  // family, prescriber, coordinator, nobody
	Due  *time.Time `json:"due,omitempty"`
}

// Ask is a hold in the family's words: duplicate reads "checking".
type Ask struct {
	Code string    `json:"code"`
	Who  string    `json:"who"`
	Due  time.Time `json:"due"`

	Question string `json:"question,omitempty"`
	Answer   string `json:"answer,omitempty"` // as the family gave it, until the desk has read it
}

// Revoke ends the status links of an application.
type Revoke struct{ call.Change }

// Reach is how to write to somebody.
type Reach struct {
	Lang      string
	FirstName string
	Email     string
	Phone     string
}
