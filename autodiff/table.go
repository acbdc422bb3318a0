package autodiff

import (
	"math"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/loop"
)

// table has one row for each primitive. Derivative rules speak only in graph
// builders; broadcasting, summing of contributions and skipping of zeros happen
// in the walkers of jvp.go and vjp.go, and in tangent.go.
var table = [opCount]Primitive{
	OpVariable: {Name: "variable", shape: leafShape},
	OpConst:    {Name: "const", shape: leafShape},

	// Elementwise, one operand. n is the node f(x), so rules can use the result.
	OpNeg: {Name: "neg", Arity: 1, shape: sameShape, samples: sampleReal1(Neg),
		block:  kernels{F32: unaryLoop(kernel.Float32.Neg), F64: unaryLoop(kernel.Neg[float64]), Op: loop.Neg},
		linear: []int{0}, signs: []float64{-1}, transpose: func(_ *Node, _ int, dy *Node) *Node { return Neg(dy) }},
	OpExp: {Name: "exp", Arity: 1, cost: 3, byResult: true, shape: sameShape, samples: sampleReal1(Exp),
		block:   kernels{F32: unaryLoop(kernel.Float32.Exp), F64: unaryLoop(kernel.Exp[float64]), Op: loop.Exp},
		partial: func(n *Node, _ int) *Node { return n }},
	OpLog: {Name: "log", Arity: 1, cost: 6, poles: true, shape: sameShape, samples: samplePositive1(Log),
		block:   kernels{F32: unaryLoop(kernel.Float32.Log), F64: unaryLoop(kernel.Log[float64])},
		partial: func(n *Node, _ int) *Node { return Reciprocal(n.in[0]) }},
	OpLog1p: {Name: "log1p", Arity: 1, cost: 6, poles: true, shape: sameShape, samples: samplePositive1(Log1p),
		block:   kernels{F32: unaryLoop(kernel.Float32.Log1p), F64: unaryLoop(kernel.Log1p[float64])},
		partial: func(n *Node, _ int) *Node { return Reciprocal(Add(n.in[0], n.g.Scalar(1))) }},
	OpExpm1: {Name: "expm1", Arity: 1, cost: 4, shape: sameShape, samples: sampleReal1(Expm1),
		block:   kernels{F32: unaryLoop(kernel.Float32.Expm1), F64: unaryLoop(kernel.Expm1[float64])},
		partial: func(n *Node, _ int) *Node { return Exp(n.in[0]) }},
	OpSqrt: {Name: "sqrt", Arity: 1, cost: 2, poles: true, byResult: true, shape: sameShape, samples: samplePositive1(Sqrt),
		block:   kernels{F32: unaryLoop(kernel.Float32.Sqrt), F64: unaryLoop(kernel.Sqrt[float64]), Op: loop.Sqrt},
		partial: func(n *Node, _ int) *Node { return Mul(n.g.Scalar(0.5), Reciprocal(n)) }},
	OpReciprocal: {Name: "reciprocal", Arity: 1, cost: 2, poles: true, byResult: true, shape: sameShape, samples: samplePositive1(Reciprocal),
		block:   kernels{F32: unaryLoop(kernel.Float32.Reciprocal), F64: unaryLoop(kernel.Reciprocal[float64]), Op: loop.Reciprocal},
		partial: func(n *Node, _ int) *Node { return Neg(Mul(n, n)) }},
	OpTanh: {Name: "tanh", Arity: 1, cost: 6, byResult: true, shape: sameShape, samples: sampleReal1(Tanh),
		block:   kernels{F32: unaryLoop(kernel.Float32.Tanh), F64: unaryLoop(kernel.Tanh[float64]), Op: loop.Tanh},
		partial: func(n *Node, _ int) *Node { return Sub(n.g.Scalar(1), Mul(n, n)) }},
	OpLogistic: {Name: "logistic", Arity: 1, cost: 4, byResult: true, shape: sameShape, samples: sampleReal1(Logistic),
		block:   kernels{F32: unaryLoop(kernel.Float32.Logistic), F64: unaryLoop(kernel.Logistic[float64]), Op: loop.Logistic},
		partial: func(n *Node, _ int) *Node { return Mul(n, Sub(n.g.Scalar(1), n)) }},
	OpErf: {Name: "erf", Arity: 1, cost: 8, shape: sameShape, samples: sampleReal1(Erf),
		block: kernels{F32: unaryLoop(kernel.Float32.Erf), F64: unaryLoop(kernel.Erf[float64]), Op: loop.Erf},
		partial: func(n *Node, _ int) *Node {
			x := n.in[0]
			return Mul(n.g.Scalar(2/math.Sqrt(math.Pi)), Exp(Neg(Mul(x, x))))
		}},
	OpSin: {Name: "sin", Arity: 1, cost: 250, shape: sameShape, samples: sampleReal1(Sin),
		block:   kernels{F32: unaryLoop(kernel.Float32.Sin), F64: unaryLoop(kernel.Sin[float64])},
		partial: func(n *Node, _ int) *Node { return Cos(n.in[0]) }},
	OpCos: {Name: "cos", Arity: 1, cost: 250, shape: sameShape, samples: sampleReal1(Cos),
		block:   kernels{F32: unaryLoop(kernel.Float32.Cos), F64: unaryLoop(kernel.Cos[float64])},
		partial: func(n *Node, _ int) *Node { return Neg(Sin(n.in[0])) }},
	OpAsin: {Name: "asin", Arity: 1, cost: 500, poles: true, shape: sameShape, samples: sampleFraction1(Asin),
		block: kernels{F32: unaryLoop(kernel.Asin[float32]), F64: unaryLoop(kernel.Asin[float64])},
		// (1−x)(1+x) and not 1−x²: near ±1 that would lose what is left.
		partial: func(n *Node, _ int) *Node {
			x, one := n.in[0], n.g.Scalar(1)
			return Reciprocal(Sqrt(Mul(Sub(one, x), Add(one, x))))
		}},
	OpAtan: {Name: "atan", Arity: 1, cost: 500, shape: sameShape, samples: sampleReal1(Atan),
		block: kernels{F32: unaryLoop(kernel.Atan[float32]), F64: unaryLoop(kernel.Atan[float64])},
		partial: func(n *Node, _ int) *Node {
			return Reciprocal(Add(n.g.Scalar(1), Mul(n.in[0], n.in[0])))
		}},
	OpAsinh: {Name: "asinh", Arity: 1, cost: 500, shape: sameShape, samples: sampleReal1(Asinh),
		block: kernels{F32: unaryLoop(kernel.Asinh[float32]), F64: unaryLoop(kernel.Asinh[float64])},
		partial: func(n *Node, _ int) *Node {
			return Reciprocal(Sqrt(Add(n.g.Scalar(1), Mul(n.in[0], n.in[0]))))
		}},
	OpAbs: {Name: "abs", Arity: 1, shape: sameShape, samples: sampleReal1(Abs),
		block:   kernels{F32: unaryLoop(kernel.Float32.Abs), F64: unaryLoop(kernel.Abs[float64]), Op: loop.Abs},
		partial: func(n *Node, _ int) *Node { return Sign(n.in[0]) },
		gate:    func(n *Node, _ int) gate { return gate{n.in[0], true} }},
	OpSign: {Name: "sign", Arity: 1, shape: sameShape, samples: sampleReal1(Sign),
		block: kernels{F32: unaryLoop(kernel.Float32.Sign), F64: unaryLoop(kernel.Sign[float64]), Op: loop.Sign}},
	OpFloor: {Name: "floor", Arity: 1, shape: sameShape, samples: sampleReal1(Floor),
		block: kernels{F32: unaryLoop(kernel.Float32.Floor), F64: unaryLoop(kernel.Floor[float64]), Op: loop.Floor}},
	OpCeil: {Name: "ceil", Arity: 1, shape: sameShape, samples: sampleReal1(Ceil),
		block: kernels{F32: unaryLoop(kernel.Float32.Ceil), F64: unaryLoop(kernel.Ceil[float64]), Op: loop.Ceil}},
	OpRound: {Name: "round", Arity: 1, shape: sameShape, samples: sampleReal1(Round),
		block: kernels{F32: unaryLoop(kernel.Float32.Round), F64: unaryLoop(kernel.Round[float64]), Op: loop.Round}},
	OpReLU: {Name: "relu", Arity: 1, byResult: true, shape: sameShape, samples: sampleReal1(ReLU),
		block: kernels{F32: func(dst, a, _, _ []float32) { kernel.Float32.Max(dst, a, zero32[:]) }, F64: unaryLoop(kernel.ReLU[float64]), Op: loop.ReLU},
		// By the result, not by x: that need not be kept for the backward pass.
		partial: partialOne, gate: func(n *Node, _ int) gate { return gate{n, true} }},
	OpStop: {Name: "stop", Arity: 1, shape: sameShape, samples: sampleReal1(Stop), portion: portionSame, view: viewSame},

	// Elementwise, two and three operands.
	OpAdd: {Name: "add", Arity: 2, shape: sameShape, commutes: true, samples: sampleReal2(Add),
		block: kernels{F32: binaryLoop(kernel.Float32.Add), F64: binaryLoop(kernel.Add[float64]), Op: loop.Add},
		with: map[Op]kernels{
			OpAdd: {F32: kernel.Float32.AddAdd, F64: kernel.AddAdd[float64]},
			OpMul: {F32: kernel.Float32.MulAdd, F64: kernel.MulAdd[float64]},
		},
		linear: []int{0, 1}, joint: true, signs: []float64{1, 1},
		transpose: func(_ *Node, _ int, dy *Node) *Node { return dy }},
	OpSub: {Name: "sub", Arity: 2, shape: sameShape, samples: sampleReal2(Sub),
		block:  kernels{F32: binaryLoop(kernel.Float32.Sub), F64: binaryLoop(kernel.Sub[float64]), Op: loop.Sub},
		linear: []int{0, 1}, joint: true, signs: []float64{1, -1},
		transpose: func(_ *Node, i int, dy *Node) *Node {
			if i == 1 {
				return Neg(dy)
			}
			return dy
		}},
	OpMul: {Name: "mul", Arity: 2, shape: sameShape, commutes: true, samples: sampleReal2(Mul),
		block: kernels{F32: binaryLoop(kernel.Float32.Mul), F64: binaryLoop(kernel.Mul[float64]), Op: loop.Mul},
		with: map[Op]kernels{
			OpAdd: {F32: kernel.Float32.AddMul, F64: kernel.AddMul[float64]},
			OpSub: {F32: kernel.Float32.SubMul, F64: kernel.SubMul[float64]},
			OpMul: {F32: kernel.Float32.MulMul, F64: kernel.MulMul[float64]},
		},
		curved:  func(n *Node) bool { return !isStatic(n.in[0]) && !isStatic(n.in[1]) },
		partial: func(n *Node, i int) *Node { return n.in[1-i] }},
	OpDiv: {Name: "div", Arity: 2, cost: 2, poles: true, shape: sameShape, samples: samplePositive2(Div),
		block:  kernels{F32: binaryLoop(kernel.Float32.Div), F64: binaryLoop(kernel.Div[float64]), Op: loop.Div},
		curved: func(n *Node) bool { return !isStatic(n.in[1]) },
		partial: func(n *Node, i int) *Node {
			r := Reciprocal(n.in[1])
			if i == 1 {
				return Neg(Mul(n, r))
			}
			return r
		}},
	OpPow: {Name: "pow", Arity: 2, cost: 500, poles: true, shape: sameShape, samples: samplePositive2(Pow),
		block:   kernels{F32: binaryLoop(kernel.Float32.Pow), F64: binaryLoop(kernel.Pow[float64])},
		partial: powPartial},
	OpMax: {Name: "max", Arity: 2, shape: sameShape, samples: sampleReal2(Max),
		block:   kernels{F32: binaryLoop(kernel.Float32.Max), F64: binaryLoop(kernel.Max[float64]), Op: loop.Max},
		partial: partialOne, gate: func(n *Node, i int) gate { return gate{LessEqual(n.in[1], n.in[0]), i == 0} }},
	OpMin: {Name: "min", Arity: 2, shape: sameShape, samples: sampleReal2(Min),
		block:   kernels{F32: binaryLoop(kernel.Float32.Min), F64: binaryLoop(kernel.Min[float64]), Op: loop.Min},
		partial: partialOne, gate: func(n *Node, i int) gate { return gate{LessEqual(n.in[0], n.in[1]), i == 0} }},
	OpEqual: {Name: "equal", Arity: 2, shape: sameShape, commutes: true, samples: sampleReal2(Equal),
		block: kernels{F32: binaryLoop(kernel.Float32.Equal), F64: binaryLoop(kernel.Equal[float64]), Op: loop.Equal}},
	OpLess: {Name: "less", Arity: 2, shape: sameShape, samples: sampleReal2(Less),
		block: kernels{F32: binaryLoop(kernel.Float32.Less), F64: binaryLoop(kernel.Less[float64]), Op: loop.Less}},
	OpLessEqual: {Name: "lessequal", Arity: 2, shape: sameShape, samples: sampleReal2(LessEqual),
		block: kernels{F32: binaryLoop(kernel.Float32.LessEqual), F64: binaryLoop(kernel.LessEqual[float64]), Op: loop.LessEqual}},
	OpSelect: {Name: "select", Arity: 3, shape: sameShape, samples: sampleSelect,
		block:  kernels{F32: kernel.Float32.Select, F64: kernel.Select[float64], Op: loop.Select},
		linear: []int{1, 2}, joint: true,
		transpose: func(n *Node, i int, dy *Node) *Node {
			zero := n.g.Scalar(0)
			if i == 1 {
				return Select(n.in[0], dy, zero)
			}
			return Select(n.in[0], zero, dy)
		}},

	// Broadcasting and reductions.
	OpBroadcast: {Name: "broadcast", Arity: 1, shape: broadcastShape, samples: sampleBroadcast, portion: portionBroadcast,
		view:   viewBroadcast,
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return Sum(dy, complement(n.attr.(broadcastAttr).Axes, n.Rank())...)
		}},
	OpSum: {Name: "sum", Arity: 1, shape: reduceShape, samples: sampleSum, portion: portionSum,
		bind:    binders{bindSum[float32], bindSum[float64]},
		arrange: arrangeSum,
		linear:  []int{0}, turns: true, transpose: func(n *Node, _ int, dy *Node) *Node {
			x := n.in[0]
			return Broadcast(dy, x.shape, complement(n.attr.(axesAttr), x.Rank()))
		}},
	OpArgMax: {Name: "argmax", Arity: 1, shape: dropAxisShape, samples: sampleArgMax, portion: portionArgMax,
		bind: binders{bindArgMax[float32], bindArgMax[float64]}},
	OpArgSort: {Name: "argsort", Arity: 1, shape: argSortShape, samples: sampleArgSort, portion: portionArgSort,
		bind: binders{bindArgSort[float32], bindArgSort[float64]}},
	OpCumSum: {Name: "cumsum", Arity: 1, shape: cumShape, samples: sampleCumSum, portion: portionCumSum,
		bind:   binders{bindCumSum[float32], bindCumSum[float64]},
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			a := n.attr.(cumAttr)
			return CumSum(dy, a.Axis, a.Exclusive, !a.Reverse)
		}},

	// Products: each is linear in both operands, and each family is closed
	// under transposition.
	OpDot: {Name: "dot", Arity: 2, shape: dotShape, samples: sampleDot, portion: portionDot,
		bind: binders{bindDot(kernel.Gemm32), bindDot(kernel.Gemm[float64])}, stacked: stackedDot,
		multiplyAdds: dotMultiplyAdds, fans: dotFans,
		linear: []int{0, 1}, transpose: dotTranspose},
	OpConv: {Name: "conv", Arity: 2, shape: convShape, samples: sampleConv, portion: portionImages,
		bind: binders{bindSingle(stackedConv), bindConv(kernel.ConvForward[float64])}, stacked: stackedConv,
		multiplyAdds: func(n *Node) int64 { return convMultiplyAdds(n, n.in[1]) }, fans: convFans,
		arrange: arrangeConv,
		linear:  []int{0, 1}, transpose: func(n *Node, i int, dy *Node) *Node {
			x, w, spec := n.in[0], n.in[1], n.attr.(convAttr).ConvSpec
			if i == 0 {
				return ConvInput(dy, w, spec, x.shape[2:])
			}
			return ConvFilter(x, dy, spec, w.shape[2:])
		}},
	OpConvInput: {Name: "convinput", Arity: 2, shape: convInputShape, samples: sampleConvInput, portion: portionImages,
		bind: binders{bindSingle(stackedConvInput), bindConvInput(kernel.ConvInput[float64])}, stacked: stackedConvInput,
		multiplyAdds: func(n *Node) int64 { return convMultiplyAdds(n.in[0], n.in[1]) }, fans: convInputFans,
		arrange: arrangeConv,
		linear:  []int{0, 1}, transpose: func(n *Node, i int, dx *Node) *Node {
			dy, w, spec := n.in[0], n.in[1], n.attr.(convAttr).ConvSpec
			if i == 0 {
				return Conv(dx, w, spec)
			}
			return ConvFilter(dx, dy, spec, w.shape[2:])
		}},
	OpConvFilter: {Name: "convfilter", Arity: 2, shape: convFilterShape, samples: sampleConvFilter,
		bind:         binders{bindConvFilter(kernel.ConvFilterCL), bindConvFilter(kernel.ConvFilter[float64])},
		multiplyAdds: func(n *Node) int64 { return convMultiplyAdds(n.in[1], n) },
		arrange:      arrangeConv,
		linear:       []int{0, 1}, transpose: func(n *Node, i int, dw *Node) *Node {
			x, dy, spec := n.in[0], n.in[1], n.attr.(convAttr).ConvSpec
			if i == 0 {
				return ConvInput(dy, dw, spec, x.shape[2:])
			}
			return Conv(x, dw, spec)
		}},
	OpWindowArgMax: {Name: "windowargmax", Arity: 1, shape: windowShape, samples: sampleWindow(WindowArgMax), portion: portionPlanes,
		bind:    binders{bindWindowArgMax[float32], bindWindowArgMax[float64]},
		arrange: arrangeWindow},
	OpWindowSum: {Name: "windowsum", Arity: 1, shape: windowShape, samples: sampleWindow(WindowSum), portion: portionPlanes,
		bind:    binders{bindWindowSum[float32], bindWindowSum[float64]},
		arrange: arrangeWindow,
		linear:  []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return windowSpread(dy, n.attr.(windowAttr).Window, n.in[0].shape[2:])
		}},
	OpWindowSpread: {Name: "windowspread", Arity: 1, shape: windowSpreadShape, samples: sampleWindowSpread, portion: portionPlanes,
		bind:    binders{bindWindowSpread[float32], bindWindowSpread[float64]},
		arrange: arrangeWindow,
		linear:  []int{0}, transpose: func(n *Node, _ int, dx *Node) *Node {
			return WindowSum(dx, n.attr.(windowAttr).Window)
		}},
	OpWindowTake: {Name: "windowtake", Arity: 2, shape: windowTakeShape, samples: sampleWindowTake, portion: portionPlanes,
		bind:    binders{bindWindowTake[float32], bindWindowTake[float64]},
		arrange: arrangeWindow,
		linear:  []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return windowScatter(dy, n.in[1], n.in[0].shape[2:])
		}},
	OpWindowScatter: {Name: "windowscatter", Arity: 2, shape: windowScatterShape, samples: sampleWindowScatter, portion: portionPlanes,
		bind:    binders{bindWindowScatter[float32], bindWindowScatter[float64]},
		arrange: arrangeWindow,
		linear:  []int{0}, transpose: func(n *Node, _ int, dx *Node) *Node {
			return windowTake(dx, n.in[1])
		}},

	// Moving.
	OpReshape: {Name: "reshape", Arity: 1, shape: reshapeShape, samples: sampleReshape, portion: portionReshape,
		view:   viewReshape,
		linear: []int{0}, turns: true, transpose: func(n *Node, _ int, dy *Node) *Node {
			return Reshape(dy, n.in[0].shape...)
		}},
	OpTranspose: {Name: "transpose", Arity: 1, shape: transposeShape, samples: sampleTranspose, portion: portionTranspose,
		view:   viewTranspose,
		linear: []int{0}, turns: true, transpose: func(n *Node, _ int, dy *Node) *Node {
			return Transpose(dy, inverse(n.attr.(axesAttr))...)
		}},
	OpSlice: {Name: "slice", Arity: 1, shape: sliceShape, samples: sampleSlice, portion: portionSlice,
		view:   viewSlice,
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return sliced{n.attr.(sliceAttr), dy}.padded(0, n.Rank(), n.in[0].shape)
		}},
	OpReverse: {Name: "reverse", Arity: 1, shape: reverseShape, samples: sampleReverse, portion: portionReverse,
		view:   viewReverse,
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return Reverse(dy, n.attr.(axesAttr)...)
		}},
	OpPad: {Name: "pad", Arity: 1, shape: padShape, samples: samplePad, portion: portionPad,
		bind:    binders{bindPad[float32], bindPad[float64]},
		arrange: arrangeCopy,
		linear:  []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return unpad(dy, n.attr.(padAttr), n.in[0].shape)
		}},
	OpConcat: {Name: "concat", Arity: -1, shape: concatShape, samples: sampleConcat, portion: portionConcat,
		bind:    binders{bindConcat[float32], bindConcat[float64]},
		arrange: arrangeCopy,
		joint:   true, transpose: concatTranspose},
	OpTake: {Name: "take", Arity: 2, shape: takeShape, samples: sampleTake, portion: portionTake,
		bind:   binders{bindTake[float32], bindTake[float64]},
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			axis := n.attr.(axisAttr).Axis
			return Scatter(dy, n.in[1], axis, n.in[0].shape[axis])
		}},
	OpScatter: {Name: "scatter", Arity: 2, shape: scatterShape, samples: sampleScatter, portion: portionScatter,
		bind:   binders{bindScatter[float32], bindScatter[float64]},
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return Take(dy, n.in[1], n.attr.(axisAttr).Axis)
		}},
	OpTakeAlong: {Name: "takealong", Arity: 2, shape: takeAlongShape, samples: sampleTakeAlong, portion: portionAlong,
		bind:   binders{bindTakeAlong[float32], bindTakeAlong[float64]},
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			axis := n.attr.(axisAttr).Axis
			return ScatterAlong(dy, n.in[1], axis, n.in[0].shape[axis])
		}},
	OpScatterAlong: {Name: "scatteralong", Arity: 2, shape: scatterAlongShape, samples: sampleScatterAlong, portion: portionAlong,
		bind:   binders{bindScatterAlong[float32], bindScatterAlong[float64]},
		linear: []int{0}, transpose: func(n *Node, _ int, dy *Node) *Node {
			return TakeAlong(dy, n.in[1], n.attr.(axisAttr).Axis)
		}},
}

// partialOne is the derivative of what selects: 1 where its gate is open.
func partialOne(n *Node, _ int) *Node { return n.g.Scalar(1) }

// powPartial is b·a^(b−1) and a^b·log a; the latter is taken as 0 where a ≤ 0,
// where the power has no real derivative by its exponent.
func powPartial(n *Node, i int) *Node {
	a, b, one := n.in[0], n.in[1], n.g.Scalar(1)
	if i == 0 {
		return gate{b, true}.pass(Mul(b, Pow(a, Sub(b, one))))
	}
	positive := Less(n.g.Scalar(0), a)
	return Select(positive, Mul(n, Log(Select(positive, a, one))), n.g.Scalar(0))
}

// zero32 is the other operand of the maximum that ReLU is.
var zero32 [1]float32

func unaryLoop[T kernel.Float](f func(dst, a []T)) func(dst, a, b, c []T) {
	return func(dst, a, _, _ []T) { f(dst, a) }
}

func binaryLoop[T kernel.Float](f func(dst, a, b []T)) func(dst, a, b, c []T) {
	return func(dst, a, b, _ []T) { f(dst, a, b) }
}
