package autodiff

// ReLU returns x where x > 0, else 0.
func ReLU(x *Node) *Node { return x.g.apply(OpReLU, nil, x) }

// Softplus returns log(1+e^x). It is written as the logarithm of e^0 + e^x,
// both scaled down by the greater, so that it neither overflows nor has a kink.
func Softplus(x *Node) *Node {
	m := Stop(Max(x, x.g.Scalar(0)))
	return Add(m, Log(Add(Exp(Neg(m)), Exp(Sub(x, m)))))
}

// LogSoftmax returns x − log Σ exp x along an axis.
func LogSoftmax(x *Node, axis int) *Node {
	// The result does not depend on what is subtracted from x, so neither do
	// its derivatives: the maximum may count as a constant.
	shifted := Sub(x, Stop(MaxKeep(x, axis)))
	return Sub(shifted, Log(SumKeep(Exp(shifted), axis)))
}

// Softmax returns exp x / Σ exp x along an axis.
func Softmax(x *Node, axis int) *Node {
	e := Exp(Sub(x, Stop(MaxKeep(x, axis))))
	return Mul(e, Reciprocal(SumKeep(e, axis)))
}
