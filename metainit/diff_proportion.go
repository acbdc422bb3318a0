package metainit

import (
	"math"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// proportion accumulates whether the elements of B are those of A times one factor, each rounded to the type. An element
// b that was rounded from factor·a tells that the factor lies between (b ± half a unit in b's last place) / a; B is in
// proportion to A if and only if these intervals have a point in common.
type proportion struct {
	precision, least int     // of the type: bits of the significand, exponent of the smallest number
	scaleA, scaleB   float64 // powers of two that keep squares from overflowing and vanishing
	aa, ab, bb       float64 // ⟨A, A⟩, ⟨A, B⟩, ⟨B, B⟩, scaled
	low, high        float64 // where the factor lies, scaled
	maxAbs           float64 // max |B − A|; NaN if an element is
}

// measure returns the proportion of two tensors of one size and type.
func measure(a, b *onnxio.Tensor) (*proportion, error) {
	p := newProportion(a.DataType)
	if a.DataType == onnxpb.TensorProto_DOUBLE { // only these have squares that are no doubles
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
	return p, lockstep(a, b, (*onnxio.Tensor).Blocks, p.add)
}

// newProportion returns the proportion of tensors of the type and without elements.
func newProportion(dataType onnxpb.TensorProto_DataType) *proportion {
	p := &proportion{precision: 53, least: -1074, scaleA: 1, scaleB: 1, low: math.Inf(-1), high: math.Inf(1)}
	switch dataType {
	case onnxpb.TensorProto_FLOAT:
		p.precision, p.least = 24, -149
	case onnxpb.TensorProto_FLOAT16:
		p.precision, p.least = 11, -24
	case onnxpb.TensorProto_BFLOAT16:
		p.precision, p.least = 8, -133
	}
	return p
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
			p.maxAbs = max(p.maxAbs, math.Abs(y-x))
		}
		half := p.halfUnit(y) * p.scaleB
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

// halfUnit returns half a unit in the last place of v.
func (p *proportion) halfUnit(v float64) float64 {
	exponent := int(math.Float64bits(v)>>52&0x7ff) - 1023 // as the number has it; too small for the smallest doubles
	exponent = max(exponent, p.least+p.precision-1) - p.precision
	if exponent < -1022 {
		return math.Ldexp(1, exponent)
	}
	return math.Float64frombits(uint64(exponent+1023) << 52)
}

// holds reports whether B is in proportion to A; never if an element is not finite.
func (p *proportion) holds() bool { return p.low <= p.high }

// factor returns the factor that brings A nearest to B, if they are in proportion one of those that do it exactly.
func (p *proportion) factor() float64 {
	f := p.ab / p.aa
	if p.holds() {
		f = max(p.low, min(f, p.high))
	}
	return f * p.scaleA / p.scaleB
}

func (p *proportion) cosine() float64 {
	return max(-1, min(p.ab/math.Sqrt(p.aa)/math.Sqrt(p.bb), 1))
}
