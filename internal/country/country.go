// Package country holds the rules of each country as data: identifiers of
// organisations, postcodes, phones, ages, levels and courses, scholarships,
// keyboard, currency, time zone and the receipt. A feature asks the Rules of
// the country that a document carries and never names a country itself.
package country

import (
	"slices"

	"github.com/nyaruka/phonenumbers"
)

// Rules are the rules of one country. They never change once made.
type Rules struct {
	Code           string   // ISO 3166-1, two letters
	Currency       string   // ISO 4217
	TimeZone       string   // IANA name of the mainland
	Languages      []string // BCP 47, the first is the default
	Keyboard       string   // layout a student expects: "azerty"
	Majority       int      // age in years
	DigitalConsent int      // age from which a child alone agrees to the use of its data

	Levels  []Level
	Courses []Course
	Receipt Receipt

	postcode      func(string) (string, bool)
	organisations []organisationRule
}

// Level is a stage of schooling; a student gets one device per level.
type Level struct {
	Code         string   `json:"code"`         // worded as "level.<code>"
	Scholarships []string `json:"scholarships"` // échelons, the weakest first; empty where none exist
}

// Course is what a student learns; it decides the least device that serves.
type Course struct {
	Code    string   `json:"code"`   // worded as "course.<code>"
	Levels  []string `json:"levels"` // codes of the levels that offer it
	Minimum Spec     `json:"minimum"`
}

// Spec is what a device must have at least.
type Spec struct {
	RAMGB  int `json:"ram_gb"`
	DiskGB int `json:"disk_gb"` // solid state
}

// Receipt is the form on which a company's gift is receipted. The revision is
// data, as the tax office changes it; Checked says when it was last compared.
type Receipt struct {
	Form     string `json:"form"`
	Number   string `json:"number"`
	Revision string `json:"revision"` // empty while it is not verified
	Checked  string `json:"checked"`  // YYYY-MM-DD, empty while it is not verified
	Law      string `json:"law"`
}

// OrganisationID is a checked identifier of an organisation.
type OrganisationID struct {
	Kind   string `json:"kind"`   // "siren", "siret", "rna"
	Number string `json:"number"` // without spaces: 9 digits, 14 digits, W and 9 digits
}

// organisationRule recognises one kind of identifier in cleaned text.
type organisationRule struct {
	kind  string
	valid func(number string) bool
}

// Get gives the rules of a country by its ISO 3166-1 code.
func Get(code string) (Rules, bool) {
	if code == "FR" {
		return france(), true
	}
	return Rules{}, false
}

// Codes lists the countries that have rules.
func Codes() []string { return []string{"FR"} }

// Postcode gives the usual spelling of a postcode.
func (r Rules) Postcode(s string) (string, bool) { return r.postcode(s) }

// Organisation recognises the identifier of a company or association, with or
// without spaces and points.
func (r Rules) Organisation(s string) (OrganisationID, bool) {
	number := compact(s)
	for _, rule := range r.organisations {
		if rule.valid(number) {
			return OrganisationID{Kind: rule.kind, Number: number}, true
		}
	}
	return OrganisationID{}, false
}

// Phone gives a number in E.164 ("+33612345678"). A number without its country
// is read as one of this country; numbers of other countries are accepted.
func (r Rules) Phone(s string) (string, bool) {
	number, ok := r.parsePhone(s)
	if !ok {
		return "", false
	}
	return phonenumbers.Format(number, phonenumbers.E164), true
}

// MobilePhone is Phone for numbers that can receive a text message.
func (r Rules) MobilePhone(s string) (string, bool) {
	number, ok := r.parsePhone(s)
	if !ok {
		return "", false
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return phonenumbers.Format(number, phonenumbers.E164), true
	default:
		return "", false
	}
}

func (r Rules) parsePhone(s string) (*phonenumbers.PhoneNumber, bool) {
	number, err := phonenumbers.Parse(s, r.Code)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return nil, false
	}
	return number, true
}

// Level gives a level by its code.
func (r Rules) Level(code string) (Level, bool) {
	i := slices.IndexFunc(r.Levels, func(l Level) bool { return l.Code == code })
	if i < 0 {
		return Level{}, false
	}
	return r.Levels[i], true
}

// Course gives a course by its code.
func (r Rules) Course(code string) (Course, bool) {
	i := slices.IndexFunc(r.Courses, func(c Course) bool { return c.Code == code })
	if i < 0 {
		return Course{}, false
	}
	return r.Courses[i], true
}

// Offers tells whether a course exists at a level.
func (r Rules) Offers(level, course string) bool {
	c, ok := r.Course(course)
	return ok && slices.Contains(c.Levels, level)
}

// HasScholarship tells whether an échelon exists at a level.
func (r Rules) HasScholarship(level, echelon string) bool {
	l, ok := r.Level(level)
	return ok && slices.Contains(l.Scholarships, echelon)
}
