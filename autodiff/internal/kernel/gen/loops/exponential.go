package main

import "github.com/mmcloughlin/avo/reg"

// The argument is split as x = n·ln2 + r with |r| ≤ ln2/2, and ln2 as a high
// part of 15 bits, so that its product with n is exact, and the rest.
const (
	log2e  = 1.44269504088896341
	ln2Hi  = 0.693145751953125
	ln2Low = 1.42860676533018518e-6
)

// The polynomials of this folder are minimax fits of the relative error, found
// by Lawson's weighted least squares, the coefficients rounded one by one.

// exp is 2ⁿ·(1 + r + r²·Q(r)); the fit is off by 2^−28.
func exp(v *vectors) body {
	high, low := v.constant(89), v.constant(-104)
	perLn2, hi, lo := v.constant(log2e), v.constant(ln2Hi), v.constant(ln2Low)
	p := v.polynomial(0.00138217548, 0.00836867746, 0.0416682549, 0.166665211, 0.49999994, 1, 1)
	scale := scaling(v)
	return func(x []reg.Register) reg.Register {
		r := v.max(low, v.min(high, x[0]))
		n := v.round(v.mul(r, perLn2), 0)
		v.subMul(r, n, hi)
		v.subMul(r, n, lo)
		return scale(p(r), n)
	}
}

// scaling emits p·2ⁿ for n from −150 to 128, rounded once. AVX2 takes two
// factors, because 2ⁿ may be no normal number.
func scaling(v *vectors) func(p, n reg.Register) reg.Register {
	if v.wide {
		return func(p, n reg.Register) reg.Register { return v.binary(v.VSCALEFPS, p, n) }
	}
	bias := v.bits(127)
	return func(p, n reg.Register) reg.Register {
		whole := v.toInt(n)
		half := v.shiftRight(whole, 1)
		rest := v.subInt(whole, half)
		p = v.mul(p, v.shiftLeft(v.addInt(half, bias), 23))
		return v.mul(p, v.shiftLeft(v.addInt(rest, bias), 23))
	}
}

// expm1 is 2·(t·e + (t − ½)) with t = 2ⁿ⁻¹ and e = r + r²·Q(r) = eʳ − 1, whose
// small terms are kept apart from r; the fit is off by 2^−26.
func expm1(v *vectors) body {
	high, low, half := v.constant(89), v.constant(-18), v.constant(0.5)
	perLn2, hi, lo := v.constant(log2e), v.constant(ln2Hi), v.constant(ln2Low)
	q := v.polynomial(0.0013864222, 0.00836654194, 0.0416675061, 0.166665435, 0.49999997)
	bias, sign, tiny := v.bits(126), v.bits(signBit), v.constant(0x1p-24)
	return func(x []reg.Register) reg.Register {
		c := v.max(low, v.min(high, x[0]))
		n := v.round(v.mul(c, perLn2), 0)
		v.subMul(c, n, hi)
		r := v.subMul(v.copy(c), n, lo)
		rest := v.subMul(v.sub(c, r), n, lo)
		v.addMul(rest, v.mul(r, r), q(r))
		t := v.shiftLeft(v.addInt(v.toInt(n), bias), 23)
		y := v.addMul(v.sub(t, half), t, r)
		v.addMul(y, t, rest)
		return v.choose(v.compare(less, v.andNot(sign, x[0]), tiny), x[0], v.add(y, y))
	}
}

// logistic is 1/(1+e) for x ≥ 0 and e/(1+e) below, with e = e^−|x|.
func logistic(v *vectors) body {
	sign, one, zero := v.bits(signBit), v.constant(1), v.constant(0)
	exp := exp(v)
	return func(x []reg.Register) reg.Register {
		e := exp([]reg.Register{v.or(sign, x[0])})
		return v.div(v.choose(v.compare(less, x[0], zero), e, one), v.add(e, one))
	}
}

// tanh is t + t³·P(t²) for t = |x| below 0.55, where the fit is off by 2^−29,
// and 1 − 2/(e^2t + 1) above, with the sign of x.
func tanh(v *vectors) body {
	sign, border, one, two := v.bits(signBit), v.constant(0.55), v.constant(1), v.constant(2)
	exp := exp(v)
	p := v.polynomial(-0.00626189634, 0.0210620109, -0.053849645, 0.133325562, -0.333333164)
	return func(x []reg.Register) reg.Register {
		t := v.andNot(sign, x[0])
		large := v.sub(one, v.div(two, v.add(exp([]reg.Register{v.add(t, t)}), one)))
		s := v.mul(t, t)
		small := v.mulAdd(v.mul(p(s), s), t, t)
		return v.or(v.and(sign, x[0]), v.choose(v.compare(less, t, border), small, large))
	}
}

// erf is t + t·P(t²) for t = |x| below 27/32, where the fit is off by 2^−27, and
// 1 − exp(−t·G(t)) above, off by 2^−28, with the sign of x. From 4 on it is 1.
func erf(v *vectors) body {
	sign, border, one, last := v.bits(signBit), v.constant(0.84375), v.constant(1), v.constant(4)
	exp := exp(v)
	p := v.polynomial(-0.000636517245, 0.00506005157, -0.0268083271, 0.112828791, -0.376125902, 0.128379166)
	g := v.polynomial(-0.000215810258, 0.00322987302, -0.0229373444, 0.105334967, 0.63566345, 1.12853038)
	return func(x []reg.Register) reg.Register {
		t := v.andNot(sign, x[0])
		c := v.min(last, t)
		large := v.sub(one, exp([]reg.Register{v.xor(sign, v.mul(c, g(c)))}))
		small := v.mulAdd(p(v.mul(t, t)), t, t)
		return v.or(v.and(sign, x[0]), v.choose(v.compare(less, t, border), small, large))
	}
}
