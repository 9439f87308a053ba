package delivery

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// NoteAreas writes the département of a page of deliveries down, which older
// stores did not. A migration calls it.
func (s *Deliveries) NoteAreas(ctx context.Context, after string) (next string, err error) {
	return s.docs.Amend(ctx, after, func(d *Delivery) (bool, error) {
		if d.Area != "" {
			return false, nil
		}
		match, err := s.matches.Find(ctx, d.Match)
		if fault.Is(err, fault.NotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		d.Area = place.DepartementOf(match.Commune)
		return d.Area != "", nil
	})
}
