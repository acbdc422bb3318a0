package lower

import (
	"math"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// floatFormat is what numbers a narrow float type can hold.
type floatFormat struct {
	mantissa int // bits behind the leading one
	least    int // exponent of the smallest normal number
	max      float64
	infinite bool // beyond max there is infinity, else NaN
	clamps   bool // has neither: beyond max there is max, and NaN becomes 0
}

func formatOf(t DataType) (floatFormat, bool) {
	switch t {
	case onnxio.Float16:
		return floatFormat{mantissa: 10, least: -14, max: 65504, infinite: true}, true
	case onnxio.BFloat16:
		return floatFormat{mantissa: 7, least: -126, max: math.Ldexp(255, 120), infinite: true}, true
	case onnxio.Float8E4M3FN:
		return floatFormat{mantissa: 3, least: -6, max: 448}, true
	case onnxio.Float8E4M3FNUZ:
		return floatFormat{mantissa: 3, least: -7, max: 240}, true
	case onnxio.Float8E5M2:
		return floatFormat{mantissa: 2, least: -14, max: 57344, infinite: true}, true
	case onnxio.Float8E5M2FNUZ:
		return floatFormat{mantissa: 2, least: -15, max: 57344}, true
	case onnxio.Float6E2M3:
		return floatFormat{mantissa: 3, least: 0, max: 7.5, clamps: true}, true
	case onnxio.Float6E3M2:
		return floatFormat{mantissa: 2, least: -2, max: 28, clamps: true}, true
	case onnxio.Float4E2M1:
		return floatFormat{mantissa: 1, least: 0, max: 6, clamps: true}, true
	}
	return floatFormat{}, false
}

// saturates reports whether numbers beyond the greatest become the greatest, given the operator's attribute: only the
// types of 8 bits leave the choice.
func (f floatFormat) saturates(asked bool) bool { return f.clamps || asked && f.mantissa <= 3 }

// round returns the nearest number of the format, of two equally near ones the even one.
func (f floatFormat) round(x float64, saturate bool) float64 {
	_, e := math.Frexp(x) // |x| is below 2ᵉ
	step := math.Ldexp(1, max(e-1, f.least)-f.mantissa)
	y := x
	if !math.IsInf(x, 0) {
		y = math.RoundToEven(x/step) * step
	}
	switch {
	case f.clamps && math.IsNaN(x):
		return 0
	case !(math.Abs(y) > f.max):
		return y
	case f.saturates(saturate):
		return math.Copysign(f.max, y)
	case f.infinite:
		return math.Inf(int(math.Copysign(1, y)))
	}
	return math.NaN()
}

// roundNode is round for a tensor that a run gives. Its derivative is 0, as that of all rounding.
func (f floatFormat) roundNode(x *autodiff.Node, saturate bool) *autodiff.Node {
	size := autodiff.Abs(x)
	step := scalarOf(x, math.Ldexp(1, f.least-f.mantissa))
	_, most := math.Frexp(f.max)
	for e := f.least + 1; e < most; e++ {
		above := autodiff.LessEqual(scalarOf(x, math.Ldexp(1, e)), size)
		step = autodiff.Select(above, scalarOf(x, math.Ldexp(1, e-f.mantissa)), step)
	}
	y := autodiff.Mul(autodiff.Round(autodiff.Div(size, step)), step)
	top := scalarOf(x, f.max)
	beyond := top
	switch {
	case f.saturates(saturate):
	case f.infinite:
		beyond = scalarOf(x, math.Inf(1))
	default:
		beyond = scalarOf(x, math.NaN())
	}
	y = autodiff.Select(autodiff.Less(top, y), beyond, y)
	return autodiff.Mul(autodiff.Sign(x), y)
}

// roundToPower returns a power of two, which is all that float8e8m0 holds: the next above, the next below or the nearest.
// Without saturation, what is out of range is NaN.
func roundToPower(x float64, mode string, saturate bool) float64 {
	const least, most = -127, 127
	frac, e := math.Frexp(math.Abs(x))
	e--
	if mode == "up" && frac > 0.5 || mode == "nearest" && frac >= 0.75 {
		e++
	}
	switch {
	case math.IsNaN(x):
		return x
	case math.IsInf(x, 0):
		e = most + 1
	case x == 0:
		e = least - 1
	}
	if !saturate && (e < least || e > most) {
		return math.NaN()
	}
	return math.Ldexp(1, min(max(e, least), most))
}

// integerFormat returns the bits of a type of whole numbers, and whether it has negative ones; 0 for other types.
func integerFormat(t DataType) (bits int, signed bool) {
	if t.IsInteger() || t == boolType {
		return t.Bits(), t.IsSigned()
	}
	return 0, false
}

// integerRange returns the least and the greatest number of a type of whole numbers; 0 for other types.
func integerRange(t DataType) (lo, hi float64) {
	if t.IsInteger() || t == boolType {
		return t.Range()
	}
	return 0, 0
}

// wraps discards the bits of whole numbers that a type has no place for. Numbers of 2⁵³ and more stay as they are: their
// last bits are not known, and exporters write the greatest one for "to the end".
func wraps(x *autodiff.Node, t DataType) *autodiff.Node {
	lo, hi := integerRange(t)
	if y, ok := mapKnown(x, func(v float64) float64 {
		if v >= lo && v <= hi || !(math.Abs(v) < 1<<53) {
			return v
		}
		return v - (hi-lo+1)*math.Floor((v-lo)/(hi-lo+1))
	}); ok {
		return y
	}
	if bits, _ := integerFormat(t); bits > 8 {
		return x // computed numbers are taken to fit: most are indices and sizes
	}
	turns := autodiff.Floor(scale(shift(x, -lo), 1/(hi-lo+1)))
	return autodiff.Sub(x, scale(turns, hi-lo+1))
}

// mapKnown applies f to the elements of a constant, and reports whether x is one.
func mapKnown(x *autodiff.Node, f func(float64) float64) (*autodiff.Node, bool) {
	data, ok := x.Value()
	if !ok {
		return x, false
	}
	out := make([]float64, len(data))
	for i, v := range data {
		out[i] = f(v)
	}
	return x.Graph().Const(out, x.Shape()...), true
}
