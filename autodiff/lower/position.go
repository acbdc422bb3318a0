package lower

// Part is what a stored tensor is where an operation uses it. The parts of all uses of a tensor are a set of bits.
type Part uint16

const (
	Factor       Part = 1 << iota // operand of a product or of a recurrent network
	Gain                          // multiplies an activation elementwise, or divides one
	Bias                          // is added to the result of a product
	Shift                         // is added to another activation elementwise, or subtracted from one
	Scale                         // multiplies something that is no activation elementwise
	Affine                        // bias, gain or slope, by the operand's position
	Statistic                     // measured and not trained, by the operand's position
	Fixed                         // not trained, by the operand's position
	FixedUniform                  // not trained if all its elements are equal, by the operand's position
	Other                         // anything else
)

// position says what a stored tensor is as one operand of an operator.
type position struct {
	operator, domain string
	operand          int
	part             Part
	as               string // in words
}

// positions are the operands that tell what a tensor is, whatever its values and axes.
var positions = []position{
	{"BatchNormalization", "", 1, Affine, "scale of BatchNormalization"},
	{"BatchNormalization", "", 2, Affine, "bias of BatchNormalization"},
	{"BatchNormalization", "", 3, Statistic, "running mean of BatchNormalization"},
	{"BatchNormalization", "", 4, Statistic, "running variance of BatchNormalization"},
	{"GroupNormalization", "", 1, Affine, "scale of GroupNormalization"},
	{"GroupNormalization", "", 2, Affine, "bias of GroupNormalization"},
	{"InstanceNormalization", "", 1, Affine, "scale of InstanceNormalization"},
	{"InstanceNormalization", "", 2, Affine, "bias of InstanceNormalization"},
	{"LayerNormalization", "", 1, Affine, "scale of LayerNormalization"},
	{"LayerNormalization", "", 2, Affine, "bias of LayerNormalization"},
	{"RMSNormalization", "", 1, Affine, "scale of RMSNormalization"},
	{"SimplifiedLayerNormalization", "", 1, Affine, "scale of SimplifiedLayerNormalization"},
	{"GroupNorm", microsoft, 1, Affine, "scale of GroupNorm"},
	{"GroupNorm", microsoft, 2, Affine, "bias of GroupNorm"},
	{"SkipGroupNorm", microsoft, 1, Affine, "scale of SkipGroupNorm"},
	{"SkipGroupNorm", microsoft, 2, Affine, "bias of SkipGroupNorm"},
	{"SkipLayerNormalization", microsoft, 2, Affine, "scale of SkipLayerNormalization"},
	{"SkipLayerNormalization", microsoft, 3, Affine, "bias of SkipLayerNormalization"},
	{"SkipSimplifiedLayerNormalization", microsoft, 2, Affine, "scale of SkipSimplifiedLayerNormalization"},

	{"Conv", "", 2, Affine, "bias of Conv"},
	{"ConvTranspose", "", 2, Affine, "bias of ConvTranspose"},
	{"DeformConv", "", 3, Affine, "bias of DeformConv"},
	{"Gemm", "", 2, Bias, "addend of Gemm"},
	{"FusedConv", microsoft, 2, Affine, "bias of FusedConv"},
	{"FusedGemm", microsoft, 2, Bias, "addend of FusedGemm"},
	{"NhwcConv", microsoft, 2, Affine, "bias of NhwcConv"},
	{"NhwcFusedConv", microsoft, 2, Affine, "bias of NhwcFusedConv"},
	{"PRelu", "", 1, Affine, "slope of PRelu"},

	{"GRU", "", 3, Affine, "bias of GRU"},
	{"GRU", "", 5, FixedUniform, "initial state of GRU"},
	{"LSTM", "", 3, Affine, "bias of LSTM"},
	{"LSTM", "", 5, FixedUniform, "initial state of LSTM"},
	{"LSTM", "", 6, FixedUniform, "initial cell of LSTM"},
	{"LSTM", "", 7, Affine, "peephole of LSTM"},
	{"RNN", "", 3, Affine, "bias of RNN"},
	{"RNN", "", 5, FixedUniform, "initial state of RNN"},

	{"Scatter", "", 0, FixedUniform, "target of Scatter"},
	{"Scatter", "", 2, FixedUniform, "updates of Scatter"},
	{"ScatterElements", "", 0, FixedUniform, "target of ScatterElements"},
	{"ScatterElements", "", 2, FixedUniform, "updates of ScatterElements"},
	{"ScatterND", "", 0, FixedUniform, "target of ScatterND"},
	{"ScatterND", "", 2, FixedUniform, "updates of ScatterND"},

	{"RotaryEmbedding", "", 1, Fixed, "cosines of RotaryEmbedding"},
	{"RotaryEmbedding", "", 2, Fixed, "sines of RotaryEmbedding"},
	{"RotaryEmbedding", microsoft, 2, Fixed, "cosines of RotaryEmbedding"},
	{"RotaryEmbedding", microsoft, 3, Fixed, "sines of RotaryEmbedding"},
	{"GroupQueryAttention", microsoft, 3, Fixed, "past keys of GroupQueryAttention"},
	{"GroupQueryAttention", microsoft, 4, Fixed, "past values of GroupQueryAttention"},
	{"GroupQueryAttention", microsoft, 7, Fixed, "cosines of GroupQueryAttention"},
	{"GroupQueryAttention", microsoft, 8, Fixed, "sines of GroupQueryAttention"},
	{"MultiHeadAttention", microsoft, 6, Fixed, "past keys of MultiHeadAttention"},
	{"MultiHeadAttention", microsoft, 7, Fixed, "past values of MultiHeadAttention"},
	{"Attention", microsoft, 4, Fixed, "past keys and values of Attention"},
	{"Attention", "", 3, Fixed, "mask of Attention"},
	{"Attention", "", 4, Fixed, "past keys of Attention"},
	{"Attention", "", 5, Fixed, "past values of Attention"},
	{"TensorScatter", "", 0, Fixed, "cache of TensorScatter"},

	{"DequantizeLinear", "", 1, Fixed, "scale of DequantizeLinear"},
	{"DequantizeLinear", "", 2, Fixed, "zero point of DequantizeLinear"},
	{"DequantizeLinear", microsoft, 1, Fixed, "scale of DequantizeLinear"},
	{"DequantizeLinear", microsoft, 2, Fixed, "zero point of DequantizeLinear"},
	{"QuantizeLinear", "", 1, Fixed, "scale of QuantizeLinear"},
	{"QuantizeLinear", "", 2, Fixed, "zero point of QuantizeLinear"},
	{"QuantizeLinear", microsoft, 1, Fixed, "scale of QuantizeLinear"},
	{"QuantizeLinear", microsoft, 2, Fixed, "zero point of QuantizeLinear"},

	{"OneHot", "", 2, Fixed, "values of OneHot"},
	{"NegativeLogLikelihoodLoss", "", 2, Fixed, "class weights of NegativeLogLikelihoodLoss"},
	{"SoftmaxCrossEntropyLoss", "", 2, Fixed, "class weights of SoftmaxCrossEntropyLoss"},
}

// products are the operators that multiply by matrices, with the operands that are factors.
var products = map[[2]string][]int{
	{"", "Conv"}: {0, 1}, {"", "ConvTranspose"}: {0, 1}, {"", "DeformConv"}: {0, 1}, {"", "Einsum"}: {0, 1, 2, 3},
	{"", "Gemm"}: {0, 1}, {"", "MatMul"}: {0, 1}, {"", "GRU"}: {0, 1, 2}, {"", "LSTM"}: {0, 1, 2}, {"", "RNN"}: {0, 1, 2},
	{microsoft, "Attention"}: {0, 1}, {microsoft, "FusedConv"}: {0, 1}, {microsoft, "FusedGemm"}: {0, 1},
	{microsoft, "FusedMatMul"}: {0, 1}, {microsoft, "GemmFastGelu"}: {0, 1}, {microsoft, "NhwcConv"}: {0, 1},
	{microsoft, "NhwcFusedConv"}: {0, 1}, {microsoft, "TransposeMatMul"}: {0, 1},
}
