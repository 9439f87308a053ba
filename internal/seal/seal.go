package seal

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// Box seals, opens and forgets. It is safe for concurrent use.
type Box struct {
	masters []master // the current one first
	lookups hasher
	keys    *docstore.Collection[key]
	cache   cache
}

// New makes a box on the store and declares its collection of keys there:
// call it before the store's Prepare. Master keys have 32 bytes. After a change
// of master key the older ones are given behind the new one: they still open,
// Rewrap frees the sealed texts from them, and the oldest stays the key of the
// look-up hashes, which would otherwise have to be made again.
func New(store *docstore.Store, clock func() time.Time, current []byte, older ...[]byte) (*Box, error) {
	box := &Box{
		keys:  docstore.Declare[key](store, docstore.Spec{Name: "keys"}),
		cache: newCache(clock),
	}
	for _, secret := range append([][]byte{current}, older...) {
		m, err := newMaster(secret)
		if err != nil {
			return nil, err
		}
		box.masters = append(box.masters, m)
	}
	box.lookups = box.masters[len(box.masters)-1].lookups
	return box, nil
}

// Seal encrypts a field for its owner, whose key is made when first needed.
// Sealed text opens only for the same owner and field. An owner that was
// forgotten is refused as Open does.
func (b *Box) Seal(ctx context.Context, owner, field, plain string) (Text, error) {
	if plain == "" {
		return "", nil
	}
	data, err := b.keyOf(ctx, owner, true)
	if err != nil {
		return "", err
	}
	sealed, err := data.Encrypt([]byte(plain), bound(owner, field))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "seal", err)
	}
	return Text(base64.StdEncoding.EncodeToString(sealed)), nil
}

// Open decrypts a field. NotFound "erased" where the owner was forgotten;
// Internal where the text is damaged or was sealed for something else.
func (b *Box) Open(ctx context.Context, owner, field string, sealed Text) (string, error) {
	if sealed == "" {
		return "", nil
	}
	raw, err := base64.StdEncoding.DecodeString(string(sealed))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "seal", errors.New("sealed text is not base64"))
	}
	data, err := b.keyOf(ctx, owner, false)
	if err != nil {
		return "", err
	}
	plain, err := data.Decrypt(raw, bound(owner, field))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "seal", err)
	}
	return string(plain), nil
}

// Erased tells whether an error of Seal or Open means that the owner was
// forgotten; lists then show an empty field.
func Erased(err error) bool {
	var known *fault.Error
	return errors.As(err, &known) && known.Kind == fault.NotFound && known.Code == "erased"
}

// bound ties a sealed text to its place.
func bound(owner, field string) []byte { return []byte(owner + "\x00" + field) }
