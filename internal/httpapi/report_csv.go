package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/digitalfranceschool/passerelle/internal/call"
	"github.com/digitalfranceschool/passerelle/internal/matching"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// reportCSV gives a report as a table to take along.
func reportCSV(read func(context.Context, people.Actor, call.One) (matching.Report, error)) action {
	return action{request: reflect.TypeFor[call.One](), response: reflect.TypeFor[string](), media: "text/csv", run: func(a *API, c *gin.Context) {
		report, err := read(c.Request.Context(), actorOf(c), call.One{ID: c.Param("id")})
		var table bytes.Buffer
		if err == nil {
			err = report.CSV(&table)
		}
		if err != nil {
			a.problem(c, err)
			return
		}
		c.Header("Content-Disposition", `attachment; filename="`+report.Round+`.csv"`)
		c.Data(http.StatusOK, "text/csv; charset=utf-8", table.Bytes())
	}}
}
