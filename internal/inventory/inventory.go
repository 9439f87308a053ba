// Package inventory reads a company's own list of its computers, CSV or XLSX,
// and names row by row what is wrong with it. It knows the exports of Snipe-IT
// and GLPI and guesses the columns of any other list; a Mapping overrides the
// guess. It writes nothing.
package inventory

// MaxRows is how many devices one list may hold; what follows is not read.
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
	Row          int    `json:"row"` // as the spreadsheet numbers it, the header being row 1
	Serial       string `json:"serial"`
	AssetTag     string `json:"asset_tag"`
	Manufacturer string `json:"manufacturer"`
	Model        string `json:"model"`
	Category     string `json:"category"`
	Processor    string `json:"processor"`
	RAMGB        int    `json:"ram_gb"`    // 0 where the list does not say
	DiskGB       int    `json:"disk_gb"`   // 0 where the list does not say
	DiskType     string `json:"disk_type"` // "ssd", "nvme", "hdd", "emmc", or empty
	Purchased    string `json:"purchased"` // YYYY-MM-DD, or empty
}

// Code says what is wrong; the words for users stand under "inventory.<code>".
type Code string

// What can be wrong with a row. A row with a serial problem is still listed.
const (
	SerialMissing     Code = "serial_missing"
	SerialPlaceholder Code = "serial_placeholder" // what a maker leaves in: "Default string"
	SerialDuplicate   Code = "serial_duplicate"   // stands in an earlier row too
	ModelMissing      Code = "model_missing"
	NumberInvalid     Code = "number_invalid" // memory or disk
	DateInvalid       Code = "date_invalid"
	DateAmbiguous     Code = "date_ambiguous" // 03/04/2021: read as day, month
	Formula           Code = "formula"        // a cell that a spreadsheet would execute; emptied
	TooLong           Code = "too_long"       // a cell, cut
	BadText           Code = "bad_text"       // control characters or broken letters, taken out
	RowBroken         Code = "row_broken"     // quotes that never close and the like; skipped
	RowLimit          Code = "row_limit"      // the list goes on beyond MaxRows
	ColumnMissing     Code = "column_missing" // no column for serials or for models
)

// Problem is one thing that is wrong, for the person who brought the list.
type Problem struct {
	Row     int    `json:"row"` // 0 when it concerns the list as a whole
	Field   Field  `json:"field"`
	Code    Code   `json:"code"`
	Message string `json:"message"` // in Options.Lang
}

// Report is what a list says.
type Report struct {
	Layout   Layout    `json:"layout"`
	Rows     int       `json:"rows"` // rows with anything in them, the header left out
	Devices  []Device  `json:"devices"`
	Problems []Problem `json:"problems"`
}

// Options change how a list is read; the zero value reads it by its headers
// and words the problems in French.
type Options struct {
	Mapping  Mapping        // nil: by the headers
	Lang     string         // "fr" or "en"
	Progress func(rows int) // called now and then with the rows read so far
}

// Preview is the beginning of a list, for a person to say what each column is.
type Preview struct {
	Layout  Layout     `json:"layout"`
	Headers []string   `json:"headers"`
	Rows    [][]string `json:"rows"`
	Mapping Mapping    `json:"mapping"` // the guess to begin with
}
