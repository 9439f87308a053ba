package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	aead "github.com/tink-crypto/tink-go/v2/aead/subtle"
	prf "github.com/tink-crypto/tink-go/v2/prf/subtle"
)

// keyBytes is the length of master and data keys: AES-256.
const keyBytes = 32

// master is what is derived from a master key: its public name, the cipher that
// wraps data keys, and the hash of look-ups.
type master struct {
	name    string
	wrap    *aead.AESGCM
	lookups hasher
}

type hasher struct{ *prf.HMACPRF }

func newMaster(secret []byte) (master, error) {
	if len(secret) != keyBytes {
		return master{}, errors.New("seal: a master key has 32 bytes")
	}
	name, err := derive(secret, "name", 8)
	if err != nil {
		return master{}, err
	}
	wrapping, err := derive(secret, "wrap data keys", keyBytes)
	if err != nil {
		return master{}, err
	}
	wrap, err := aead.NewAESGCM(wrapping)
	if err != nil {
		return master{}, err
	}
	hashing, err := derive(secret, "look-up hashes", keyBytes)
	if err != nil {
		return master{}, err
	}
	lookups, err := prf.NewHMACPRF("SHA256", hashing)
	return master{name: hex.EncodeToString(name), wrap: wrap, lookups: hasher{lookups}}, err
}

// derive makes independent keys of one secret, one for each use.
func derive(secret []byte, use string, length int) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, nil, "passerelle v1: "+use, length)
}
