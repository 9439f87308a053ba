// Package inventory reads a company's own list of its computers, CSV or XLSX,
// and names row by row what is wrong with it. It knows the exports of Snipe-IT
// and GLPI and guesses the columns of any other list; a Mapping overrides the
// guess. It writes nothing.
package inventory

// MaxRows is how many rows of one list are read.
const MaxRows = 50_000

// Layout names who wrote the list.
type Layout string

// The layouts that are recognised by their headers.
const (
	SnipeIT Layout = "snipe-it"
	GLPI    Layout = "glpi"
	Plain   Layout = "plain"
)

// Field names a column that is understood, as Device spells it in JSON.
type Field string

// The fields of a device.
const (
	Serial       Field = "serial"
	AssetTag     Field = "asset_tag"
	Manufacturer Field = "manufacturer"
	Model        Field = "model"
	Category     Field = "category"
	Processor    Field = "processor"
	RAMGB        Field = "ram_gb"
	DiskGB       Field = "disk_gb"
	DiskType     Field = "disk_type"
	Purchased    Field = "purchased"
)

// Fields lists every field, in the order of a mapping page.
func Fields() []Field {
	return []Field{Serial, AssetTag, Manufacturer, Model, Category, Processor, RAMGB, DiskGB, DiskType, Purchased}
}

// Mapping says in which column (from 0) a field stands; what it leaves out is
// not read.
type Mapping map[Field]int

// Device is one row that was understood.
type Device struct {
	Row          int    `json:"row"`    // as a spreadsheet numbers it, from 1
	Serial       string `json:"serial"` // empty where the list has none, or a placeholder
	AssetTag     string `json:"asset_tag"`
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Category     string `json:"category"`
	Processor    string `json:"processor"`
	RAMGB        int    `json:"ram_gb"`    // 0 where the list does not say
	DiskGB       int    `json:"disk_gb"`   // 0 where the list does not say
	DiskType     string `json:"disk_type"` // ssd, nvme, hdd, emmc, or empty
	Purchased    string `json:"purchased"` // YYYY-MM-DD, or empty
}

// Code says what is wrong; its words for users stand under "inventory.<code>".
type Code string

// What can be wrong with a row. The row is listed all the same, unless it is
// broken.
const (
	SerialMissing     Code = "serial_missing"
	SerialPlaceholder Code = "serial_placeholder" // what a maker leaves in: "Default string"; args value
	SerialDuplicate   Code = "serial_duplicate"   // stands in an earlier row too; args value, first
	SerialDamaged     Code = "serial_damaged"     // 1.23E+11, or two cells in one: a spreadsheet spoilt it; args value
	ModelMissing      Code = "model_missing"
	NumberInvalid     Code = "number_invalid" // memory or disk; args value
	DateInvalid       Code = "date_invalid"   // args value
	DateAmbiguous     Code = "date_ambiguous" // 03/04/2021 in a list that writes dates both ways; args value
	Formula           Code = "formula"        // a cell that a spreadsheet would execute: left empty
	TooLong           Code = "too_long"       // a cell, cut; args limit
	BadText           Code = "bad_text"       // control characters or broken letters, taken out
	RowBroken         Code = "row_broken"     // a quote that never closes: reading ends there
	RowLimit          Code = "row_limit"      // the list goes on beyond MaxRows; args limit
	ColumnMissing     Code = "column_missing" // no column for serials or for models
)

// Problem is one thing that is wrong, for the person who brought the list.
type Problem struct {
	Row     int            `json:"row"` // 0 when it concerns the list as a whole
	Field   Field          `json:"field"`
	Code    Code           `json:"code"`
	Message string         `json:"message"`
	Args    map[string]any `json:"-"` // what the words of the code mention
}

// Report is what a list says.
type Report struct {
	Layout   Layout    `json:"layout"`
	Rows     int       `json:"rows"` // rows with anything in them, the header left out
	Devices  []Device  `json:"devices"`
	Problems []Problem `json:"problems"`
}

// Options change how a list is read; the zero value reads it by its headers.
type Options struct {
	Mapping  Mapping                                     // nil: by the headers
	Words    func(code Code, args map[string]any) string // words each Problem.Message; nil leaves the code
	Progress func(rows int)                              // called every thousand rows and at the end
}

// Preview is the beginning of a list, for a person to say what each column is.
type Preview struct {
	Layout  Layout     `json:"layout"`
	Headers []string   `json:"headers"`
	Rows    [][]string `json:"rows"`    // the first ones below the headers
	Mapping Mapping    `json:"mapping"` // the guess to begin with
}

// Refused is the error of a list that cannot be read at all; its words for
// users stand under "inventory.<code>".
type Refused struct {
	Code  RefusalCode
	cause error
}

// RefusalCode says why a whole list is refused.
type RefusalCode string

// Why a list is refused.
const (
	Empty      RefusalCode = "empty"      // nothing in it, or nothing below the headers
	Binary     RefusalCode = "binary"     // a picture, a PDF, a program
	OldExcel   RefusalCode = "old_excel"  // .xls, or a workbook with a password
	Unreadable RefusalCode = "unreadable" // a damaged workbook
	TooLarge   RefusalCode = "too_large"  // unpacks to more than any list needs
)

// Error is for logs.
func (r *Refused) Error() string {
	if r.cause != nil {
		return "inventory: " + string(r.Code) + ": " + r.cause.Error()
	}
	return "inventory: " + string(r.Code)
}

// Unwrap gives what the reader of the format said.
func (r *Refused) Unwrap() error { return r.cause }
