package loop

// The functions of this file are the AVX-512 forms of those in the generator of package kernel's loops, whose comments say how
// they are approximated and how far they are off.

const (
	signBit = 1 << 31

	log2e  = 1.44269504088896341
	ln2Hi  = 0.693145751953125
	ln2Low = 1.42860676533018518e-6
)

// polynomial is c[0]·xⁿ + … + c[n], by Horner's rule.
func (l *lowering) polynomial(x value, c ...float32) value {
	p := l.constant(c[0])
	for _, k := range c[1:] {
		p = l.mulAdd(p, x, l.constant(k))
	}
	return p
}

func (l *lowering) exp(x value) value {
	r := l.max(l.constant(-104), l.min(l.constant(89), x))
	n := l.round(l.mul(r, l.constant(log2e)), 0)
	r = l.subMul(r, n, l.constant(ln2Hi))
	r = l.subMul(r, n, l.constant(ln2Low))
	p := l.polynomial(r, 0.00138217548, 0.00836867746, 0.0416682549, 0.166665211, 0.49999994, 1, 1)
	return l.emit(scale, p, n)
}

func (l *lowering) logistic(x value) value {
	e := l.exp(l.or(l.bits(signBit), x))
	d := l.add(e, l.constant(1))
	l.compare(less, x, l.constant(0))
	return l.div(l.choose(e, l.constant(1)), d)
}

func (l *lowering) tanh(x value) value {
	t := l.andNot(l.bits(signBit), x)
	large := l.sub(l.constant(1), l.div(l.constant(2), l.add(l.exp(l.add(t, t)), l.constant(1))))
	s := l.mul(t, t)
	p := l.polynomial(s, -0.00626189634, 0.0210620109, -0.053849645, 0.133325562, -0.333333164)
	small := l.mulAdd(l.mul(p, s), t, t)
	l.compare(less, t, l.constant(0.55))
	return l.or(l.and(l.bits(signBit), x), l.choose(small, large))
}

func (l *lowering) erf(x value) value {
	t := l.andNot(l.bits(signBit), x)
	c := l.min(l.constant(4), t)
	g := l.polynomial(c, -0.000215810258, 0.00322987302, -0.0229373444, 0.105334967, 0.63566345, 1.12853038)
	large := l.sub(l.constant(1), l.exp(l.xor(l.bits(signBit), l.mul(c, g))))
	p := l.polynomial(l.mul(t, t), -0.000636517245, 0.00506005157, -0.0268083271, 0.112828791, -0.376125902, 0.128379166)
	small := l.mulAdd(p, t, t)
	l.compare(less, t, l.constant(0.84375))
	return l.or(l.and(l.bits(signBit), x), l.choose(small, large))
}
