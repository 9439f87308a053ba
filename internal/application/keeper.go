package application

import (
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// keepAt leaves the address with a structure, which then hands over: what
// stands here of it is dropped. Once an offer is accepted the way of the device
// is settled.
func (app *Application) keepAt(structure string) error {
	if structure == "" {
		return fault.InvalidField("prescriber", "keeper_required")
	}
	if !slices.Contains([]State{Invited, Draft, Submitted, Eligible, Offered}, app.State) {
		return fault.New(fault.Conflict, "wrong_state").With("from", string(app.State))
	}
	app.Keeper, app.Address = structure, ""
	return nil
}
