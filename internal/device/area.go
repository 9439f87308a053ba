package device

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/place"
)

// NoteAreas writes the département of a page of devices down, which older stores
// did not: that of the site, else that in which their territory begins. A
// migration calls it.
func (s *Devices) NoteAreas(ctx context.Context, after string) (next string, err error) {
	return s.docs.Amend(ctx, after, func(d *Device) (bool, error) {
		if d.Area != "" {
			return false, nil
		}
		var err error
		d.Area, err = s.areaOf(ctx, d)
		return d.Area != "", err
	})
}

func (s *Devices) areaOf(ctx context.Context, d *Device) (string, error) {
	if d.Site != "" {
		site, err := s.partners.Site(ctx, d.Site)
		if err == nil {
			return place.DepartementOf(site.Commune), nil
		}
		if !fault.Is(err, fault.NotFound) {
			return "", err
		}
	}
	territory, err := s.partners.Territory(ctx, d.Territory)
	if fault.Is(err, fault.NotFound) || err == nil && len(territory.Areas) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if area := place.DepartementOf(territory.Areas[0]); area != "" { // a commune
		return area, nil
	}
	return territory.Areas[0], nil
}
