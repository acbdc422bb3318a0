package program

import "math/bits"

// numberSet is a set of numbers from 0 on, in which the next one from a number on is found in a few steps: each level has a bit for
// each word of the level below, set if that word is not 0.
type numberSet struct{ levels [][]uint64 }

func (s *numberSet) add(i int) {
	for l := 0; ; l++ {
		if l == len(s.levels) {
			s.levels = append(s.levels, nil)
		}
		word := i >> 6
		if more := word + 1 - len(s.levels[l]); more > 0 {
			s.levels[l] = append(s.levels[l], make([]uint64, more)...)
		}
		s.levels[l][word] |= 1 << (i & 63)
		if i = word; i == 0 && l == len(s.levels)-1 {
			return
		}
	}
}

func (s *numberSet) remove(i int) {
	for l := range s.levels {
		if s.levels[l][i>>6] &^= 1 << (i & 63); s.levels[l][i>>6] != 0 {
			return
		}
		i >>= 6
	}
}

// next returns the least number of the set that is i or more, false if there is none.
func (s *numberSet) next(i int) (int, bool) {
	for l := 0; l < len(s.levels); l++ {
		word := i >> 6
		if word >= len(s.levels[l]) {
			return 0, false
		}
		if rest := s.levels[l][word] >> (i & 63) << (i & 63); rest != 0 {
			for i = word<<6 + bits.TrailingZeros64(rest); l > 0; l-- {
				i = i<<6 + bits.TrailingZeros64(s.levels[l-1][i])
			}
			return i, true
		}
		i = word + 1
	}
	return 0, false
}
