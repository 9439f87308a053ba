package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/donation"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/inventory"
)

// atLists is where a list that was read stands.
const atLists = "/api/lists/"

// readUpload reads a list sent as multipart: the field file, and where wished
// mapping, a JSON object from field to column.
func (a *API) readUpload(c *gin.Context) (donation.Upload, error) {
	req := donation.Upload{Words: a.listWords(c)}
	req.ID = c.Param("id")
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, donation.MaxFile+1<<20)
	file, _, err := c.Request.FormFile("file")
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return req, fault.Wrap(fault.TooLarge, "file_too_large", err)
	case errors.Is(err, http.ErrMissingFile):
		return req, fault.InvalidField("file", "required")
	case err != nil:
		return req, fault.Wrap(fault.Malformed, "multipart", err)
	}
	defer func() { _ = file.Close() }()
	if req.File, err = io.ReadAll(io.LimitReader(file, donation.MaxFile+1)); err != nil {
		return req, fault.Wrap(fault.Malformed, "multipart", err)
	}
	if text := c.Request.FormValue("mapping"); text != "" {
		if err := json.Unmarshal([]byte(text), &req.Mapping); err != nil {
			return req, fault.InvalidField("mapping", "type")
		}
	}
	return req, nil
}

// listWords words the problems of a list in the reader's language.
func (a *API) listWords(c *gin.Context) func(inventory.Code, map[string]any) string {
	lang := langOf(c)
	return func(code inventory.Code, args map[string]any) string {
		return a.words.Text(lang, "inventory."+string(code), args)
	}
}

func (a *API) uploadList(c *gin.Context) {
	req, err := a.readUpload(c)
	if err != nil {
		a.problem(c, err)
		return
	}
	view, err := a.Donations.Preview(c.Request.Context(), actorOf(c), req)
	if err != nil {
		a.problem(c, err)
		return
	}
	created(c, atLists, view)
}
