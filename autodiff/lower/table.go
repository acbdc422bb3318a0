package lower

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
)

// operator is one row of the table: an ONNX operator and how it is lowered. Adding an operator is adding a row.
type operator struct {
	name   string
	domain string // "" for ONNX's own
	since  int    // the first version of the operator that is understood; the lowering reads call.op.opset where later ones differ
	min    int    // inputs that are needed
	max    int    // inputs that there can be; many: any number
	lower  lowering
	known  []int // inputs that must be known while building: shapes, axes, sizes
}

const many = -1

// table lists the operators. It is a function because lowerings of subgraphs use it themselves.
func table() []operator {
	return []operator{
		// Elementwise.
		{"Abs", "", 1, 1, 1, unary(autodiff.Abs), nil},
		{"Add", "", 1, 2, 2, binary(autodiff.Add), nil},
		{"And", "", 1, 2, 2, compare(autodiff.And), nil},
		{"Cast", "", 1, 1, 1, byVersion(lowerCast1, 6, lowerCast), nil},
		{"CastLike", "", 15, 2, 2, lowerCastLike, []int{1}},
		{"Ceil", "", 1, 1, 1, unary(autodiff.Ceil), nil},
		{"Clip", "", 1, 1, 3, lowerClip, nil},
		{"Cos", "", 7, 1, 1, unary(autodiff.Cos), nil},
		{"Cosh", "", 9, 1, 1, unary(cosh), nil},
		{"Div", "", 1, 2, 2, lowerDiv, nil},
		{"Dropout", "", 1, 1, 3, lowerDropout, []int{1, 2}},
		{"Equal", "", 1, 2, 2, compare(autodiff.Equal), nil},
		{"Erf", "", 9, 1, 1, unary(autodiff.Erf), nil},
		{"Exp", "", 1, 1, 1, unary(autodiff.Exp), nil},
		{"Floor", "", 1, 1, 1, unary(autodiff.Floor), nil},
		{"Greater", "", 1, 2, 2, compare(greater), nil},
		{"GreaterOrEqual", "", 12, 2, 2, compare(greaterOrEqual), nil},
		{"Identity", "", 1, 1, 1, lowerIdentity, nil},
		{"IsInf", "", 10, 1, 1, lowerIsInf, nil},
		{"IsNaN", "", 9, 1, 1, lowerIsNaN, nil},
		{"Less", "", 1, 2, 2, compare(autodiff.Less), nil},
		{"LessOrEqual", "", 12, 2, 2, compare(autodiff.LessEqual), nil},
		{"Log", "", 1, 1, 1, lowerLog, nil},
		{"Max", "", 1, 1, many, variadic(autodiff.Max), nil},
		{"Mean", "", 1, 1, many, lowerMean, nil},
		{"Min", "", 1, 1, many, variadic(autodiff.Min), nil},
		{"Mod", "", 10, 2, 2, lowerMod, nil},
		{"Mul", "", 1, 2, 2, binary(autodiff.Mul), nil},
		{"Neg", "", 1, 1, 1, unary(autodiff.Neg), nil},
		{"Not", "", 1, 1, 1, lowerNot, nil},
		{"Or", "", 1, 2, 2, compare(autodiff.Or), nil},
		{"Pow", "", 1, 2, 2, lowerPow, nil},
		{"Reciprocal", "", 1, 1, 1, unary(autodiff.Reciprocal), nil},
		{"Round", "", 11, 1, 1, unary(autodiff.Round), nil},
		{"Sign", "", 9, 1, 1, unary(autodiff.Sign), nil},
		{"Sin", "", 7, 1, 1, unary(autodiff.Sin), nil},
		{"Sinh", "", 9, 1, 1, unary(sinh), nil},
		{"Sqrt", "", 1, 1, 1, unary(autodiff.Sqrt), nil},
		{"Sub", "", 1, 2, 2, binary(autodiff.Sub), nil},
		{"Sum", "", 1, 1, many, variadic(autodiff.Add), nil},
		{"Tan", "", 7, 1, 1, unary(tan), nil},
		{"Where", "", 9, 3, 3, lowerWhere, nil},
		{"Xor", "", 1, 2, 2, compare(xor), nil},

		// Activations.
		{"Celu", "", 12, 1, 1, lowerCelu, nil},
		{"Elu", "", 1, 1, 1, lowerElu, nil},
		{"Gelu", "", 20, 1, 1, lowerGelu, nil},
		{"HardSigmoid", "", 1, 1, 1, lowerHardSigmoid, nil},
		{"HardSwish", "", 14, 1, 1, unary(hardSwish), nil},
		{"Hardmax", "", 1, 1, 1, lowerHardmax, nil},
		{"LeakyRelu", "", 1, 1, 1, lowerLeakyRelu, nil},
		{"LogSoftmax", "", 1, 1, 1, softmax("LogSoftmax", autodiff.LogSoftmax), nil},
		{"Mish", "", 18, 1, 1, unary(mish), nil},
		{"PRelu", "", 1, 2, 2, lowerPRelu, nil},
		{"Relu", "", 1, 1, 1, unary(autodiff.ReLU), nil},
		{"Selu", "", 1, 1, 1, lowerSelu, nil},
		{"Shrink", "", 9, 1, 1, lowerShrink, nil},
		{"Sigmoid", "", 1, 1, 1, lowerSigmoid, nil},
		{"Softmax", "", 1, 1, 1, softmax("Softmax", autodiff.Softmax), nil},
		{"Softplus", "", 1, 1, 1, unary(autodiff.Softplus), nil},
		{"Softsign", "", 1, 1, 1, unary(softsign), nil},
		{"Swish", "", 24, 1, 1, lowerSwish, nil},
		{"Tanh", "", 1, 1, 1, unary(autodiff.Tanh), nil},
		{"ThresholdedRelu", "", 10, 1, 1, lowerThresholdedRelu, nil},

		// Reductions.
		{"ArgMax", "", 1, 1, 1, argMax(itself), nil},
		{"ArgMin", "", 1, 1, 1, argMax(autodiff.Neg), nil},
		{"CumSum", "", 11, 2, 2, lowerCumSum, []int{1}},
		{"ReduceL1", "", 1, 1, 2, reduce(reduceL1), []int{1}},
		{"ReduceL2", "", 1, 1, 2, reduce(reduceL2), []int{1}},
		{"ReduceLogSum", "", 1, 1, 2, reduce(reduceLogSum), []int{1}},
		{"ReduceLogSumExp", "", 1, 1, 2, reduce(reduceLogSumExp), []int{1}},
		{"ReduceMax", "", 1, 1, 2, reduce(reduceMax), []int{1}},
		{"ReduceMean", "", 1, 1, 2, reduce(autodiff.Mean), []int{1}},
		{"ReduceMin", "", 1, 1, 2, reduce(reduceMin), []int{1}},
		{"ReduceProd", "", 1, 1, 2, reduce(reduceProd), []int{1}},
		{"ReduceSum", "", 1, 1, 2, reduce(autodiff.Sum), []int{1}},
		{"ReduceSumSquare", "", 1, 1, 2, reduce(reduceSumSquare), []int{1}},

		// Shapes and moving.
		{"Concat", "", 1, 1, many, lowerConcat, nil},
		{"ConstantOfShape", "", 9, 1, 1, lowerConstantOfShape, []int{0}},
		{"DepthToSpace", "", 1, 1, 1, lowerDepthToSpace, nil},
		{"Expand", "", 8, 2, 2, lowerExpand, []int{1}},
		{"EyeLike", "", 9, 1, 1, lowerEyeLike, []int{0}},
		{"Flatten", "", 1, 1, 1, lowerFlatten, nil},
		{"Pad", "", 1, 1, 4, lowerPad, []int{1, 2, 3}},
		{"Range", "", 11, 3, 3, lowerRange, []int{0, 1, 2}},
		{"Reshape", "", 1, 1, 2, lowerReshape, []int{1}},
		{"Resize", "", 10, 1, 4, lowerResize, []int{1, 2, 3}},
		{"Shape", "", 1, 1, 1, lowerShape, []int{0}},
		{"Size", "", 1, 1, 1, lowerSize, []int{0}},
		{"Slice", "", 1, 1, 5, lowerSlice, []int{1, 2, 3, 4}},
		{"SpaceToDepth", "", 1, 1, 1, lowerSpaceToDepth, nil},
		{"Split", "", 2, 1, 2, lowerSplit, []int{1}},
		{"Squeeze", "", 1, 1, 2, lowerSqueeze, []int{1}},
		{"Tile", "", 6, 2, 2, lowerTile, []int{1}},
		{"Transpose", "", 1, 1, 1, lowerTranspose, nil},
		{"Trilu", "", 14, 1, 2, lowerTrilu, []int{1}},
		{"Unsqueeze", "", 1, 1, 2, lowerUnsqueeze, []int{1}},
		{"Upsample", "", 1, 1, 2, lowerResize, []int{1}},

		// Indexing.
		{"Compress", "", 9, 2, 2, lowerCompress, []int{1}},
		{"Gather", "", 1, 2, 2, lowerGather, nil},
		{"GatherElements", "", 11, 2, 2, lowerGatherElements, nil},
		{"GatherND", "", 11, 2, 2, lowerGatherND, nil},
		{"NonZero", "", 9, 1, 1, lowerNonZero, []int{0}},
		{"OneHot", "", 9, 3, 3, lowerOneHot, []int{1}},
		{"ReverseSequence", "", 10, 2, 2, lowerReverseSequence, nil},
		{"Scatter", "", 9, 3, 3, lowerScatterElements, nil},
		{"ScatterElements", "", 11, 3, 3, lowerScatterElements, nil},
		{"ScatterND", "", 11, 3, 3, lowerScatterND, nil},

		// Products.
		{"Conv", "", 1, 2, 3, lowerConv, nil},
		{"ConvTranspose", "", 1, 2, 3, lowerConvTranspose, nil},
		{"Einsum", "", 12, 1, many, lowerEinsum, nil},
		{"Gemm", "", 1, 2, 3, lowerGemm, nil},
		{"MatMul", "", 1, 2, 2, lowerMatMul, nil},

		// Pooling.
		{"AveragePool", "", 1, 1, 1, lowerAveragePool, nil},
		{"GlobalAveragePool", "", 1, 1, 1, globalPool(autodiff.Mean), nil},
		{"GlobalLpPool", "", 2, 1, 1, lowerGlobalLpPool, nil},
		{"GlobalMaxPool", "", 1, 1, 1, globalPool(autodiff.ReduceMax), nil},
		{"LpPool", "", 2, 1, 1, lowerLpPool, nil},
		{"MaxPool", "", 1, 1, 1, lowerMaxPool, nil},

		// Normalization.
		{"BatchNormalization", "", 1, 5, 5, lowerBatchNormalization, nil},
		{"GroupNormalization", "", 18, 3, 3, lowerGroupNormalization, nil},
		{"InstanceNormalization", "", 1, 3, 3, lowerInstanceNormalization, nil},
		{"LRN", "", 1, 1, 1, lowerLRN, nil},
		{"LayerNormalization", "", 17, 2, 3, lowerLayerNormalization, nil},
		{"LpNormalization", "", 1, 1, 1, lowerLpNormalization, nil},
		{"MeanVarianceNormalization", "", 9, 1, 1, lowerMeanVarianceNormalization, nil},
		{"RMSNormalization", "", 23, 2, 2, lowerRMSNormalization, nil},

		// Recurrent networks.
		{"GRU", "", 1, 3, 6, lowerGRU, nil},
		{"LSTM", "", 1, 3, 8, lowerLSTM, nil},
		{"RNN", "", 1, 3, 6, lowerRNN, nil},

		// Losses.
		{"NegativeLogLikelihoodLoss", "", 12, 2, 3, lowerNegativeLogLikelihoodLoss, nil},
		{"SoftmaxCrossEntropyLoss", "", 12, 2, 3, lowerSoftmaxCrossEntropyLoss, nil},

		// Constant nodes are read with the graph's tensors; only a Backend that onnx-go drives directly applies them.
		{"Constant", "", 1, 0, 0, lowerConstant, nil},

		// Control.
		{"If", "", 1, 1, 1, lowerIf, []int{0}},
	}
}

