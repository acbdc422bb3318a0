package autodiff

import "slices"

// ReLU returns x where x > 0, else 0.
func ReLU(x *Node) *Node { return x.g.apply(OpReLU, nil, x) }

// Softplus returns log(1+e^x), as max(x, 0) + log(1 + e^−|x|): it neither
// overflows nor loses small values. Selecting by the sign, rather than taking the
// maximum and |x|, keeps the derivatives of every order right at 0.
func Softplus(x *Node) *Node {
	zero := x.g.Scalar(0)
	positive := Less(zero, x)
	minusAbs := Select(positive, Neg(x), x)
	return Add(Select(positive, x, zero), Log1p(Exp(minusAbs)))
}

// LogSoftmax returns x − log Σ exp x along an axis.
func LogSoftmax(x *Node, axis int) *Node {
	// The result does not depend on what is subtracted from x, so neither do
	// its derivatives: the maximum may count as a constant.
	shifted := Sub(x, Stop(MaxKeep(x, axis)))
	return Sub(shifted, Log(SumKeep(Exp(shifted), axis)))
}

// CrossEntropy returns −log softmax(z)[label] along an axis of logits z, for
// labels that are whole numbers from 0 on, in the shape of z without the axis;
// the result has 1 there. Its mean over all axes is the loss of a classifier.
func CrossEntropy(z, labels *Node, axis int) *Node {
	if axis < 0 || axis >= z.Rank() {
		fail("cross-entropy", "shape %v has no axis %d for classes", z.shape, axis)
	}
	shape := slices.Clone(z.shape)
	shape[axis] = 1
	return Neg(TakeAlong(LogSoftmax(z, axis), Reshape(labels, shape...), axis))
}

// Softmax returns exp x / Σ exp x along an axis.
func Softmax(x *Node, axis int) *Node {
	e := Exp(Sub(x, Stop(MaxKeep(x, axis))))
	return Mul(e, Reciprocal(SumKeep(e, axis)))
}
