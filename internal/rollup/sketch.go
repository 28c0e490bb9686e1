package rollup

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// registers of a Sketch. 1024 give a standard error of 3 %, and near exact
// counts up to some hundreds, where linear counting is used.
const (
	registers   = 1024
	indexBits   = 10
	sparseEntry = 3 // bytes: register, rank
	sparseLimit = registers / sparseEntry
)

// Sketch estimates how many distinct users were seen (HyperLogLog, Flajolet et
// al. 2007). Sketches of hours add up to that of a range by Merge, which sums of counts do not.
type Sketch struct{ ranks [registers]uint8 }

// Add counts a user by a well-mixed 64-bit hash.
func (s *Sketch) Add(hash uint64) {
	i := hash >> (64 - indexBits)
	rank := uint8(bits.LeadingZeros64(hash<<indexBits|1<<(indexBits-1))) + 1
	s.ranks[i] = max(s.ranks[i], rank)
}

// Merge adds what another sketch has seen.
func (s *Sketch) Merge(other *Sketch) {
	for i, rank := range other.ranks {
		s.ranks[i] = max(s.ranks[i], rank)
	}
}

// Count estimates the number of distinct hashes added.
func (s *Sketch) Count() int64 {
	sum, zeros := 0.0, 0
	for _, rank := range s.ranks {
		sum += math.Ldexp(1, -int(rank))
		if rank == 0 {
			zeros++
		}
	}
	estimate := 0.7213 / (1 + 1.079/registers) * registers * registers / sum
	if zeros > 0 && estimate <= 2.5*registers {
		estimate = registers * math.Log(float64(registers)/float64(zeros))
	}
	return int64(math.Round(estimate))
}

// Bytes encodes the sketch: only the registers in use while they are few.
func (s *Sketch) Bytes() []byte {
	sparse := make([]byte, 0, sparseLimit*sparseEntry)
	for i, rank := range s.ranks {
		if rank == 0 {
			continue
		}
		if len(sparse) == cap(sparse) {
			return append([]byte(nil), s.ranks[:]...)
		}
		sparse = append(binary.BigEndian.AppendUint16(sparse, uint16(i)), rank)
	}
	return sparse
}

// ParseSketch decodes Bytes.
func ParseSketch(b []byte) (*Sketch, error) {
	s := &Sketch{}
	if len(b) == registers {
		copy(s.ranks[:], b)
		return s, nil
	}
	for ; len(b) >= sparseEntry; b = b[sparseEntry:] {
		i := binary.BigEndian.Uint16(b)
		if i >= registers {
			return nil, errors.New("rollup: sketch names a register out of range")
		}
		s.ranks[i] = b[2]
	}
	if len(b) != 0 {
		return nil, errors.New("rollup: sketch has a broken length")
	}
	return s, nil
}
