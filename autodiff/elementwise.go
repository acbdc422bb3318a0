package autodiff

import "slices"

// Neg returns −x.
func Neg(x *Node) *Node { return x.g.apply(OpNeg, nil, x) }

// Exp returns e^x.
func Exp(x *Node) *Node { return x.g.apply(OpExp, nil, x) }

// Log returns the natural logarithm of x.
func Log(x *Node) *Node { return x.g.apply(OpLog, nil, x) }

// Log1p returns log(1+x), accurate near 0.
func Log1p(x *Node) *Node { return x.g.apply(OpLog1p, nil, x) }

// Expm1 returns e^x − 1, accurate near 0.
func Expm1(x *Node) *Node { return x.g.apply(OpExpm1, nil, x) }

// Sqrt returns the square root of x.
func Sqrt(x *Node) *Node { return x.g.apply(OpSqrt, nil, x) }

// Reciprocal returns 1/x.
func Reciprocal(x *Node) *Node { return x.g.apply(OpReciprocal, nil, x) }

// Tanh returns the hyperbolic tangent of x.
func Tanh(x *Node) *Node { return x.g.apply(OpTanh, nil, x) }

// Logistic returns 1/(1+e^−x).
func Logistic(x *Node) *Node { return x.g.apply(OpLogistic, nil, x) }

// Erf returns the error function of x.
func Erf(x *Node) *Node { return x.g.apply(OpErf, nil, x) }

// Sin returns the sine of x.
func Sin(x *Node) *Node { return x.g.apply(OpSin, nil, x) }

// Cos returns the cosine of x.
func Cos(x *Node) *Node { return x.g.apply(OpCos, nil, x) }

// Asin returns the angle from −π/2 to π/2 whose sine is x.
func Asin(x *Node) *Node { return x.g.apply(OpAsin, nil, x) }

// Atan returns the angle from −π/2 to π/2 whose tangent is x.
func Atan(x *Node) *Node { return x.g.apply(OpAtan, nil, x) }

// Asinh returns the number whose hyperbolic sine is x.
func Asinh(x *Node) *Node { return x.g.apply(OpAsinh, nil, x) }

// Abs returns |x|; its derivative at 0 is 0.
func Abs(x *Node) *Node { return x.g.apply(OpAbs, nil, x) }

// Sign returns −1, 0 or 1.
func Sign(x *Node) *Node { return x.g.apply(OpSign, nil, x) }

// Floor returns the greatest whole number ≤ x.
func Floor(x *Node) *Node { return x.g.apply(OpFloor, nil, x) }

// Ceil returns the least whole number ≥ x.
func Ceil(x *Node) *Node { return x.g.apply(OpCeil, nil, x) }

// Round returns the nearest whole number, halves to even.
func Round(x *Node) *Node { return x.g.apply(OpRound, nil, x) }

// Stop returns x as a constant to derivatives: its tangent and its
// contribution to the cotangent of x are zero.
func Stop(x *Node) *Node { return x.g.apply(OpStop, nil, x) }

// The binary builders broadcast their operands to a common shape as NumPy does:
// axes are matched from the last, and an axis of size 1 is repeated.

// Add returns a + b.
func Add(a, b *Node) *Node { return binaryOp(OpAdd, a, b) }

// Sub returns a − b.
func Sub(a, b *Node) *Node { return binaryOp(OpSub, a, b) }

// Mul returns a · b, elementwise.
func Mul(a, b *Node) *Node { return binaryOp(OpMul, a, b) }

// Div returns a / b.
func Div(a, b *Node) *Node { return binaryOp(OpDiv, a, b) }

// Pow returns a^b.
func Pow(a, b *Node) *Node {
	if b.Size() == 1 && b.Rank() <= a.Rank() {
		if y := simplifyPow(a, b); y != nil {
			return y // without the broadcast exponent
		}
	}
	return binaryOp(OpPow, a, b)
}

// simplifyPow writes the powers that models use by simpler primitives, whose
// derivatives hold at 0 too.
func simplifyPow(x, e *Node) *Node {
	v, ok := e.Splat()
	if !ok {
		return nil
	}
	switch v {
	case 0:
		return x.g.fill(1, x.shape)
	case 1:
		return x
	case 2:
		return Mul(x, x)
	case 3:
		return Mul(Mul(x, x), x)
	case 0.5:
		return Sqrt(x)
	case -1:
		return Reciprocal(x)
	case -0.5:
		return Reciprocal(Sqrt(x))
	}
	return nil
}

// Max returns the greater of a and b; the derivative goes to a where they are
// equal.
func Max(a, b *Node) *Node { return binaryOp(OpMax, a, b) }

// Min returns the lesser of a and b; the derivative goes to a where they are
// equal.
func Min(a, b *Node) *Node { return binaryOp(OpMin, a, b) }

// Equal returns 1 where a = b, else 0.
func Equal(a, b *Node) *Node { return binaryOp(OpEqual, a, b) }

// Less returns 1 where a < b, else 0.
func Less(a, b *Node) *Node { return binaryOp(OpLess, a, b) }

// LessEqual returns 1 where a ≤ b, else 0.
func LessEqual(a, b *Node) *Node { return binaryOp(OpLessEqual, a, b) }

// And returns 1 where both masks are 1.
func And(a, b *Node) *Node { return Mul(a, b) }

// Or returns 1 where either mask is 1.
func Or(a, b *Node) *Node { return Stop(Max(a, b)) }

// Not returns 1 where the mask is 0.
func Not(m *Node) *Node { return Sub(m.g.Scalar(1), m) }

// Select returns a where mask is not 0, else b.
func Select(mask, a, b *Node) *Node {
	shape := commonShape("select", mask.shape, a.shape, b.shape)
	return mask.g.apply(OpSelect, nil,
		BroadcastTo(mask, shape...), BroadcastTo(a, shape...), BroadcastTo(b, shape...))
}

func binaryOp(op Op, a, b *Node) *Node {
	if slices.Equal(a.shape, b.shape) {
		return a.g.apply(op, nil, a, b)
	}
	shape := commonShape(a.g.table[op].Name, a.shape, b.shape)
	return a.g.apply(op, nil, BroadcastTo(a, shape...), BroadcastTo(b, shape...))
}
