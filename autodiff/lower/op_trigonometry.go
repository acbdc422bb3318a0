package lower

import "onnx-metainit/autodiff"

// The functions below are composed so that they keep their digits near 0 and at the ends of their domains.

var trigonometryRows = []operator{
	{name: "Acos", since: 7, inputs: arity{1, 1}, lower: unary(acos)},
	{name: "Acosh", since: 9, inputs: arity{1, 1}, lower: unary(acosh)},
	{name: "Atanh", since: 9, inputs: arity{1, 1}, lower: unary(atanh)},
	{name: "Cosh", since: 9, inputs: arity{1, 1}, lower: unary(cosh)},
	{name: "Sinh", since: 9, inputs: arity{1, 1}, lower: unary(sinh)},
	{name: "Tan", since: 7, inputs: arity{1, 1}, lower: unary(tan)},
}

func tan(x *autodiff.Node) *autodiff.Node { return autodiff.Div(autodiff.Sin(x), autodiff.Cos(x)) }

// sinh is (a + a/(a+1))/2 with a = eˣ − 1, accurate near 0.
func sinh(x *autodiff.Node) *autodiff.Node {
	a := autodiff.Expm1(x)
	return scale(autodiff.Add(a, autodiff.Div(a, shift(a, 1))), 0.5)
}

func cosh(x *autodiff.Node) *autodiff.Node {
	return scale(autodiff.Add(autodiff.Exp(x), autodiff.Exp(autodiff.Neg(x))), 0.5)
}

// acos is 2·atan √((1−x)/(1+x)), accurate near 1.
func acos(x *autodiff.Node) *autodiff.Node {
	one := scalarOf(x, 1)
	half := autodiff.Sqrt(autodiff.Div(autodiff.Sub(one, x), autodiff.Add(one, x)))
	return scale(autodiff.Atan(half), 2)
}

// acosh is log(1 + t + √t·√(t+2)) with t = x − 1, accurate near 1.
func acosh(x *autodiff.Node) *autodiff.Node {
	t := shift(x, -1)
	root := autodiff.Mul(autodiff.Sqrt(t), autodiff.Sqrt(shift(t, 2)))
	return autodiff.Log1p(autodiff.Add(t, root))
}

// atanh is (log(1+x) − log(1−x))/2.
func atanh(x *autodiff.Node) *autodiff.Node {
	return scale(autodiff.Sub(autodiff.Log1p(x), autodiff.Log1p(autodiff.Neg(x))), 0.5)
}
