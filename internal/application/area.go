package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/place"
)

// NoteAreas writes the département of a page of applications down, which older
// stores did not: lists and the map go by it. A migration calls it.
func (a *Applications) NoteAreas(ctx context.Context, after string) (next string, err error) {
	return a.docs.Amend(ctx, after, func(app *Application) (bool, error) {
		if app.Area != "" || app.Commune == "" {
			return false, nil
		}
		app.Area = place.DepartementOf(app.Commune)
		return true, nil
	})
}
