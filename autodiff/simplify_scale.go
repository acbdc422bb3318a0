package autodiff

import "math"

// Constant factors, of which the chain rule makes many, move outwards: out of products and
// sums, where they are multiplied with each other or are dropped with a term that is not
// needed.

// scaled returns c and y if x is c·y for a constant c, else 1 and x.
func scaled(x *Node) (c float64, y *Node) {
	if x.op == OpMul {
		for i, f := range x.in {
			if v, ok := f.Splat(); ok {
				return v, x.in[1-i]
			}
		}
	}
	return 1, x
}

// scale returns c·x.
func scale(c float64, x *Node) *Node { return x.g.apply(OpMul, nil, x.g.fill(c, x.shape), x) }

// mergeable reports whether two factors may be one: their product must not leave
// the range that the factors and their results stay in, in float32 too.
func mergeable(c, d float64) bool {
	const bound = 1e12
	size := math.Abs(c * d)
	return 1/bound <= size && size <= bound
}

func simplifyMul(x, y *Node) *Node {
	for range 2 {
		switch {
		case x.isSplat(1):
			return y
		case x.isSplat(-1):
			return Neg(y)
		case x.op == OpNeg:
			return Neg(Mul(x.in[0], y))
		}
		x, y = y, x
	}
	return mulScaled(x, y)
}

func mulScaled(x, y *Node) *Node {
	for range 2 {
		if v, ok := x.Splat(); ok {
			if d, b := scaled(y); d != 1 && mergeable(v, d) {
				return scale(v*d, b)
			}
			return nil
		}
		x, y = y, x
	}
	c, a := scaled(x)
	d, b := scaled(y)
	if a == x && b == y || !mergeable(c, d) {
		return nil
	}
	return scale(c*d, Mul(a, b))
}

// sumOfScaled is f(c·a, c·b) = c·f(a, b) for addition and subtraction.
func sumOfScaled(f func(a, b *Node) *Node, x, y *Node) *Node {
	c, a := scaled(x)
	if d, b := scaled(y); a != x && b != y && c == d {
		return scale(c, f(a, b))
	}
	return nil
}
