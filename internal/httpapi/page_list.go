package httpapi

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/frontend"
	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/inventory"
)

// listView is a company's list on its way: a file to choose, columns to name,
// or a preview to confirm. Its address says which: nothing, ?file=, ?import=.
type listView struct {
	Again    bool // the file was taken before
	Donation donation.View
	File     string
	Preview  *inventory.Preview
	Columns  []column
	Import   *donation.ImportView
}

// column is where a field stands, as named before or guessed: its place among
// the headers, -1 where none is.
type column struct {
	Field inventory.Field
	Place int
}

func (a *API) listView(c *gin.Context) (listView, error) {
	ctx, actor := c.Request.Context(), actorOf(c)
	d, err := a.Donations.Get(ctx, actor, call.One{ID: c.Param("id")})
	if err != nil {
		return listView{}, err
	}
	v := listView{Donation: d, File: c.Query("file"), Again: c.Query("again") != ""}
	if id := c.Query("import"); id != "" {
		im, err := a.Donations.Import(ctx, actor, call.One{ID: id})
		v.Import = &im
		return v, err
	}
	if v.File == "" {
		return v, nil
	}
	preview, err := a.Donations.KeptHeaders(ctx, actor, a.keptList(c, v.File))
	v.Preview = &preview
	columns, chosen := preview.Mapping, c.Query("was")
	if chosen != "" {
		before, err := a.Donations.Import(ctx, actor, call.One{ID: chosen})
		if err != nil {
			return listView{}, err
		}
		if before.Mapping != nil {
			columns = before.Mapping
		}
	}
	for _, field := range inventory.Fields() {
		place, named := columns[field]
		if !named {
			place = -1
		}
		v.Columns = append(v.Columns, column{Field: field, Place: place})
	}
	return v, err
}

func (a *API) keptList(c *gin.Context, file string) donation.Kept {
	req := donation.Kept{FileID: file}
	req.ID, req.Words = c.Param("id"), a.listWords(c)
	return req
}

func (a *API) listPage(c *gin.Context) {
	v, err := a.listView(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	a.show(c, "donor/list", v)
}

// bringList takes a file, the names of its columns, or the yes to what was
// read.
func (a *API) bringList(c *gin.Context) {
	if c.ContentType() == "multipart/form-data" {
		a.takeFile(c)
		return
	}
	form, err := filled(c)
	if err != nil {
		a.failPage(c, err)
		return
	}
	var im donation.ImportView
	if form.Value("do") == "confirm" {
		im, err = a.Donations.Confirm(c.Request.Context(), actorOf(c), call.Change{ID: form.Value("import")})
	} else {
		req := a.keptList(c, form.Value("file"))
		if req.Mapping, err = mappingOf(form); err == nil {
			im, err = a.Donations.PreviewKept(c.Request.Context(), actorOf(c), req)
		}
	}
	if err != nil {
		a.refuseList(c, form, err)
		return
	}
	a.toImport(c, im.ID, form.Value("file"))
}

// mappingOf reads which column each field stands in ("column.serial" = "3"); a
// column says one thing.
func mappingOf(form frontend.Form) (inventory.Mapping, error) {
	m, taken := inventory.Mapping{}, map[int]bool{}
	for _, field := range inventory.Fields() {
		name := "column." + string(field)
		n, err := strconv.Atoi(form.Value(name))
		if err != nil || n < 0 {
			continue
		}
		if taken[n] {
			return nil, fault.InvalidField(name, "column_taken")
		}
		m[field], taken[n] = n, true
	}
	return m, nil
}

// takeFile keeps a list; one whose serials and models are recognised is read
// at once, any other asks what its columns are.
func (a *API) takeFile(c *gin.Context) {
	req, err := a.readUpload(c)
	form := frontend.Form{Errors: map[string]string{}}
	if err != nil {
		a.refuseList(c, form, err)
		return
	}
	file, preview, err := a.Donations.Keep(c.Request.Context(), actorOf(c), req)
	if err != nil {
		a.refuseList(c, form, err)
		return
	}
	taken, known, err := a.Donations.Taken(c.Request.Context(), actorOf(c), donation.Kept{Upload: req, FileID: file})
	if err != nil {
		a.refuseList(c, form, err)
		return
	}
	if known { // nothing is to be confirmed
		goOn(c, address(langOf(c), "list", c.Param("id"), "import", taken.ID, "file", file, "again", "1"))
		return
	}
	_, serial := preview.Mapping[inventory.Serial]
	_, model := preview.Mapping[inventory.Model]
	if !serial || !model {
		goOn(c, address(langOf(c), "list", c.Param("id"), "file", file))
		return
	}
	im, err := a.Donations.Preview(c.Request.Context(), actorOf(c), req)
	if err != nil {
		a.refuseList(c, form, err)
		return
	}
	a.toImport(c, im.ID, file)
}

func (a *API) toImport(c *gin.Context, id, file string) {
	query := []any{c.Param("id"), "import", id}
	if file != "" {
		query = append(query, "file", file)
	}
	goOn(c, address(langOf(c), "list", query...))
}

func (a *API) refuseList(c *gin.Context, form frontend.Form, err error) {
	v, gone := a.listView(c)
	if gone != nil {
		a.failPage(c, gone)
		return
	}
	a.refuseForm(c, "donor/list", form, v, err)
}
