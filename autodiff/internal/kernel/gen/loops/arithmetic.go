package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const signBit = 1 << 31

// Each function below makes its constants available and returns the arithmetic.

func neg(v *vectors) body {
	sign := v.bits(signBit)
	return func(x []reg.Register) reg.Register { return v.xor(sign, x[0]) }
}

func abs(v *vectors) body {
	sign := v.bits(signBit)
	return func(x []reg.Register) reg.Register { return v.andNot(sign, x[0]) }
}

func sign(v *vectors) body {
	signs, one, zero := v.bits(signBit), v.constant(1), v.constant(0)
	return func(x []reg.Register) reg.Register {
		unit := v.or(v.and(signs, x[0]), one)
		return v.choose(v.compare(less, zero, v.andNot(signs, x[0])), unit, x[0])
	}
}

func sqrt(v *vectors) body {
	return func(x []reg.Register) reg.Register { return v.sqrt(x[0]) }
}

func reciprocal(v *vectors) body {
	one := v.constant(1)
	return func(x []reg.Register) reg.Register { return v.div(one, x[0]) }
}

func rounding(mode uint8) func(v *vectors) body {
	return func(v *vectors) body {
		return func(x []reg.Register) reg.Register { return v.round(x[0], mode) }
	}
}

func add(v *vectors) body {
	return func(x []reg.Register) reg.Register { return v.add(x[0], x[1]) }
}

func sub(v *vectors) body {
	return func(x []reg.Register) reg.Register { return v.sub(x[0], x[1]) }
}

func mul(v *vectors) body {
	return func(x []reg.Register) reg.Register { return v.mul(x[0], x[1]) }
}

func div(v *vectors) body {
	return func(x []reg.Register) reg.Register { return v.div(x[0], x[1]) }
}

// pair is a loop that does two operations at once.
type pair struct {
	name string
	body func(v *vectors) body
}

// pairs lists them; both results are rounded, as if the loops were two.
func pairs() []pair {
	type binary = func(v *vectors, a, b operand.Op) reg.Register
	two := func(first, second binary) func(v *vectors) body {
		return func(v *vectors) body {
			return func(x []reg.Register) reg.Register { return second(v, first(v, x[0], x[1]), x[2]) }
		}
	}
	return []pair{
		{"addAdd", two((*vectors).add, (*vectors).add)}, {"addMul", two((*vectors).add, (*vectors).mul)},
		{"subMul", two((*vectors).sub, (*vectors).mul)},
		{"mulAdd", two((*vectors).mul, (*vectors).add)}, {"mulMul", two((*vectors).mul, (*vectors).mul)},
	}
}

// maximum asks the processor both ways round: the answers differ only for zeros
// of two signs, where their bits are combined, and for NaN.
func maximum(v *vectors) body {
	return func(x []reg.Register) reg.Register {
		a, b := x[0], x[1]
		return v.orNaN(v.and(v.max(a, b), v.max(b, a)), a, b)
	}
}

func minimum(v *vectors) body {
	return func(x []reg.Register) reg.Register {
		a, b := x[0], x[1]
		return v.orNaN(v.or(v.min(a, b), v.min(b, a)), a, b)
	}
}

// orNaN gives y, but NaN where a or b is.
func (v *vectors) orNaN(y, a, b reg.Register) reg.Register {
	return v.choose(v.compare(unorder, a, b), v.add(a, b), y)
}

func comparison(predicate uint8) func(v *vectors) body {
	return func(v *vectors) body {
		one := v.constant(1)
		return func(x []reg.Register) reg.Register { return v.keep(v.compare(predicate, x[0], x[1]), one) }
	}
}

func choice(v *vectors) body {
	zero := v.constant(0)
	return func(x []reg.Register) reg.Register { return v.choose(v.compare(notEqual, x[0], zero), x[1], x[2]) }
}

// special gives what a logarithm of u is where y, its finite value, is wrong:
// NaN below zero, −∞ at zero, and u itself if that is infinite or NaN.
func special(v *vectors) func(y, u reg.Register) reg.Register {
	inf, zero := v.constant(math.Inf(1)), v.constant(0)
	var negative, nan operand.Op = v.constant(math.Inf(-1)), v.bits(0x7fc00000)
	return func(y, u reg.Register) reg.Register {
		y = v.choose(v.compare(notLess, u, inf), u, y)
		y = v.choose(v.compare(less, u, zero), nan, y)
		return v.choose(v.compare(equal, u, zero), negative, y)
	}
}
