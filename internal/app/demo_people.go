package app

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/application"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// invented gives people, needs and places with a realistic spread, the same for
// the same seed.
type invented struct {
	r        *rand.Rand
	communes []place.Commune
	weights  []int // running sums of populations
}

func newInvented(seed int64, places *place.Gazetteer) *invented {
	v := &invented{r: rand.New(rand.NewPCG(uint64(seed), 95)), communes: places.In("95")} //nolint:gosec // invented people need no secrecy
	total := 0
	for _, c := range v.communes {
		total += c.Population
		v.weights = append(v.weights, total)
	}
	return v
}

// commune draws one by its population.
func (v *invented) commune() place.Commune {
	at := v.r.IntN(v.weights[len(v.weights)-1])
	for i, sum := range v.weights {
		if at < sum {
			return v.communes[i]
		}
	}
	return v.communes[0]
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func (v *invented) firstName() string {
	return pick(v.r, "Amina", "Lucas", "Inès", "Mohamed", "Chloé", "Yanis", "Fatou", "Léo", "Sarah", "Adam", "Maëlys", "Ibrahim",
		"Nour", "Hugo", "Aïcha", "Rayan", "Camille", "Moussa", "Lina", "Enzo", "Mariam", "Noah", "Jade", "Bilal", "Zoé", "Kenza", "Théo",
		"Awa", "Sofia", "Malik", "Rose", "Ismaël", "Dina", "Gabriel", "Salma", "Élodie", "Karim", "Anaïs", "Souleymane", "Louise")
}

func (v *invented) lastName() string {
	return pick(v.r, "Benali", "Martin", "Traoré", "Dubois", "Nguyen", "Diallo", "Petit", "Haddad", "Leroy", "Kaya", "Moreau", "Cissé",
		"Bernard", "El Amrani", "Robert", "Da Silva", "Garcia", "Konaté", "Lefèvre", "Rahmani", "Roux", "Sow", "Fournier", "Mendes",
		"Girard", "Touré", "Bonnet", "Yilmaz", "Lambert", "Zerrouki")
}

// application invents a family's form, filled on a day.
func (v *invented) application(n int, day time.Time) application.Submit {
	c := v.commune()
	level, course, age := v.schooling()
	born := day.AddDate(-age, -v.r.IntN(11), -v.r.IntN(27))
	f := application.Submit{
		Commune: c.INSEE, Postcode: c.Postcodes[0], For: "self", FirstName: v.firstName(), LastName: v.lastName(),
		BirthDate: born.Format(time.DateOnly), Level: level, Course: course, Email: fmt.Sprintf("famille%03d@demo.example", n), Agree: true,
		Lang: pick(v.r, "fr", "fr", "fr", "fr", "fr", "fr", "fr", "ar", "en"),
	}
	if age < 18 {
		f.GuardianFirstName, f.GuardianLastName = v.firstName(), f.LastName
		f.GuardianEmail = fmt.Sprintf("parent%03d@demo.example", n)
		if v.r.IntN(10) > 0 {
			f.For, f.AgreeGuardian = "child", true
			f.Email = f.GuardianEmail
		}
	}
	v.need(&f)
	if v.r.IntN(4) == 0 {
		f.Deadline = day.AddDate(0, 0, 20+v.r.IntN(150)).Format(time.DateOnly)
	}
	return f
}

func (v *invented) schooling() (level, course string, age int) {
	switch n := v.r.IntN(100); {
	case n < 22:
		return "college", "college", 11 + v.r.IntN(4)
	case n < 48:
		return "lycee", pick(v.r, "lycee", "lycee", "lycee", "nsi"), 15 + v.r.IntN(3)
	case n < 78:
		return "higher", pick(v.r, "bts", "university", "university", "web", "data"), 18 + v.r.IntN(6)
	default:
		return "job_seeker", pick(v.r, "job_search", "web", "web", "mobile", "data", "ai"), 19 + v.r.IntN(20)
	}
}

// need draws what is at home and the means: few have almost nothing, most have
// too little.
func (v *invented) need(f *application.Submit) {
	f.Learners = 1 + v.r.IntN(4)
	switch n := v.r.IntN(100); {
	case n < 42:
		f.Equipment = "none"
	case n < 78:
		f.Equipment, f.Computers = "shared", 1
		f.Learners = max(f.Learners, 2)
	case n < 92:
		f.Equipment, f.Computers = "below_minimum", 1
	default:
		f.Equipment, f.Computers = "own", f.Learners
	}
	f.Means = pick(v.r, "quotient_400", "quotient_600", "quotient_600", "quotient_800", "rsa", "none", "unknown", "in_care")
	steps := map[string][]string{"college": {"1", "2", "3"}, "lycee": {"1", "2", "3", "4", "5", "6"}, "higher": {"0bis", "1", "3", "5", "7"}}[f.Level]
	if len(steps) > 0 && v.r.IntN(2) == 0 {
		f.Scholarship = pick(v.r, steps...)
	}
	for _, o := range []string{"housing", "no_support", "disability", "no_public_access", "priority_neighbourhood"} {
		if v.r.IntN(7) == 0 {
			f.Obstacles = append(f.Obstacles, o)
		}
	}
	if v.r.IntN(3) == 0 {
		f.Reason = pick(v.r, "Je fais mes devoirs sur le téléphone de ma mère.", "L’ordinateur de la maison ne démarre plus.",
			"Nous sommes trois à partager un seul ordinateur.", "Je commence ma formation et tout se passe en ligne.")
	}
}

// siren invents a company number that passes its check.
func (v *invented) siren() string {
	digits := make([]int, 9)
	for i := range 8 {
		digits[i] = v.r.IntN(10)
	}
	digits[0] = 3 + v.r.IntN(6)
	sum := 0
	for i := range 8 {
		d := digits[i]
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	digits[8] = (10 - sum%10) % 10
	var b strings.Builder
	for _, d := range digits {
		fmt.Fprint(&b, d)
	}
	return b.String()
}
