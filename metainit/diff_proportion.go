package metainit

import (
	"math"

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
}

// newProportion returns the proportion of tensors of the type with the largest magnitudes maxA and maxB.
func newProportion(dataType onnxpb.TensorProto_DataType, maxA, maxB float64) *proportion {
	p := &proportion{precision: 53, least: -1074, low: math.Inf(-1), high: math.Inf(1)}
	switch dataType {
	case onnxpb.TensorProto_FLOAT:
		p.precision, p.least = 24, -149
	case onnxpb.TensorProto_FLOAT16:
		p.precision, p.least = 11, -24
	case onnxpb.TensorProto_BFLOAT16:
		p.precision, p.least = 8, -133
	}
	p.scaleA, p.scaleB = harmless(maxA), harmless(maxB)
	return p
}

// harmless returns the power of two that brings v to about 1.
func harmless(v float64) float64 {
	_, exponent := math.Frexp(v)
	return math.Ldexp(1, -max(-1000, min(exponent, 1000)))
}

func (p *proportion) add(a, b []float64) {
	var aa, ab, bb float64 // of this block, which keeps rounding small in long tensors
	for i, y := range b {
		half := p.halfUnit(y) * p.scaleB
		x, y := a[i]*p.scaleA, y*p.scaleB
		aa += x * x
		ab += x * y
		bb += y * y
		// The quotients are rounded too.
		half += 0x1p-51 * math.Abs(y)
		low, high := (y-half)/x, (y+half)/x
		switch {
		case x < 0:
			low, high = high, low
		case x == 0 && y == 0:
			continue
		}
		p.low, p.high = max(p.low, low), min(p.high, high)
	}
	p.aa += aa
	p.ab += ab
	p.bb += bb
}

// halfUnit returns half a unit in the last place of v.
func (p *proportion) halfUnit(v float64) float64 {
	exponent := p.least + p.precision
	if v != 0 {
		_, e := math.Frexp(v)
		exponent = max(exponent, e)
	}
	return math.Ldexp(0.5, exponent-p.precision)
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
