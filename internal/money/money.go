// Package money counts in whole minor units (cents) with a currency, so that
// sums are exact, and reads and writes amounts as people do.
package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/bojanz/currency"
)

// What an amount can be refused for.
var (
	ErrNotAnAmount = errors.New("money: not an amount")
	ErrTooPrecise  = errors.New("money: more decimals than the currency has")
	ErrTooLarge    = errors.New("money: too large")
	ErrCurrency    = errors.New("money: unknown or different currency")
)

// Amount is a sum of money. The zero Amount has no currency and adds to any.
type Amount struct {
	Minor    int64  `json:"minor" bson:"minor"`       // in cents, or the currency's smallest unit
	Currency string `json:"currency" bson:"currency"` // ISO 4217
}

// New makes an amount of minor units.
func New(minor int64, code string) Amount { return Amount{Minor: minor, Currency: code} }

// Parse reads what was typed in French or English: "1 234,56", "1.234,56",
// "1,234.56", "€20", "20 EUR". A single mark before exactly three digits
// groups thousands ("1,234" and "1.234" are 1234). It refuses more decimals
// than the currency has, and names of other currencies.
func Parse(s, code string) (Amount, error) {
	places, ok := currency.GetDigits(code)
	if !ok {
		return Amount{}, ErrCurrency
	}
	text := strip(s, code)
	negative := strings.HasPrefix(text, "-")
	whole, decimals, err := split(strings.TrimPrefix(text, "-"))
	if err != nil {
		return Amount{}, err
	}
	if len(decimals) > int(places) {
		return Amount{}, ErrTooPrecise
	}
	digits := whole + decimals + strings.Repeat("0", int(places)-len(decimals))
	minor, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return Amount{}, ErrTooLarge
	}
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: code}, nil
}

// strip takes out spaces of every width, apostrophes between thousands, and
// the currency's own code and symbol.
func strip(s, code string) string {
	text := strings.ToUpper(strings.TrimSpace(s))
	text = strings.TrimSuffix(strings.TrimPrefix(text, code), code)
	if symbol, ok := currency.GetSymbol(code, currency.NewLocale("en")); ok {
		text = strings.Replace(text, strings.ToUpper(symbol), "", 1)
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\'', r == '’':
			return -1
		case r == '−':
			return '-'
		}
		return r
	}, text)
	return text
}

// split parts the whole units from the decimals and drops the marks between
// thousands.
func split(text string) (whole, decimals string, err error) {
	mark := decimalMark(text)
	if mark >= 0 {
		text, decimals = text[:mark], text[mark+1:]
		if decimals == "" {
			return "", "", ErrNotAnAmount
		}
	}
	whole, err = ungroup(text)
	if err != nil || !allDigits(decimals) {
		return "", "", ErrNotAnAmount
	}
	return whole, decimals, nil
}

// decimalMark finds the comma or point that begins the decimals: the last one,
// unless it only groups thousands.
func decimalMark(text string) int {
	last := strings.LastIndexAny(text, ".,")
	if last < 0 {
		return -1
	}
	mark := text[last]
	other := strings.IndexAny(text[:last], ".,")
	switch {
	case other < 0 && len(text)-last == 4 && text[:last] != "0": // 1,234
		return -1
	case other >= 0 && text[other] == mark: // 1.234.567
		return -1
	}
	return last
}

func ungroup(text string) (string, error) {
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == ',' })
	marks := strings.Count(text, ".") + strings.Count(text, ",")
	if len(groups) != marks+1 || (strings.Contains(text, ".") && strings.Contains(text, ",")) {
		return "", ErrNotAnAmount
	}
	for i, group := range groups {
		if !allDigits(group) || (i > 0 && len(group) != 3) {
			return "", ErrNotAnAmount
		}
	}
	return strings.Join(groups, ""), nil
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// Add gives the sum; amounts of two currencies do not add.
func (a Amount) Add(b Amount) (Amount, error) {
	switch {
	case a.Currency == "":
		a.Currency = b.Currency
	case b.Currency == "":
		b.Currency = a.Currency
	}
	if a.Currency != b.Currency {
		return Amount{}, ErrCurrency
	}
	if (b.Minor > 0 && a.Minor > math.MaxInt64-b.Minor) || (b.Minor < 0 && a.Minor < math.MinInt64-b.Minor) {
		return Amount{}, ErrTooLarge
	}
	return Amount{Minor: a.Minor + b.Minor, Currency: a.Currency}, nil
}

// Times gives n times the amount.
func (a Amount) Times(n int64) (Amount, error) {
	product := a.Minor * n
	if a.Minor != 0 && (product/a.Minor != n || (a.Minor == -1 && n == math.MinInt64)) {
		return Amount{}, ErrTooLarge
	}
	return Amount{Minor: product, Currency: a.Currency}, nil
}

// IsZero tells whether nothing is owed.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Format writes the amount for readers of a language ("fr": "1 234,56 €").
func (a Amount) Format(lang string) string {
	amount, err := currency.NewAmountFromInt64(a.Minor, a.Currency)
	if err != nil {
		return a.String()
	}
	return currency.NewFormatter(currency.NewLocale(lang)).Format(amount)
}

// String is for logs and files: "1234.56 EUR".
func (a Amount) String() string {
	amount, err := currency.NewAmountFromInt64(a.Minor, a.Currency)
	if err != nil {
		return fmt.Sprintf("%d %s", a.Minor, a.Currency)
	}
	return amount.Number() + " " + a.Currency
}
