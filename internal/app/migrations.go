package app

import "github.com/digitalfranceschool/passerelle/internal/worker"

// migrations is every change of what older stores hold, in order. Steps are
// added at the end; none is renamed, reordered or taken away. A binary of before
// may run beside a step; what it cannot live with is a new layout of the store,
// which it refuses.
func (f *features) migrations() []worker.Step {
	return []worker.Step{
		// Drives said to be new carried a mark; they have a supply now.
		{Number: 1, Name: "supply of new drives", Page: f.devices.SupplyMarked},
		// What is counted of a device did not say its lot, so that lots had no figures.
		{Number: 2, Name: "figures of lots", Page: f.figures.CountLots},
		// Lists and the map go by département.
		{Number: 3, Name: "départements of applications", Page: f.applications.NoteAreas},
		{Number: 4, Name: "départements of devices", Page: f.devices.NoteAreas},
		{Number: 5, Name: "départements of deliveries", Page: f.deliveries.NoteAreas},
		// What is to be forgotten was found by its state, and again each day.
		{Number: 6, Name: "when applications are forgotten", Page: f.applications.NoteForgetting},
	}
}
