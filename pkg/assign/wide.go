package assign

import (
	"fmt"
	"math/big"
	"math/bits"
)

// Wide is a signed number of 128 bits: Hi·2^64 + Lo. Prices under binding
// groups need it, as each tier then outweighs all that stand below it.
type Wide struct {
	Hi int64
	Lo uint64
}

func wide(n int64) Wide { return Wide{n >> 63, uint64(n)} } //nolint:gosec // two's complement is meant

func (a Wide) plus(b Wide) Wide {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	return Wide{a.Hi + b.Hi + int64(carry), lo} //nolint:gosec // a carry is 0 or 1
}

func (a Wide) minus(b Wide) Wide {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	return Wide{a.Hi - b.Hi - int64(borrow), lo} //nolint:gosec // a borrow is 0 or 1
}

func (a Wide) less(b Wide) bool { return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo }

// Sign is -1, 0 or 1.
func (a Wide) Sign() int {
	switch {
	case a.Hi < 0:
		return -1
	case a.Hi == 0 && a.Lo == 0:
		return 0
	default:
		return 1
	}
}

// Big is the number without bounds.
func (a Wide) Big() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(a.Hi), 64)
	return n.Add(n, new(big.Int).SetUint64(a.Lo))
}

// String writes it in decimal.
func (a Wide) String() string { return a.Big().String() }

// wideOf narrows a number; false beyond 128 bits.
func wideOf(n *big.Int) (Wide, bool) {
	if n.BitLen() > 126 {
		return Wide{}, false
	}
	hi := new(big.Int).Rsh(n, 64)
	lo := new(big.Int).Sub(n, new(big.Int).Lsh(hi, 64))
	return Wide{hi.Int64(), lo.Uint64()}, true
}

// quotaWeights gives what each tier weighs where groups bind. The students that
// can be served are then no matroid, so that one of a tier has to outweigh all
// of the lower ones together, and the lowest all scores together. Tiers that
// do not occur take no room.
func quotaWeights(in Instance) (w [MaxTier + 1]Wide, err error) {
	if in.Tiers == nil {
		return w, nil
	}
	n := places(in)
	var present [MaxTier + 1]bool
	for _, t := range in.Tiers {
		present[t] = true
	}
	one := big.NewInt(int64(n)*MaxScore + 1)
	base := big.NewInt(int64(n) + 1)
	for t := 1; t <= MaxTier; t++ {
		if !present[t] {
			continue
		}
		// A path of prices sums at most n weights.
		if _, ok := wideOf(new(big.Int).Mul(one, big.NewInt(4*int64(n)+4))); !ok {
			return w, fmt.Errorf("%w: %d places with groups", ErrBound, n)
		}
		w[t], _ = wideOf(one)
		one = new(big.Int).Mul(one, base)
	}
	return w, nil
}
