package bench

import (
	"math"
	"sort"
)

const golden = 0x9e3779b97f4a7c15

// A random is a splitmix64 generator: one addition and one mix a number, and
// two generators with different states are as good as independent.
type random uint64

func (r *random) next() uint64 {
	*r += golden
	return mix(uint64(*r))
}

// below returns a number in [0, n).
func (r *random) below(n uint64) uint64 { return (r.next() >> 11) % n }

// unit returns a number in [0, 1).
func (r *random) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// mix is a bijection of 64-bit numbers whose results look random; unmix undoes it.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func unmix(x uint64) uint64 {
	x = (x ^ x>>31 ^ x>>62) * 0x319642b2d24d8ec3
	x = (x ^ x>>27 ^ x>>54) * 0x96de1b173f119089
	return x ^ x>>30 ^ x>>60
}

// zipf picks rank k of n with a probability proportional to 1/(k+1)^s.
type zipf []float64

func newZipf(n int, s float64) zipf {
	z := make(zipf, n)
	total := 0.0
	for k := range z {
		total += math.Pow(float64(k+1), -s)
		z[k] = total
	}
	for k := range z {
		z[k] /= total
	}
	return z
}

// pick maps a number in [0, 1) to a rank.
func (z zipf) pick(u float64) int {
	return min(sort.SearchFloat64s(z, u), len(z)-1)
}
