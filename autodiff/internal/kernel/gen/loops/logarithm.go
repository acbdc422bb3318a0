package main

import "github.com/mmcloughlin/avo/reg"

// A number is split as 2ᵏ·(1+f) with 1+f between √½ and √2: the bits of √½ are
// taken off, and what is left above the mantissa is k.
const sqrtHalf = 0x3f3504f3

// logOf emits ln(2ᵏ·(1+f)) = k·ln2 + f − f²/2 + f³·P(f); the fit is off by 2^−27.
func logOf(v *vectors) func(k, f reg.Register) reg.Register {
	half, hi, lo := v.constant(0.5), v.constant(ln2Hi), v.constant(ln2Low)
	p := v.polynomial(-0.0763745829, 0.127647385, -0.13160409, 0.142012984,
		-0.166233033, 0.20001249, -0.250008225, 0.333333313)
	return func(k, f reg.Register) reg.Register {
		s := v.mul(f, f)
		y := v.mul(v.mul(f, s), p(f))
		v.addMul(y, k, lo)
		v.subMul(y, s, half)
		return v.addMul(v.add(f, y), k, hi)
	}
}

// log scales denormal numbers up first.
func log(v *vectors) body {
	normal, up, down := v.constant(0x1p-126), v.constant(0x1p23), v.constant(-23)
	root, one := v.bits(sqrtHalf), v.constant(1)
	logOf, special := logOf(v), special(v)
	return func(x []reg.Register) reg.Register {
		small := v.compare(less, x[0], normal)
		u := v.choose(small, v.mul(x[0], up), x[0])
		k := v.shiftRight(v.subInt(u, root), 23)
		f := v.sub(v.subInt(u, v.shiftLeft(k, 23)), one)
		return special(logOf(v.add(v.toFloat(k), v.keep(small, down)), f), x[0])
	}
}

// log1p splits u = 1+x and adds to f what the rounding of u left out, c·2^−k.
func log1p(v *vectors) body {
	root, one, zero, sign := v.bits(sqrtHalf), v.constant(1), v.constant(0), v.bits(signBit)
	logOf, special := logOf(v), special(v)
	return func(x []reg.Register) reg.Register {
		u := v.add(one, x[0])
		b := v.sub(u, one)
		c := v.add(v.sub(one, v.sub(u, b)), v.sub(x[0], b))
		k := v.shiftRight(v.subInt(u, root), 23)
		exponent := v.shiftLeft(k, 23)
		f := v.sub(v.subInt(u, exponent), one)
		v.addMul(f, c, v.maxInt(v.subInt(one, exponent), zero))
		y := v.or(logOf(v.toFloat(k), f), v.and(sign, x[0]))
		return special(y, u)
	}
}