// byVersion picks the lowering by the operator's version.
func byVersion(before lowering, version int, from lowering) lowering {
	return func(c *call) []Value {
		if c.op.opset < version {
			return before(c)
		}
		return from(c)
	}
}

// operators is the table by domain and name.
type operators map[[2]string]*operator

func newOperators() operators {
	t := make(operators)
	for _, row := range table() {
		t[[2]string{row.domain, row.name}] = &row
	}
	return t
}

// find returns the row of an operation's operator, an error if there is none or the opset is older than it.
func (t operators) find(op *operation) (*operator, error) {
	row, ok := t[[2]string{op.domain, op.operator}]
	if !ok || op.opset < row.since {
		return nil, &UnsupportedError{[]UnsupportedOp{{op.operator, op.domain, op.opset, []string{op.name}}}}
	}
	return row, nil
}

func (o *operator) arity() string {
	switch {
	case o.max == many:
		return fmt.Sprintf("%d or more", o.min)
	case o.min == o.max:
		return fmt.Sprint(o.min)
	}
	return fmt.Sprintf("%d to %d", o.min, o.max)
}

// OperatorInfo describes an operator that can be lowered.
type OperatorInfo struct {
	Operator string
	Domain   string // "" for ONNX's own
	Since    int    // the oldest version that is understood; all later ones are too
}

// Operators lists the operators that can be lowered, sorted by domain and name.
func Operators() []OperatorInfo {
	var list []OperatorInfo
	for _, row := range table() {
		list = append(list, OperatorInfo{row.name, row.domain, row.since})
	}
	slices.SortFunc(list, func(a, b OperatorInfo) int {
		return slices.Compare([]string{a.Domain, a.Operator}, []string{b.Domain, b.Operator})
	})
	return list
}
