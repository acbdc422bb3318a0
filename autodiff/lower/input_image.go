package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

// image is what a node's elements are where the input's elements are 0, 1 and 2, NaN where they are not known to be a
// function of one element.
type image [3]float64

var unclear = image{math.NaN(), math.NaN(), math.NaN()}

// blurred is the image of what is no function of one element.
func blurred() *image {
	im := unclear
	return &im
}

// imageOf returns the image of a traced node, or of a constant: the greatest of its elements stands for all, as in a mask that is
// 1 or 0 at the places that stay open.
func (t *tracer) imageOf(n *autodiff.Node) image {
	if im := t.images[n.ID()]; im != nil {
		return *im
	}
	for n.Op() == autodiff.OpBroadcast {
		n = n.Operands()[0]
	}
	data, ok := n.Value()
	if !ok || len(data) == 0 {
		return unclear
	}
	v := slices.Max(data)
	return image{v, v, v}
}

// map1 is the image of an operation of one operand.
func (t *tracer) map1(op autodiff.Op, x *autodiff.Node) *image {
	var f func(float64) float64
	switch op {
	case autodiff.OpNeg:
		f = func(v float64) float64 { return -v }
	case autodiff.OpAbs:
		f = math.Abs
	case autodiff.OpFloor:
		f = math.Floor
	case autodiff.OpCeil:
		f = math.Ceil
	case autodiff.OpRound:
		f = math.RoundToEven
	case autodiff.OpReLU:
		f = func(v float64) float64 { return math.Max(v, 0) }
	case autodiff.OpSign:
		f = func(v float64) float64 { return indicator(v > 0) - indicator(v < 0) }
	case autodiff.OpLog:
		f = math.Log
	default:
		return blurred()
	}
	at := t.imageOf(x)
	return &image{f(at[0]), f(at[1]), f(at[2])}
}

// map2 is the image of an operation of two operands.
func (t *tracer) map2(op autodiff.Op, a, b *autodiff.Node) *image {
	var f func(x, y float64) float64
	switch op {
	case autodiff.OpAdd:
		f = func(x, y float64) float64 { return x + y }
	case autodiff.OpSub:
		f = func(x, y float64) float64 { return x - y }
	case autodiff.OpMul:
		f = func(x, y float64) float64 { return x * y }
	case autodiff.OpDiv:
		f = func(x, y float64) float64 { return x / y }
	case autodiff.OpMax:
		f = math.Max
	case autodiff.OpMin:
		f = math.Min
	case autodiff.OpPow:
		f = math.Pow
	case autodiff.OpEqual:
		f = func(x, y float64) float64 { return indicator(x == y) }
	case autodiff.OpLess:
		f = func(x, y float64) float64 { return indicator(x < y) }
	case autodiff.OpLessEqual:
		f = func(x, y float64) float64 { return indicator(x <= y) }
	}
	x, y := t.imageOf(a), t.imageOf(b)
	im := unclear
	for i := range im {
		if x[i] == x[i] && y[i] == y[i] {
			im[i] = f(x[i], y[i])
		}
	}
	return &im
}

func indicator(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}
