package matching

import (
	"cmp"
	"context"
	"slices"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
)

// askTogether is how many devices one question about their past has: more than
// the store merges in order, which would cost far more to ask.
const askTogether = 200

// remember notes which pairs of what is at hand were said no to: rejected by a
// coordinator, declined, or left unanswered. They are not proposed again. The
// past is asked by device, so that it costs what the stock is, not what was. A
// class of which every device was refused is refused as a whole.
func (r *run) remember(ctx context.Context) error {
	r.refused = map[[2]string]bool{}
	class, asker := r.places()
	var devices docstore.In
	for _, group := range r.groups {
		for _, d := range group {
			devices = append(devices, d.ID)
		}
	}
	counts := map[pair]int{} // devices of a class that were refused for an asker
	no := docstore.In{string(Rejected), string(Declined), string(Expired)}
	for part := range slices.Chunk(devices, askTogether) {
		query := docstore.Query{Scope: everywhere(), Index: "device", Equal: []docstore.In{part, no}}
		err := r.m.docs.Each(ctx, query, func(d *Match) error {
			said := [2]string{d.Device, d.Application}
			i, waits := asker[d.Application]
			if !waits || r.refused[said] {
				return nil
			}
			r.refused[said] = true
			counts[pair{i, class[d.Device]}]++
			return nil
		})
		if err != nil {
			return err
		}
	}
	for p, n := range counts {
		if n == r.problem.Stock[p.Class] {
			r.problem.Refused = append(r.problem.Refused, p)
		}
	}
	slices.SortFunc(r.problem.Refused, func(a, b pair) int { return cmp.Or(cmp.Compare(a.Asker, b.Asker), cmp.Compare(a.Class, b.Class)) })
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
