package matching

import (
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// askTogether is how many devices one question about their past has.
const askTogether = 100

// remember notes which pairs of what is at hand were said no to: rejected by a
// coordinator, declined, or left unanswered. They are not proposed again. The
// past is asked by device, so that it costs what the stock is, not what was.
func (r *run) remember(ctx context.Context) error {
	r.refused = map[[2]string]bool{}
	waiting := map[string]bool{}
	for _, app := range r.apps {
		waiting[app.ID] = true
	}
	var devices docstore.In
	for _, g := range r.groups {
		for _, d := range g.devices {
			devices = append(devices, d.ID)
		}
	}
	no := docstore.In{string(Rejected), string(Declined), string(Expired)}
	for part := range slices.Chunk(devices, askTogether) {
		query := docstore.Query{Scope: everywhere(), Index: "device", Equal: []docstore.In{part, no}}
		err := r.m.docs.Each(ctx, query, func(d *Match) error {
			if waiting[d.Application] {
				r.refused[[2]string{d.Device, d.Application}] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// saidNo tells whether a pair was said no to before.
func (m *Matches) saidNo(ctx context.Context, deviceID, applicationID string) (bool, error) {
	query := docstore.Query{Scope: everywhere(), Index: "device", Limit: 1, Equal: []docstore.In{
		docstore.Is(deviceID), {string(Rejected), string(Declined), string(Expired)},
	}}
	page, err := m.docs.Find(ctx, query, func(d *Match) bool { return d.Application == applicationID })
	return len(page.Items) > 0, err
}
