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
		{"Acos", "", 7, 1, 1, unary(acos), nil},
		{"Acosh", "", 9, 1, 1, unary(acosh), nil},
		{"Add", "", 1, 2, 2, binary(autodiff.Add), nil},
		{"And", "", 1, 2, 2, compare(autodiff.And), nil},
		{"Asin", "", 7, 1, 1, unary(autodiff.Asin), nil},
		{"Asinh", "", 9, 1, 1, unary(autodiff.Asinh), nil},
		{"Atan", "", 7, 1, 1, unary(autodiff.Atan), nil},
		{"Atanh", "", 9, 1, 1, unary(atanh), nil},
		{"BitCast", "", 26, 1, 1, lowerBitCast, []int{0}},
		{"BitShift", "", 11, 2, 2, lowerBitShift, []int{0, 1}},
		{"BitwiseAnd", "", 18, 2, 2, bitwise(func(a, b uint64) uint64 { return a & b }), []int{0, 1}},
		{"BitwiseNot", "", 18, 1, 1, lowerBitwiseNot, []int{0}},
		{"BitwiseOr", "", 18, 2, 2, bitwise(func(a, b uint64) uint64 { return a | b }), []int{0, 1}},
		{"BitwiseXor", "", 18, 2, 2, bitwise(func(a, b uint64) uint64 { return a ^ b }), []int{0, 1}},
		{"Cast", "", 1, 1, 1, byVersion(lowerCast1, 6, lowerCast), nil},
		{"CastLike", "", 15, 2, 2, lowerCastLike, []int{1}},
		{"Ceil", "", 1, 1, 1, unary(autodiff.Ceil), nil},
		{"Clip", "", 1, 1, 3, lowerClip, nil},
		{"Cos", "", 7, 1, 1, unary(autodiff.Cos), nil},
		{"Cosh", "", 9, 1, 1, unary(cosh), nil},
		{"DequantizeLinear", "", 10, 2, 3, lowerDequantizeLinear, nil},
		{"Div", "", 1, 2, 2, lowerDiv, nil},
		{"Dropout", "", 1, 1, 3, lowerDropout, []int{1, 2}},
		{"DynamicQuantizeLinear", "", 11, 1, 1, lowerDynamicQuantizeLinear, nil},
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
		{"Max", "", 1, 1, many, variadic(greatest), nil},
		{"Mean", "", 1, 1, many, lowerMean, nil},
		{"Min", "", 1, 1, many, variadic(least), nil},
		{"Mod", "", 10, 2, 2, lowerMod, nil},
		{"Mul", "", 1, 2, 2, binary(autodiff.Mul), nil},
		{"Neg", "", 1, 1, 1, unary(autodiff.Neg), nil},
		{"Not", "", 1, 1, 1, lowerNot, nil},
		{"Or", "", 1, 2, 2, compare(autodiff.Or), nil},
		{"Pow", "", 1, 2, 2, lowerPow, nil},
		{"QuantizeLinear", "", 10, 2, 3, lowerQuantizeLinear, nil},
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

		// Sampling.
		{"AffineGrid", "", 20, 2, 2, lowerAffineGrid, []int{1}},
		{"GridSample", "", 16, 2, 2, lowerGridSample, nil},
		{"NonMaxSuppression", "", 10, 2, 5, lowerNonMaxSuppression, []int{0, 1, 2, 3, 4}},
		{"RoiAlign", "", 10, 3, 3, lowerRoiAlign, nil},

		// Signals.
		{"DFT", "", 17, 1, 3, lowerDFT, []int{1, 2}},
		{"STFT", "", 17, 2, 4, lowerSTFT, []int{1, 3}},

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
		{"ThresholdedRelu", "", 1, 1, 1, lowerThresholdedRelu, nil},

		// Reductions.
		{"ArgMax", "", 1, 1, 1, argMax(itself), nil},
		{"ArgMin", "", 1, 1, 1, argMax(autodiff.Neg), nil},
		{"CumProd", "", 26, 2, 2, lowerCumProd, []int{1}},
		{"CumSum", "", 11, 2, 2, lowerCumSum, []int{1}},
		{"ReduceL1", "", 1, 1, 2, reduce(reduceL1), []int{1}},
		{"ReduceL2", "", 1, 1, 2, integral(reduce(reduceL2)), []int{1}},
		{"ReduceLogSum", "", 1, 1, 2, integral(reduce(reduceLogSum)), []int{1}},
		{"ReduceLogSumExp", "", 1, 1, 2, integral(reduce(reduceLogSumExp)), []int{1}},
		{"ReduceMax", "", 1, 1, 2, bounded(reduceOrKeep(reduceMax)), []int{1}},
		{"ReduceMean", "", 1, 1, 2, lowerReduceMean, []int{1}},
		{"ReduceMin", "", 1, 1, 2, bounded(reduceOrKeep(reduceMin)), []int{1}},
		{"ReduceProd", "", 1, 1, 2, reduceOrKeep(reduceProd), []int{1}},
		{"ReduceSum", "", 1, 1, 2, reduceOrKeep(autodiff.Sum), []int{1}},
		{"ReduceSumSquare", "", 1, 1, 2, reduce(reduceSumSquare), []int{1}},

		// Shapes and moving.
		{"CenterCropPad", "", 18, 2, 2, lowerCenterCropPad, []int{1}},
		{"Concat", "", 1, 1, many, lowerConcat, nil},
		{"ConstantFill", "", 1, 0, 1, lowerConstantFill, []int{0}},
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
		{"Split", "", 1, 1, 2, lowerSplit, []int{1}},
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
		{"TfIdfVectorizer", "", 9, 1, 1, lowerTfIdfVectorizer, nil},
		{"TopK", "", 1, 1, 2, lowerTopK, []int{1}},
		{"Unique", "", 11, 1, 1, lowerUnique, []int{0}},

		// Products.
		{"Col2Im", "", 18, 3, 3, lowerCol2Im, []int{1, 2}},
		{"Conv", "", 1, 2, 3, lowerConv, nil},
		{"ConvInteger", "", 10, 2, 4, lowerConvInteger, nil},
		{"ConvTranspose", "", 1, 2, 3, lowerConvTranspose, nil},
		{"DeformConv", "", 19, 3, 5, lowerDeformConv, nil},
		{"Det", "", 11, 1, 1, lowerDet, nil},
		{"Einsum", "", 12, 1, many, lowerEinsum, nil},
		{"Gemm", "", 1, 2, 3, lowerGemm, nil},
		{"MatMul", "", 1, 2, 2, lowerMatMul, nil},
		{"MatMulInteger", "", 10, 2, 4, lowerMatMulInteger, nil},
		{"QLinearConv", "", 10, 8, 9, lowerQLinearConv, nil},
		{"QLinearMatMul", "", 10, 8, 8, lowerQLinearMatMul, nil},

		// Pooling.
		{"AveragePool", "", 1, 1, 1, lowerAveragePool, nil},
		{"GlobalAveragePool", "", 1, 1, 1, globalPool(autodiff.Mean), nil},
		{"GlobalLpPool", "", 1, 1, 1, lowerGlobalLpPool, nil},
		{"GlobalMaxPool", "", 1, 1, 1, globalPool(autodiff.ReduceMax), nil},
		{"LpPool", "", 1, 1, 1, lowerLpPool, nil},
		{"MaxPool", "", 1, 1, 1, lowerMaxPool, nil},
		{"MaxRoiPool", "", 1, 2, 2, lowerMaxRoiPool, []int{1}},
		{"MaxUnpool", "", 9, 2, 3, lowerMaxUnpool, []int{2}},

		// Normalization.
		{"BatchNormalization", "", 1, 5, 5, lowerBatchNormalization, nil},
		{"GroupNormalization", "", 18, 3, 3, lowerGroupNormalization, nil},
		{"InstanceNormalization", "", 1, 3, 3, lowerInstanceNormalization, nil},
		{"LRN", "", 1, 1, 1, lowerLRN, nil},
		{"LayerNormalization", "", 1, 2, 3, lowerLayerNormalization, nil},
		{"LpNormalization", "", 1, 1, 1, lowerLpNormalization, nil},
		{"MeanVarianceNormalization", "", 1, 1, 1, lowerMeanVarianceNormalization, nil},
		{"RMSNormalization", "", 23, 2, 2, lowerRMSNormalization, nil},

		// Recurrent networks.
		{"GRU", "", 1, 3, 6, lowerGRU, nil},
		{"LSTM", "", 1, 3, 8, lowerLSTM, nil},
		{"RNN", "", 1, 3, 6, lowerRNN, nil},

		// Attention and what stands beside it.
		{"Attention", "", 23, 3, 7, lowerAttention, nil},
		{"CausalConvWithState", "", 27, 2, 4, lowerCausalConvWithState, nil},
		{"LinearAttention", "", 27, 3, 6, lowerLinearAttention, nil},
		{"RotaryEmbedding", "", 23, 3, 4, lowerRotaryEmbedding, nil},
		{"SwiGLU", "", 28, 2, 2, lowerSwiGLU, nil},
		{"TensorScatter", "", 24, 2, 3, lowerTensorScatter, nil},

		// Of ONNX Runtime: the optimised forms.
		{"Attention", microsoft, 1, 2, 7, lowerMicrosoftAttention, nil},
		{"BiasAdd", microsoft, 1, 3, 3, lowerBiasAdd, nil},
		{"BiasDropout", microsoft, 1, 2, 5, lowerBiasDropout, []int{3, 4}},
		{"BiasGelu", microsoft, 1, 2, 2, withBias(gelu), nil},
		{"BiasSoftmax", microsoft, 1, 2, 2, lowerBiasSoftmax, nil},
		{"BiasSplitGelu", microsoft, 1, 2, 2, lowerBiasSplitGelu, nil},
		{"CDist", microsoft, 1, 2, 2, lowerCDist, nil},
		{"DequantizeLinear", microsoft, 1, 2, 3, lowerDequantizeLinear, nil},
		{"EmbedLayerNormalization", microsoft, 1, 1, 9, lowerEmbedLayerNormalization, nil},
		{"ExpandDims", microsoft, 1, 2, 2, lowerExpandDims, []int{1}},
		{"FastGelu", microsoft, 1, 1, 2, withBias(geluTanh), nil},
		{"FusedConv", microsoft, 1, 2, 4, lowerFusedConv, nil},
		{"FusedGemm", microsoft, 1, 2, 3, lowerFusedGemm, nil},
		{"FusedMatMul", microsoft, 1, 2, 2, lowerFusedMatMul, nil},
		{"GatherND", microsoft, 1, 2, 2, lowerGatherND, nil},
		{"Gelu", microsoft, 1, 1, 1, unary(gelu), nil},
		{"GemmFastGelu", microsoft, 1, 2, 3, lowerGemmFastGelu, nil},
		{"GridSample", microsoft, 1, 2, 2, lowerGridSample, nil},
		{"GroupNorm", microsoft, 1, 3, 3, lowerGroupNorm, nil},
		{"GroupQueryAttention", microsoft, 1, 1, 17, lowerGroupQueryAttention, nil},
		{"Inverse", microsoft, 1, 1, 1, lowerInverse, nil},
		{"MatMulNBits", microsoft, 1, 3, 6, lowerMatMulNBits, []int{1, 2, 3}},
		{"MultiHeadAttention", microsoft, 1, 1, 10, lowerMultiHeadAttention, nil},
		{"NhwcConv", microsoft, 1, 2, 3, lowerNhwcConv, nil},
		{"NhwcFusedConv", microsoft, 1, 2, 4, lowerNhwcFusedConv, nil},
		{"Pad", microsoft, 1, 2, 3, lowerPad, []int{1, 2}},
		{"QuantizeLinear", microsoft, 1, 2, 3, lowerQuantizeLinear, nil},
		{"QuickGelu", microsoft, 1, 1, 1, lowerQuickGelu, nil},
		{"Range", microsoft, 1, 2, 3, lowerRange, []int{0, 1, 2}},
		{"RelativePositionBias", microsoft, 1, 3, 3, lowerRelativePositionBias, []int{1, 2}},
		{"RotaryEmbedding", microsoft, 1, 4, 4, lowerMicrosoftRotaryEmbedding, nil},
		{"ScaledSiLU", microsoft, 1, 1, 2, lowerScaledSiLU, nil},
		{"SimplifiedLayerNormalization", "", 1, 2, 2, lowerSimplifiedLayerNormalization, nil},
		{"SkipGroupNorm", microsoft, 1, 4, 5, lowerGroupNorm, nil},
		{"SkipLayerNormalization", microsoft, 1, 3, 5, lowerSkipLayerNormalization, nil},
		{"SkipSimplifiedLayerNormalization", microsoft, 1, 3, 4, lowerSkipSimplifiedLayerNormalization, nil},
		{"TransposeMatMul", microsoft, 1, 2, 2, lowerFusedMatMul, nil},
		{"Trilu", microsoft, 1, 1, 2, lowerTrilu, []int{1}},

		// Of scikit-learn's pipelines.
		{"ArrayFeatureExtractor", machineLearning, 1, 2, 2, lowerArrayFeatureExtractor, nil},
		{"Binarizer", machineLearning, 1, 1, 1, lowerBinarizer, nil},
		{"Imputer", machineLearning, 1, 1, 1, lowerImputer, nil},
		{"LabelEncoder", machineLearning, 2, 1, 1, lowerLabelEncoder, nil},
		{"LinearClassifier", machineLearning, 1, 1, 1, lowerLinearClassifier, nil},
		{"LinearRegressor", machineLearning, 1, 1, 1, lowerLinearRegressor, nil},
		{"Normalizer", machineLearning, 1, 1, 1, lowerNormalizer, nil},
		{"OneHotEncoder", machineLearning, 1, 1, 1, lowerOneHotEncoder, nil},
		{"Scaler", machineLearning, 1, 1, 1, lowerScaler, nil},
		// The maps of a row's scores by their labels: here the scores themselves.
		{"ZipMap", machineLearning, 1, 1, 1, lowerIdentity, nil},

		// Losses.
		{"NegativeLogLikelihoodLoss", "", 12, 2, 3, lowerNegativeLogLikelihoodLoss, nil},
		{"SoftmaxCrossEntropyLoss", "", 12, 2, 3, lowerSoftmaxCrossEntropyLoss, nil},

		// Retired with opset 10.
		{"Affine", "", 1, 1, 1, lowerAffine, nil},
		{"Crop", "", 1, 1, 1, lowerCrop, nil},
		{"DynamicSlice", "", 1, 3, 4, lowerSlice, []int{1, 2, 3}},
		{"ImageScaler", "", 1, 1, 1, lowerImageScaler, nil},
		{"ParametricSoftplus", "", 1, 1, 1, lowerParametricSoftplus, nil},
		{"Scale", "", 1, 1, 1, lowerScale, nil},
		{"ScaledTanh", "", 1, 1, 1, lowerScaledTanh, nil},

		// Numbers that are made while building.
		{"Bernoulli", "", 15, 1, 1, lowerBernoulli, nil},
		{"BlackmanWindow", "", 17, 1, 1, cosineWindow(0.42, -0.5, 0.08), []int{0}},
		{"HammingWindow", "", 17, 1, 1, cosineWindow(25.0/46, -21.0/46), []int{0}},
		{"HannWindow", "", 17, 1, 1, cosineWindow(0.5, -0.5), []int{0}},
		{"MelWeightMatrix", "", 17, 5, 5, lowerMelWeightMatrix, []int{0, 1, 2, 3, 4}},
		{"Multinomial", "", 7, 1, 1, lowerMultinomial, nil},
		{"RandomNormal", "", 1, 0, 0, random((*call).normal), nil},
		{"RandomNormalLike", "", 1, 1, 1, randomLike((*call).normal), []int{0}},
		{"RandomUniform", "", 1, 0, 0, random((*call).uniform), nil},
		{"RandomUniformLike", "", 1, 1, 1, randomLike((*call).uniform), []int{0}},

		// Constant nodes are read with the graph's tensors; only a Backend that onnx-go drives directly applies them.
		{"Constant", "", 1, 0, 0, lowerConstant, nil},

		// Control.
		{"If", "", 1, 1, 1, lowerIf, []int{0}},
		{"Loop", "", 1, 0, many, lowerLoop, []int{0, 1}},
		{"Scan", "", 8, 0, many, byVersion(lowerScan8, 9, lowerScan), nil},

		// Sequences and optionals.
		{"ConcatFromSequence", "", 11, 1, 1, lowerConcatFromSequence, nil},
		{"Optional", "", 15, 0, 1, lowerOptional, nil},
		{"OptionalGetElement", "", 15, 1, 1, lowerOptionalGetElement, nil},
		{"OptionalHasElement", "", 15, 0, 1, lowerOptionalHasElement, nil},
		{"SequenceAt", "", 11, 2, 2, lowerSequenceAt, []int{1}},
		{"SequenceConstruct", "", 11, 1, many, lowerSequenceConstruct, nil},
		{"SequenceEmpty", "", 11, 0, 0, lowerSequenceEmpty, nil},
		{"SequenceErase", "", 11, 1, 2, lowerSequenceErase, []int{1}},
		{"SequenceInsert", "", 11, 2, 3, lowerSequenceInsert, []int{2}},
		{"SequenceLength", "", 11, 1, 1, lowerSequenceLength, []int{0}},
		{"SequenceMap", "", 17, 1, many, lowerSequenceMap, nil},
		{"SplitToSequence", "", 11, 1, 2, lowerSplitToSequence, []int{1}},
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
