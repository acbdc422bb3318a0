package lower

import (
	"math"

	"github.com/x448/float16"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// The operators of this file compute with bits, which reals do not have: their operands must be known while building.
// Numbers are doubles here too, so the last bits of 64-bit numbers beyond 2⁵³ are lost.

var bitwiseRows = []operator{
	{name: "BitCast", since: 26, inputs: arity{1, 1}, lower: lowerBitCast, known: []int{0}, noDerivative: foreknown},
	{name: "BitShift", since: 11, inputs: arity{2, 2}, lower: lowerBitShift, known: []int{0, 1}, noDerivative: discrete},
	{name: "BitwiseAnd", since: 18, inputs: arity{2, 2}, lower: bitwise(func(a, b uint64) uint64 { return a & b }), known: []int{0, 1},
		noDerivative: discrete},
	{name: "BitwiseNot", since: 18, inputs: arity{1, 1}, lower: lowerBitwiseNot, known: []int{0}, noDerivative: discrete},
	{name: "BitwiseOr", since: 18, inputs: arity{2, 2}, lower: bitwise(func(a, b uint64) uint64 { return a | b }), known: []int{0, 1},
		noDerivative: discrete},
	{name: "BitwiseXor", since: 18, inputs: arity{2, 2}, lower: bitwise(func(a, b uint64) uint64 { return a ^ b }), known: []int{0, 1},
		noDerivative: discrete},
}

// bitwise lowers an operator of two operands that works on the bits of whole numbers.
func bitwise(f func(a, b uint64) uint64) lowering {
	return func(c *call) []value {
		return c.bits(func(a, b uint64, _ int, _ bool) uint64 { return f(a, b) })
	}
}

func lowerBitwiseNot(c *call) []value {
	t := c.in[0].DataType
	bits, signed := integerFormat(t)
	if bits == 0 || t == boolType {
		c.fail("needs whole numbers")
	}
	data := c.known(0)
	out := make([]float64, len(data))
	for i, v := range data {
		out[i] = fromBits(^toBits(v), bits, signed)
	}
	return c.same(c.graph.Const(out, c.x(0).Shape()...))
}

// lowerBitShift: by as many bits as there are, and by less than none, only the sign is left, and nothing to the left.
func lowerBitShift(c *call) []value {
	switch direction := c.text("direction", ""); direction {
	case "LEFT":
		return c.bits(func(a, by uint64, bits int, _ bool) uint64 {
			if by >= uint64(bits) {
				return 0
			}
			return a << by
		})
	case "RIGHT":
		return c.bits(func(a, by uint64, bits int, signed bool) uint64 {
			by = min(by, 63)
			if signed {
				return uint64(int64(a) >> by)
			}
			if by >= uint64(bits) {
				return 0
			}
			return a >> by
		})
	default:
		c.fail("attribute \"direction\" is %q, expected LEFT or RIGHT", direction)
		return nil
	}
}

// bits applies f to the bits of two operands, which are broadcast; those of negative numbers are extended to 64.
func (c *call) bits(f func(a, b uint64, bits int, signed bool) uint64) []value {
	t := c.in[0].DataType
	bits, signed := integerFormat(t)
	if bits == 0 || t == boolType || c.in[1].DataType != t {
		c.fail("needs whole numbers of one type")
	}
	shape := autodiff.BroadcastShape(c.x(0).Shape(), c.x(1).Shape())
	a, b := c.knownAs(0, shape), c.knownAs(1, shape)
	out := make([]float64, len(a))
	for i := range out {
		out[i] = fromBits(f(toBits(a[i]), toBits(b[i]), bits, signed), bits, signed)
	}
	return c.same(c.graph.Const(out, shape...))
}

// knownAs returns the elements of input i, broadcast to a shape.
func (c *call) knownAs(i int, shape []int) []float64 {
	size := 1
	for _, d := range shape {
		if size *= d; size > maxKnown {
			c.fail("shape %v has too many elements for a table that is made while building", shape)
		}
	}
	data, _ := autodiff.BroadcastTo(c.graph.Const(c.known(i), c.x(i).Shape()...), shape...).Value()
	return data
}

// toBits returns the two's complement of a whole number.
func toBits(x float64) uint64 {
	switch {
	case x >= math.Ldexp(1, 64):
		return math.MaxUint64
	case x >= 0:
		return uint64(x)
	case x >= -math.Ldexp(1, 63):
		return uint64(int64(x))
	}
	return 1 << 63
}

// fromBits is the whole number that the lower bits stand for.
func fromBits(word uint64, bits int, signed bool) float64 {
	word <<= 64 - bits
	if signed {
		return float64(int64(word) >> (64 - bits))
	}
	return float64(word >> (64 - bits))
}

// lowerBitCast takes the bits of each element for those of another type, equally wide:
// https://onnx.ai/onnx/operators/onnx__BitCast.html
func lowerBitCast(c *call) []value {
	from, to := c.in[0].DataType, DataType(c.int("to", 0))
	if bitWidth(from) == 0 || bitWidth(from) != bitWidth(to) {
		c.fail("from %v to %v is not supported: only between float16, bfloat16, float, double, bool and whole numbers of "+
			"the same width", from, to)
	}
	data := c.known(0)
	out := make([]float64, len(data))
	for i, v := range data {
		out[i] = decodeBits(encodeBits(v, from), to)
	}
	return one(c.graph.Const(out, c.x(0).Shape()...), to)
}

func bitWidth(t DataType) int {
	if t.IsFloat() {
		return t.Bits()
	}
	bits, _ := integerFormat(t)
	return bits
}

func encodeBits(x float64, t DataType) uint64 {
	switch t {
	case float64Type:
		return math.Float64bits(x)
	case float32Type:
		return uint64(math.Float32bits(float32(x)))
	case onnxio.Float16:
		return uint64(float16.Fromfloat32(float32(x)).Bits())
	case onnxio.BFloat16:
		return uint64(math.Float32bits(float32(x)) >> 16)
	}
	return toBits(x)
}

func decodeBits(word uint64, t DataType) float64 {
	if t.IsFloat() {
		return t.Decode(word)
	}
	bits, signed := integerFormat(t)
	return fromBits(word, bits, signed)
}
