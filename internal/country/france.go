package country

import "strings"

// Levels and courses of France, by code.
const (
	college   = "college"
	lycee     = "lycee"
	higher    = "higher"
	jobSeeker = "job_seeker"
)

func france() Rules {
	return Rules{
		Code:           "FR",
		Currency:       "EUR",
		TimeZone:       "Europe/Paris",
		Languages:      []string{"fr", "en", "ar"},
		Keyboard:       "azerty",
		Majority:       18,
		DigitalConsent: 15,
		Levels: []Level{
			{Code: college, Scholarships: []string{"1", "2", "3"}},
			{Code: lycee, Scholarships: []string{"1", "2", "3", "4", "5", "6"}},
			{Code: higher, Scholarships: []string{"0bis", "1", "2", "3", "4", "5", "6", "7"}},
			{Code: jobSeeker},
		},
		Courses: frenchCourses(),
		Receipt: Receipt{Form: "2041-MEC-SD", Number: "16216", Law: "CGI art. 238 bis"},

		postcode: frenchPostcode,
		organisations: []organisationRule{
			{"siren", validSIREN}, {"siret", validSIRET}, {"rna", validRNA},
		},
	}
}

func frenchCourses() []Course {
	basic, office := Spec{RAMGB: 4, DiskGB: 64}, Spec{RAMGB: 8, DiskGB: 128}
	studies, heavy := Spec{RAMGB: 8, DiskGB: 256}, Spec{RAMGB: 16, DiskGB: 256}
	adults := []string{higher, jobSeeker}
	return []Course{
		{Code: "college", Levels: []string{college}, Minimum: basic},
		{Code: "lycee", Levels: []string{lycee}, Minimum: office},
		{Code: "nsi", Levels: []string{lycee}, Minimum: studies},
		{Code: "bts", Levels: []string{higher}, Minimum: studies},
		{Code: "university", Levels: []string{higher}, Minimum: studies},
		{Code: "job_search", Levels: []string{jobSeeker}, Minimum: office},
		{Code: "web", Levels: adults, Minimum: studies},
		{Code: "mobile", Levels: adults, Minimum: heavy},
		{Code: "data", Levels: adults, Minimum: heavy},
		{Code: "ai", Levels: adults, Minimum: heavy},
		{Code: "cad", Levels: []string{lycee, higher, jobSeeker}, Minimum: heavy},
	}
}

// frenchPostcode takes five digits, spaces allowed, in the range La Poste uses.
func frenchPostcode(s string) (string, bool) {
	code := compact(s)
	if len(code) != 5 || !digits(code) || code < "01000" || code > "98999" {
		return "", false
	}
	return code, true
}

func validSIREN(number string) bool {
	return len(number) == 9 && digits(number) && number != "000000000" && luhn(number)
}

// laPoste numbers its offices by the thousand, more than Luhn's digit leaves
// room for: the digits of a SIRET of theirs add up to a multiple of five.
const laPoste = "356000000"

func validSIRET(number string) bool {
	if len(number) != 14 || !digits(number) || !validSIREN(number[:9]) {
		return false
	}
	if luhn(number) {
		return true
	}
	return number[:9] == laPoste && digitSum(number)%5 == 0
}

// validRNA takes the number of an association: W and nine digits; the
// département comes first and may be 2A or 2B in files of Corsica.
func validRNA(number string) bool {
	if len(number) != 10 || number[0] != 'W' {
		return false
	}
	rest := number[1:]
	if strings.HasPrefix(rest, "2A") || strings.HasPrefix(rest, "2B") {
		rest = rest[2:]
	}
	return digits(rest)
}

// luhn checks the control digit that stands last.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func digitSum(number string) int {
	sum := 0
	for _, r := range number {
		sum += int(r - '0')
	}
	return sum
}
