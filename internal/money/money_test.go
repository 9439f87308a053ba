package money

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in, currency string
		want         int64
		err          error
	}{
		{"20", "EUR", 2000, nil},
		{"1 234,56", "EUR", 123456, nil},
		{"1\u202f234,56\u00a0€", "EUR", 123456, nil},
		{"1.234,56", "EUR", 123456, nil},
		{"1,234.56", "EUR", 123456, nil},
		{"1,234", "EUR", 123400, nil},
		{"1.234.567", "EUR", 123456700, nil},
		{"0,5", "EUR", 50, nil},
		{"€20.00", "EUR", 2000, nil},
		{"20 eur", "EUR", 2000, nil},
		{"-12,30", "EUR", -1230, nil},
		{"−12,30", "EUR", -1230, nil},
		{"150", "XOF", 150, nil},
		{"1'000.50", "CHF", 100050, nil},
		{"0,123", "EUR", 0, ErrTooPrecise},
		{"1,5", "XOF", 0, ErrTooPrecise},
		{"20 USD", "EUR", 0, ErrNotAnAmount},
		{"1,2,3", "EUR", 0, ErrNotAnAmount},
		{"12,", "EUR", 0, ErrNotAnAmount},
		{",", "EUR", 0, ErrNotAnAmount},
		{"", "EUR", 0, ErrNotAnAmount},
		{"--5", "EUR", 0, ErrNotAnAmount},
		{"vingt", "EUR", 0, ErrNotAnAmount},
		{"99999999999999999999", "EUR", 0, ErrTooLarge},
		{"20", "ABC", 0, ErrCurrency},
	} {
		got, err := Parse(c.in, c.currency)
		if !errors.Is(err, c.err) || got.Minor != c.want {
			t.Errorf("Parse(%q, %s) = %v, %v, want %d, %v", c.in, c.currency, got, err, c.want, c.err)
		}
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := New(rapid.Int64Range(-1e12, 1e12).Draw(t, "minor"), "EUR")
		for _, lang := range []string{"fr", "en"} {
			got, err := Parse(want.Format(lang), "EUR")
			if err != nil || got != want {
				t.Fatalf("%s: %q is read as %v, %v", lang, want.Format(lang), got, err)
			}
		}
	})
}

func TestFormat(t *testing.T) {
	amount := New(123456, "EUR")
	for lang, want := range map[string]string{"fr": "1\u202f234,56\u00a0€", "en": "€1,234.56"} {
		if got := amount.Format(lang); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	if got := amount.String(); got != "1234.56 EUR" {
		t.Errorf("String() = %q", got)
	}
}

func TestSumsAreExactOrRefused(t *testing.T) {
	sum, err := Amount{}.Add(New(10, "EUR"))
	if err != nil || sum != New(10, "EUR") {
		t.Errorf("0 + 10 = %v, %v", sum, err)
	}
	if _, err := New(1, "EUR").Add(New(1, "MAD")); !errors.Is(err, ErrCurrency) {
		t.Errorf("two currencies: %v", err)
	}
	if _, err := New(math.MaxInt64, "EUR").Add(New(1, "EUR")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("overflow: %v", err)
	}
	if _, err := New(math.MaxInt64/2, "EUR").Times(3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("overflow: %v", err)
	}
	if product, err := New(-150, "EUR").Times(3); err != nil || product.Minor != -450 {
		t.Errorf("3 × -1.50 = %v, %v", product, err)
	}
}
