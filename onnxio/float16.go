package onnxio

import (
	"math"

	"github.com/x448/float16"
)

func decodeFloat16(word uint64) float64 { return float64(float16.Frombits(uint16(word)).Float32()) }

func encodeFloat16(x float64) uint64 { return uint64(float16.Fromfloat32(roundToOdd(x)).Bits()) }

func decodeBfloat16(word uint64) float64 { return decodeFloat(word << 16) }

// encodeBfloat16 keeps the upper half of a float32, rounded to nearest even.
func encodeBfloat16(x float64) uint64 {
	bits := math.Float32bits(roundToOdd(x))
	return uint64((bits + 0x7fff + bits>>16&1) >> 16)
}

// roundToOdd returns x if it is a float32, and otherwise that one of its two neighbours whose last bit is set. Rounding
// that to fewer bits gives what rounding x itself would: the way over float32 does not round twice (S. Boldo and
// G. Melquiond, Emulation of a FMA and correctly rounded sums, 2008).
func roundToOdd(x float64) float32 {
	near := float32(x)
	bits := math.Float32bits(near)
	switch back := float64(near); {
	case back == x || bits&1 == 1:
	case math.Abs(back) > math.Abs(x):
		bits--
	default:
		bits++
	}
	return math.Float32frombits(bits)
}
