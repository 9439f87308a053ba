package matching

import (
	"context"
	"errors"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
	"github.com/digitalfranceschool/passerelle/internal/people"
)

// Expire ends the offers whose time is over and tells how many; a job calls
// it. The place is kept, the second choice is proposed. One that fails keeps no
// other from it.
func (m *Matches) Expire(ctx context.Context) (int, error) {
	var late []string
	query := docstore.Query{
		Scope: everywhere(), Index: "deadline",
		Equal: []docstore.In{docstore.Is(string(Offered))}, To: int64(docstore.At(m.clock())),
	}
	err := m.docs.Each(ctx, query, func(match *Match) error {
		late = append(late, match.ID)
		return nil
	})
	failed := []error{err}
	expired := 0
	for _, id := range late {
		switch err := m.expire(ctx, id); {
		case err == nil:
			expired++
		case !fault.Is(err, fault.Conflict): // the student was faster
			failed = append(failed, err)
		}
	}
	return expired, errors.Join(failed...)
}

func (m *Matches) expire(ctx context.Context, id string) error {
	expired, err := m.docs.Update(ctx, id, func(d *Match) error {
		return d.take(step{Expired, people.System(), m.clock(), "deadline"}, Ending)
	})
	if err != nil {
		return err
	}
	_, err = m.finish(ctx, people.System(), expired)
	return err
}
