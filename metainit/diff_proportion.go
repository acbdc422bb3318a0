package metainit

import (
	"errors"
	"math"

	"onnx-metainit/onnxio"
)

// proportion accumulates whether the elements of B are those of A times one factor, each rounded to its type. An element
// b that was rounded from factor·a tells that the factor lies between (b ± half a unit in b's last place) / a; B is in
// proportion to A if and only if these intervals have a point in common. If a was rounded too, it stands for all numbers
// within half a unit in its last place.
type proportion struct {
	typeA, typeB   rounding
	scaleA, scaleB float64 // powers of two that keep squares from overflowing and vanishing
	aa, ab, bb     float64 // ⟨A, A⟩, ⟨A, B⟩, ⟨B, B⟩, scaled
	sign           float64 // of the factor in the interval, which is of its absolute value if A was rounded
	low, high      float64 // where the factor lies, scaled
	maxAbs         float64 // max |B − A|; NaN if an element is
	rtol, atol     float64
	unequal        bool // an element of B is not that of A; NaN is equal to NaN
	beyond         bool // an element of B is not within the tolerance of that of A
}

// rounding is what a type rounds to: the bits of its significand and the exponent of its smallest number.
type rounding struct{ precision, least int }

func roundingOf(t onnxio.DataType) rounding {
	precision, least := t.Rounding()
	return rounding{precision, least}
}

// measure returns the proportion of two tensors of one size: with A as it is, if B is in proportion to that, else with an
// A that was rounded. Two tunings of one original are in proportion in the second sense.
func measure(a, b *onnxio.Tensor, opt DiffOptions) (*proportion, error) {
	p := &proportion{
		typeA: roundingOf(a.DataType), typeB: roundingOf(b.DataType), scaleA: 1, scaleB: 1,
		sign: 1, low: math.Inf(-1), high: math.Inf(1), rtol: opt.RTol, atol: opt.ATol,
	}
	// Tensors that are the same are read once and at the speed of memory.
	switch err := lockstep(a, b, (*onnxio.Tensor).Blocks, equal); {
	case err == nil:
		p.aa, p.ab, p.bb = 1, 1, 1
		return p, nil
	case !errors.Is(err, errUnequal):
		return nil, err
	}
	if a.DataType == onnxio.Float64 || b.DataType == onnxio.Float64 { // only these have squares that are no doubles
		var maxA, maxB float64
		err := lockstep(a, b, (*onnxio.Tensor).Blocks, func(a, b []float64) error {
			for i, x := range a {
				maxA, maxB = max(maxA, math.Abs(x)), max(maxB, math.Abs(b[i]))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		p.scaleA, p.scaleB = harmless(maxA), harmless(maxB)
	}
	if err := lockstep(a, b, (*onnxio.Tensor).Blocks, p.add); err != nil || p.holds() || !p.nearly() {
		return p, err
	}
	p.sign, p.low, p.high = math.Copysign(1, p.ab), 0, math.Inf(1)
	if err := lockstep(a, b, (*onnxio.Tensor).Blocks, p.addRounded); !errors.Is(err, errUnequal) {
		return p, err
	}
	return p, nil
}

// errUnequal ends a comparison at the first block that decides it.
var errUnequal = errors.New("unequal")

// equal returns errUnequal unless the elements are equal; NaN is equal to NaN.
func equal(a, b []float64) error {
	b = b[:len(a)]
	for i, x := range a {
		if y := b[i]; x != y && (x == x || y == y) {
			return errUnequal
		}
	}
	return nil
}

// harmless returns the power of two that brings v to about 1.
func harmless(v float64) float64 {
	_, exponent := math.Frexp(v)
	return math.Ldexp(1, -max(-1000, min(exponent, 1000)))
}

func (p *proportion) add(a, b []float64) error {
	var aa, ab, bb float64 // of this block, which keeps rounding small in long tensors
	for i, y := range b {
		x := a[i]
		if x != y && (x == x || y == y) {
			d := math.Abs(y - x)
			p.maxAbs = max(p.maxAbs, d)
			p.unequal = true
			p.beyond = p.beyond || !(d <= p.atol+p.rtol*math.Abs(x)) || math.IsInf(d, 0)
		}
		half := p.typeB.halfUnit(y) * p.scaleB
		x, y = x*p.scaleA, y*p.scaleB
		aa += x * x
		ab += x * y
		bb += y * y
		if x < 0 {
			x, y = -x, -y // which leaves the quotient
		}
		// The quotients are rounded too.
		half += 0x1p-51 * math.Abs(y)
		low, high := y-half, y+half
		// Few elements narrow the interval: most are spared the division, with room for rounding.
		least, most := x*p.low, x*p.high
		if low <= least-0x1p-50*math.Abs(least) && high >= most+0x1p-50*math.Abs(most) || x == 0 && y == 0 {
			continue
		}
		p.low, p.high = max(p.low, low/x), min(p.high, high/x)
	}
	p.aa += aa
	p.ab += ab
	p.bb += bb
	return nil
}

// addRounded narrows the interval to the absolute values f of factors for which |f·a − sign·b| is at most half a unit of
// b and f times half a unit of a. It returns errUnequal once there are none.
func (p *proportion) addRounded(a, b []float64) error {
	for i, y := range b {
		x := a[i]
		halfA, halfB := p.typeA.halfUnit(x)*p.scaleA, p.typeB.halfUnit(y)*p.scaleB
		x, y = x*p.scaleA, y*p.scaleB*p.sign
		if x < 0 {
			x, y = -x, -y
		}
		if x == 0 && y == 0 {
			continue
		}
		halfB += 0x1p-51 * math.Abs(y)
		p.low = max(p.low, (y-halfB)/(x+halfA))
		if x > halfA {
			p.high = min(p.high, (y+halfB)/(x-halfA))
		}
	}
	if !p.holds() {
		return errUnequal
	}
	return nil
}

// halfUnit returns half a unit in the last place of v.
func (r rounding) halfUnit(v float64) float64 {
	exponent := int(math.Float64bits(v)>>52&0x7ff) - 1023 // as the number has it; too small for the smallest doubles
	exponent = max(exponent, r.least+r.precision-1) - r.precision
	if exponent < -1022 {
		return math.Ldexp(1, exponent)
	}
	return math.Float64frombits(uint64(exponent+1023) << 52)
}

// holds reports whether B is in proportion to A; never if an element is not finite.
func (p *proportion) holds() bool { return p.low <= p.high }

// admits reports whether B is A times the factor, rounded.
func (p *proportion) admits(factor float64) bool {
	f := p.sign * factor * p.scaleB / p.scaleA
	return p.low <= f && f <= p.high
}

// nearly reports whether the angle of A and B is small enough that rounding can have made it.
func (p *proportion) nearly() bool { return math.Abs(p.cosine()) > 1-0x1p-6 }

// factor returns the factor that brings A nearest to B, if they are in proportion one of those that do it exactly.
func (p *proportion) factor() float64 {
	f := p.sign * p.ab / p.aa
	if p.holds() {
		f = max(p.low, min(f, p.high))
	}
	return p.sign * f * p.scaleA / p.scaleB
}

func (p *proportion) cosine() float64 {
	return max(-1, min(p.ab/math.Sqrt(p.aa)/math.Sqrt(p.bb), 1))
}
