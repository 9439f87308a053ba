package seal

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	aead "github.com/tink-crypto/tink-go/v2/aead/subtle"

	"github.com/digitalfranceschool/passerelle/internal/docstore"
	"github.com/digitalfranceschool/passerelle/internal/fault"
)

// key is an owner's data key as it is stored. A forgotten owner keeps the
// document, without the key, so that nothing is sealed for it again.
type key struct {
	docstore.Meta `json:",inline"`

	Master  string `json:"master"`  // name of the master key that wraps it
	Wrapped string `json:"wrapped"` // base64; empty once forgotten
}

func keyID(owner string) string { return "key_" + owner }

// Forget drops an owner's key: what was sealed for it cannot be opened any
// more, here at once, in other processes within a minute.
func (b *Box) Forget(ctx context.Context, owner string) error {
	b.cache.drop(owner)
	defer b.cache.drop(owner) // a reader may have put it back meanwhile
	_, err := b.keys.Update(ctx, keyID(owner), func(k *key) error {
		k.Wrapped, k.Master = "", ""
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Load fetches the keys of many owners at once, before a list is opened row by
// row. Owners without a key are no error here.
func (b *Box) Load(ctx context.Context, owners ...string) error {
	missing := make(map[string]string, len(owners))
	ids := make([]string, 0, len(owners))
	for _, owner := range owners {
		if _, known := b.cache.get(owner); !known && missing[keyID(owner)] == "" {
			missing[keyID(owner)] = owner
			ids = append(ids, keyID(owner))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := b.keys.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	for _, k := range found {
		if k == nil || k.Wrapped == "" {
			continue
		}
		owner := missing[k.ID]
		data, err := b.unwrap(owner, k)
		if err != nil {
			return err
		}
		b.cache.put(owner, data)
	}
	return nil
}

// Rewrap moves every data key to the current master key, so that older ones
// are no longer needed to open anything. It returns how many it moved.
func (b *Box) Rewrap(ctx context.Context) (moved int, err error) {
	current := b.masters[0].name
	err = b.keys.Each(ctx, docstore.Query{}, func(found *key) error {
		if found.Wrapped == "" || found.Master == current {
			return nil
		}
		moved++
		_, err := b.keys.Update(ctx, found.ID, b.rewrap)
		return err
	})
	return moved, err
}

func (b *Box) rewrap(k *key) error {
	owner := k.ID[len(keyID("")):]
	if k.Wrapped == "" || k.Master == b.masters[0].name {
		return docstore.Unchanged
	}
	secret, err := b.secret(owner, k)
	if err != nil {
		return err
	}
	return b.wrap(owner, secret, k)
}

// keyOf gives an owner's cipher from the cache or the store; where there is
// none it is made, if asked.
func (b *Box) keyOf(ctx context.Context, owner string, create bool) (*aead.AESGCM, error) {
	if data, known := b.cache.get(owner); known {
		return data, nil
	}
	k, err := b.keys.Get(ctx, keyID(owner))
	if create && fault.Is(err, fault.NotFound) {
		k, err = b.create(ctx, owner)
	}
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, fault.Wrap(fault.NotFound, "erased", errors.New("seal: no key"))
	case err != nil:
		return nil, err
	case k.Wrapped == "":
		return nil, fault.New(fault.NotFound, "erased")
	}
	data, err := b.unwrap(owner, k)
	if err != nil {
		return nil, err
	}
	b.cache.put(owner, data)
	return data, nil
}

// create stores a new data key, or reads the one that somebody else was faster
// to make.
func (b *Box) create(ctx context.Context, owner string) (*key, error) {
	secret := make([]byte, keyBytes)
	if _, err := rand.Read(secret); err != nil {
		return nil, fault.Wrap(fault.Internal, "seal", err)
	}
	fresh := &key{Meta: docstore.Meta{ID: keyID(owner)}}
	if err := b.wrap(owner, secret, fresh); err != nil {
		return nil, err
	}
	stored, _, err := b.keys.Create(ctx, fresh)
	return stored, err
}

func (b *Box) wrap(owner string, secret []byte, into *key) error {
	wrapped, err := b.masters[0].wrap.Encrypt(secret, bound(owner, "data key"))
	if err != nil {
		return fault.Wrap(fault.Internal, "seal", err)
	}
	into.Wrapped, into.Master = base64.StdEncoding.EncodeToString(wrapped), b.masters[0].name
	return nil
}

func (b *Box) unwrap(owner string, k *key) (*aead.AESGCM, error) {
	secret, err := b.secret(owner, k)
	if err != nil {
		return nil, err
	}
	data, err := aead.NewAESGCM(secret)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal", err)
	}
	return data, nil
}

func (b *Box) secret(owner string, k *key) ([]byte, error) {
	wrapped, err := base64.StdEncoding.DecodeString(k.Wrapped)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "seal", err)
	}
	for _, m := range b.masters {
		if m.name != k.Master {
			continue
		}
		secret, err := m.wrap.Decrypt(wrapped, bound(owner, "data key"))
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "seal", err)
		}
		return secret, nil
	}
	return nil, fault.Wrap(fault.Internal, "seal", fmt.Errorf("seal: the master key %s is not configured", k.Master))
}
