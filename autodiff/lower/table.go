package lower

import (
	"fmt"
	"slices"
)

// operator is the record of an ONNX operator. It stands beside its lowering, in a file op_*.go. Adding an operator is adding one.
type operator struct {
	name   string
	domain string // "" for ONNX's own
	since  int    // the first version of the operator that is understood; the lowering reads call.op.opset where later ones differ
	inputs arity
	lower  lowering
	known  []int // inputs that must be known while building: shapes, axes, sizes

	// Attributes that the lowering may leave unread, as they change no number in this case or any. Those of a window are
	// overruled by auto_pad, those of a block and an axis by a single scale, and hints for memory, seeds and precision have no
	// meaning for a graph in the working precision.
	ignores []string

	factors   []int // the factors of a product, which this is if it has some
	roles     roles // what stored tensors are as inputs, whatever their values and axes
	passes    bool  // hands its tensors on as they are, to a result or to a subgraph: sequences and optionals too
	sequences bool  // takes sequences and optionals, besides those that pass
	moves     bool  // hands its first operand on with its elements in other places, or with some of them, perhaps in another type
	commutes  bool  // with quantizing its first operand: it moves or chooses elements
	quantizes bool  // makes quantized numbers of others
	derives   bool  // counts or searches: its results are no longer elements of the model's input
	joins     bool  // puts its operands side by side: the gradient of each part of the result goes to one of them

	noDerivative string // the reason, if it has none
}

// arity is how many inputs are needed, and how many there can be.
type arity struct{ min, max int }

const many = -1 // any number

// The reasons why an operator has no derivative.
const (
	stepwise  = "piecewise constant"
	discrete  = "truth values and whole numbers"
	foreknown = "made of known numbers while building"
)

// table lists the operators.
func table() []operator {
	return slices.Concat(
		activationRows, affineGridRows, machineLearningRows, attentionRows, bitwiseRows, blocksRows, castRows, causalConvRows,
		col2imRows, constantRows, contribRows, contribAttentionRows, contribFusedRows, contribGroupAttentionRows, contribMatMulNBitsRows,
		contribNormalizationRows, contribPositionBiasRows, ifRows, convRows, cropRows, deformConvRows, determinantRows,
		einsumRows, elementwiseRows, fourierRows, gatherRows, gridSampleRows, linearAttentionRows, loopRows, lossRows, recurrentRows,
		matmulRows, nonMaxSuppressionRows, normalizationRows, padRows, poolRows, quantizeRows, randomRows, reduceRows, resizeRows,
		retiredRows, roiAlignRows, roiPoolRows, rotaryRows, scanRows, scatterRows, sequenceRows, shapeRows, sliceRows,
		tensorScatterRows, tfidfRows, topKRows, trigonometryRows, uniqueRows, unpoolRows, windowFunctionRows,
	)
}

// byVersion picks the lowering by the operator's version.
func byVersion(before lowering, version int, from lowering) lowering {
	return func(c *call) []value {
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

// String returns the numbers in words.
func (a arity) String() string {
	switch {
	case a.max == many:
		return fmt.Sprintf("%d or more", a.min)
	case a.min == a.max:
		return fmt.Sprint(a.min)
	}
	return fmt.Sprintf("%d to %d", a.min, a.max)
}

// OperatorInfo describes an operator that can be lowered.
type OperatorInfo struct {
	Operator string
	Domain   string // "" for ONNX's own
	Since    int    // the oldest version that is understood; all later ones are too

	NoDerivative string // the reason, if it has none
}

// Operators lists the operators that can be lowered, sorted by domain and name.
func Operators() []OperatorInfo {
	var list []OperatorInfo
	for _, row := range table() {
		list = append(list, OperatorInfo{row.name, row.domain, row.since, row.noDerivative})
	}
	slices.SortFunc(list, func(a, b OperatorInfo) int {
		return slices.Compare([]string{a.Domain, a.Operator}, []string{b.Domain, b.Operator})
	})
	return list
}
