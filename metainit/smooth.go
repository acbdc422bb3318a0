package metainit

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/dsp/fourier"
)

// smooth draws noise of variance 1 along the last two axes of images, in which low frequencies are strong as in photographs:
// white noise under the filter 1/max(f, 1/8), f in cycles for each element.
type smooth struct {
	rows, columns int
	along, across *fourier.CmplxFFT // a row, a column
	gain          []float64         // by frequency
	field         []complex128
	column        []complex128
}

// smoothNumbers is how many numbers of memory smooth noise takes for each element of a plane.
const smoothNumbers = 3

// newSmooth makes noise for samples of a shape, of which all axes before the last two are planes.
func newSmooth(shape []int) *smooth {
	s := &smooth{rows: 1, columns: 1}
	if n := len(shape); n > 0 {
		s.columns = shape[n-1]
		if n > 1 {
			s.rows = shape[n-2]
		}
	}
	s.along, s.across = fourier.NewCmplxFFT(s.columns), fourier.NewCmplxFFT(s.rows)
	s.gain = make([]float64, s.rows*s.columns)
	s.field = make([]complex128, len(s.gain))
	s.column = make([]complex128, s.rows)
	power := 0.0
	for i := range s.rows {
		for k := range s.columns {
			f := math.Hypot(s.across.Freq(i), s.along.Freq(k))
			g := 1 / max(f, 1.0/8)
			s.gain[i*s.columns+k] = g
			power += g * g
		}
	}
	for i := range s.gain {
		s.gain[i] /= math.Sqrt(power)
	}
	return s
}

// draw fills a sample with smooth noise.
func (s *smooth) draw(rng *rand.Rand, to []float64) {
	for plane := 0; plane+len(s.field) <= len(to); plane += len(s.field) {
		for i, g := range s.gain {
			s.field[i] = complex(g*rng.NormFloat64(), g*rng.NormFloat64())
		}
		for i := range s.rows {
			row := s.field[i*s.columns:][:s.columns]
			s.along.Sequence(row, row)
		}
		for k := range s.columns {
			for i := range s.rows {
				s.column[i] = s.field[i*s.columns+k]
			}
			s.across.Sequence(s.column, s.column)
			for i := range s.rows {
				to[plane+i*s.columns+k] = real(s.column[i])
			}
		}
	}
}
