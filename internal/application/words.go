package application

import (
	"context"

	"github.com/digitalfranceschool/passerelle/internal/seal"
)

// SealWords seals what a coordinator writes on the way of an application, under
// the application's own key: erasing it forgets them. Of one that is erased
// already nothing is kept.
func (a *Applications) SealWords(ctx context.Context, id, field, words string) (seal.Text, error) {
	sealed, err := a.box.Seal(ctx, id, field, words)
	if seal.Erased(err) {
		return "", nil
	}
	return sealed, err
}

// OpenWords opens them for the desk; what was erased is empty.
func (a *Applications) OpenWords(ctx context.Context, id, field string, sealed seal.Text) (string, error) {
	words, err := a.box.Open(ctx, id, field, sealed)
	if seal.Erased(err) {
		return "", nil
	}
	return words, err
}
