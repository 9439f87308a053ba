package application

import "github.com/digitalfranceschool/passerelle/internal/call"

// Submit is the request of the family form, with and without JavaScript: form
// names are the json names; lists repeat their name.
type Submit struct {
	call.Create

	Postcode string `json:"postcode" form:"postcode" validate:"required,postcode"`
	Commune  string `json:"commune" form:"commune" validate:"required,len=5"`
	For      string `json:"for" form:"for" validate:"required,oneof=self child"`

	FirstName string `json:"first_name" form:"first_name" validate:"required,name,max=80"`
	LastName  string `json:"last_name" form:"last_name" validate:"required,name,max=80"`
	BirthDate string `json:"birth_date" form:"birth_date" validate:"required,datetime=2006-01-02"`
	Level     string `json:"level" form:"level" validate:"required,oneof=college lycee higher job_seeker"`
	Course    string `json:"course" form:"course" validate:"required,max=40"`
	School    string `json:"school,omitempty" form:"school" validate:"plain,max=120"`
	Deadline  string `json:"deadline,omitempty" form:"deadline" validate:"omitempty,datetime=2006-01-02"`

	Equipment string `json:"equipment" form:"equipment" validate:"required,oneof=none shared below_minimum own"`
	Learners  int    `json:"learners" form:"learners" validate:"min=1,max=15"`
	Computers int    `json:"computers" form:"computers" validate:"min=0,max=15"`

	Means         string   `json:"means" form:"means" validate:"required,oneof=quotient_400 quotient_600 quotient_800 rsa in_care none unknown"`
	Scholarship   string   `json:"scholarship,omitempty" form:"scholarship" validate:"omitempty,oneof=0bis 1 2 3 4 5 6 7"`
	Obstacles     []string `json:"obstacles,omitempty" form:"obstacles" validate:"max=5,dive,oneof=housing no_support disability no_public_access priority_neighbourhood"`
	Accessibility []string `json:"accessibility,omitempty" form:"accessibility" validate:"max=4,dive,oneof=large_screen light long_battery screen_reader"`
	Reason        string   `json:"reason,omitempty" form:"reason" validate:"plain,max=1000"`

	Email   string `json:"email,omitempty" form:"email" validate:"omitempty,email,max=200"`
	Phone   string `json:"phone,omitempty" form:"phone" validate:"required_without=Email,omitempty,phone"`
	Address string `json:"address,omitempty" form:"address" validate:"plain,max=200"`

	GuardianFirstName string `json:"guardian_first_name,omitempty" form:"guardian_first_name" validate:"omitempty,name,max=80"`
	GuardianLastName  string `json:"guardian_last_name,omitempty" form:"guardian_last_name" validate:"omitempty,name,max=80"`
	GuardianEmail     string `json:"guardian_email,omitempty" form:"guardian_email" validate:"omitempty,email,max=200"`
	GuardianPhone     string `json:"guardian_phone,omitempty" form:"guardian_phone" validate:"omitempty,phone"`

	Household     string `json:"household,omitempty" form:"household" validate:"max=40"`   // reference of a brother's or sister's application
	Prescriber    string `json:"prescriber,omitempty" form:"prescriber" validate:"max=40"` // structure asked to attest
	Confidential  bool   `json:"confidential,omitempty" form:"confidential"`               // the address stays with that structure, which hands over
	Agree         bool   `json:"agree" form:"agree" validate:"required"`
	AgreeGuardian bool   `json:"agree_guardian,omitempty" form:"agree_guardian"`
	Lang          string `json:"lang,omitempty" form:"lang" validate:"omitempty,oneof=fr en ar"`
}

// Receipt is what the family reads after sending the form: the reference to
// say on the phone, and the secret of the status link, which shows where the
// application stands and nothing else.
type Receipt struct {
	call.Tag
	Reference string   `json:"reference"`
	State     State    `json:"state"`
	Link      string   `json:"link"`
	Waiting   []string `json:"waiting,omitempty"` // types of holds the family must know of: missing_consent ...
}
