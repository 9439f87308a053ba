package country

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func fr(t testing.TB) Rules {
	t.Helper()
	rules, ok := Get("FR")
	if !ok {
		t.Fatal("no rules of France")
	}
	return rules
}

func TestOrganisation(t *testing.T) {
	rules := fr(t)
	for _, c := range []struct{ in, kind, number string }{
		{"552 100 554", "siren", "552100554"},
		{"552.100.554", "siren", "552100554"},
		{"732 829 320 00074", "siret", "73282932000074"},
		{"356000000", "siren", "356000000"},
		{"35600000000048", "siret", "35600000000048"}, // head office: Luhn holds
		{"35600000049837", "siret", "35600000049837"}, // an office: the digits add up to 45
		{"w 952 001 234", "rna", "W952001234"},
		{"W2A1001234", "rna", "W2A1001234"},
		{"552100555", "", ""},
		{"73282932000075", "", ""},
		{"35600000049838", "", ""},
		{"000000000", "", ""},
		{"00000000000000", "", ""},
		{"W95200123", "", ""},
		{"５５２１００５５４", "", ""},
		{"", "", ""},
	} {
		got, ok := rules.Organisation(c.in)
		if want := (OrganisationID{c.kind, c.number}); got != want || ok != (c.kind != "") {
			t.Errorf("Organisation(%q) = %v, %v, want %v", c.in, got, ok, want)
		}
	}
}

func TestOneWrongDigitIsRefused(t *testing.T) {
	rules := fr(t)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, 8).Draw(t, "at")
		digit := rapid.ByteRange('0', '9').Draw(t, "digit")
		number := []byte("552100554")
		same := number[at] == digit
		number[at] = digit
		if _, ok := rules.Organisation(string(number)); ok != same {
			t.Fatalf("Organisation(%s) = %v", number, ok)
		}
	})
}

func TestPostcode(t *testing.T) {
	rules := fr(t)
	for in, want := range map[string]string{
		"95000": "95000", " 95 000 ": "95000", "20090": "20090", "97410": "97410", "98800": "98800",
		"9500": "", "950000": "", "00999": "", "99999": "", "9500O": "", "": "",
	} {
		if got, ok := rules.Postcode(in); got != want || ok != (want != "") {
			t.Errorf("Postcode(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestPhone(t *testing.T) {
	rules := fr(t)
	for _, c := range []struct{ in, phone, mobile string }{
		{"06 12 34 56 78", "+33612345678", "+33612345678"},
		{"0033 6 12 34 56 78", "+33612345678", "+33612345678"},
		{"+33 (0)6 12 34 56 78", "+33612345678", "+33612345678"},
		{"01.34.41.70.00", "+33134417000", ""},
		{"+32 470 12 34 56", "+32470123456", "+32470123456"},
		{"+212 612-345678", "+212612345678", "+212612345678"},
		{"06 12 34 56", "", ""},
		{"12345", "", ""},
		{"mon numéro", "", ""},
		{"", "", ""},
	} {
		if got, ok := rules.Phone(c.in); got != c.phone || ok != (c.phone != "") {
			t.Errorf("Phone(%q) = %q, %v, want %q", c.in, got, ok, c.phone)
		}
		if got, ok := rules.MobilePhone(c.in); got != c.mobile || ok != (c.mobile != "") {
			t.Errorf("MobilePhone(%q) = %q, %v, want %q", c.in, got, ok, c.mobile)
		}
	}
}

func TestEveryLevelHasACourse(t *testing.T) {
	for _, code := range Codes() {
		rules, ok := Get(code)
		if !ok {
			t.Fatalf("no rules of %s", code)
		}
		if _, err := time.LoadLocation(rules.TimeZone); err != nil {
			t.Error(err)
		}
		offered := map[string]bool{}
		for _, course := range rules.Courses {
			if course.Minimum.RAMGB == 0 || course.Minimum.DiskGB == 0 {
				t.Errorf("%s: %s has no minimum", code, course.Code)
			}
			for _, level := range course.Levels {
				if _, ok := rules.Level(level); !ok {
					t.Errorf("%s: %s names an unknown level %s", code, course.Code, level)
				}
				offered[level] = true
			}
		}
		for _, level := range rules.Levels {
			if !offered[level.Code] {
				t.Errorf("%s: no course at %s", code, level.Code)
			}
		}
	}
}

func TestOffersAndScholarships(t *testing.T) {
	rules := fr(t)
	for _, c := range []struct {
		level, course string
		want          bool
	}{
		{"lycee", "nsi", true}, {"college", "nsi", false}, {"job_seeker", "ai", true}, {"higher", "chess", false},
	} {
		if got := rules.Offers(c.level, c.course); got != c.want {
			t.Errorf("Offers(%s, %s) = %v", c.level, c.course, got)
		}
	}
	if !rules.HasScholarship("higher", "0bis") || rules.HasScholarship("college", "4") || rules.HasScholarship("job_seeker", "1") {
		t.Error("scholarships of the levels are mixed up")
	}
	if _, ok := Get("XX"); ok {
		t.Error("rules for a country that does not exist")
	}
}
