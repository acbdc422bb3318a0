package main

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

func (m *mutant) attributeValue() {
	var all []*onnxpb.AttributeProto
	for _, g := range m.graphs() {
		for _, n := range g.GetNode() {
			all = append(all, n.GetAttribute()...)
		}
	}
	a := one(m, all)
	switch {
	case a == nil:
	case m.IntN(8) == 0:
		a.Type = onnxpb.AttributeProto_AttributeType(m.IntN(16)).Enum()
	case m.IntN(8) == 0:
		a.Name = proto.String(m.text())
	case a.I != nil:
		a.I = proto.Int64(m.strange())
	case a.F != nil:
		a.F = proto.Float32(float32(m.number()))
	case a.S != nil:
		a.S = []byte(one(m, []string{"SAME_UPPER", "VALID", "linear", "ij,jk->ik", "reverse", m.text()}))
	case a.T != nil:
		a.T = one(m, []*onnxpb.TensorProto{nil, m.tensor(), {}})
	case len(a.Ints) > 0 && m.IntN(3) > 0:
		a.Ints[m.IntN(len(a.Ints))] = m.strange()
	case len(a.Ints) > 0:
		a.Ints = a.Ints[1:]
	default:
		a.Ints = append(a.Ints, m.strange())
	}
}

// attributes removes one, has it twice, or takes that of another node.
func (m *mutant) attributes() {
	n, from := m.node(), m.node()
	switch {
	case len(n.Attribute) > 0 && m.IntN(2) == 0:
		i := m.IntN(len(n.Attribute))
		n.Attribute = slices.Delete(n.Attribute, i, i+1)
	case len(from.Attribute) > 0:
		n.Attribute = append(n.Attribute, proto.CloneOf(one(m, from.Attribute)))
	}
}

// unary are operators that take one operand of any shape, or say which they take.
var unary = []string{"Identity", "Relu", "Tanh", "Exp", "Log", "Sqrt", "Reciprocal", "Neg", "Abs", "Sign", "Floor", "Softmax", "LogSoftmax", "Sigmoid",
	"Softplus", "Erf", "Gelu", "Mish", "HardSwish", "Flatten", "Transpose", "Shape", "Size", "NonZero", "ReduceSum", "ReduceMean", "ReduceMax", "ReduceProd",
	"ReduceLogSumExp", "ReduceL2", "ArgMax", "Squeeze", "GlobalAveragePool", "GlobalMaxPool", "LpNormalization", "Dropout", "CumSum", "TopK", "Unique", "Det",
	"IsNaN", "Not", "SequenceConstruct", "ConstantOfShape", "EyeLike", "QuantizeLinear", "Bernoulli", "RandomNormalLike", "Multinomial", "DepthToSpace"}

func (m *mutant) operator() {
	n := m.node()
	operators := slices.Clone(unary)
	for _, g := range []*onnxpb.GraphProto{m.model.GetGraph(), m.other.GetGraph()} {
		for _, n := range g.GetNode() {
			operators = append(operators, n.GetOpType())
		}
	}
	operators = append(operators, "Add", "Mul", "Div", "Pow", "MatMul", "Gemm", "Concat", "Where", "Reshape", "Expand", "Tile",
		"Gather", "Slice", "Pad", "Resize", m.text())
	n.OpType = proto.String(one(m, operators))
	if m.IntN(8) == 0 {
		n.Domain = proto.String(one(m, []string{"ai.onnx", "com.microsoft", "ai.onnx.ml", m.text()}))
	}
}

// operands has more or fewer of a node.
func (m *mutant) operands() {
	n := m.node()
	switch {
	case len(n.Input) > 0 && m.IntN(3) == 0:
		n.Input = n.Input[:len(n.Input)-1]
	case len(n.Input) > 0 && m.IntN(3) == 0:
		n.Input[m.IntN(len(n.Input))] = ""
	default:
		n.Input = append(n.Input, one(m, append(m.results(), "")))
	}
}

// rewire has a node take another tensor, which may depend on it.
func (m *mutant) rewire() {
	if n := m.node(); len(n.Input) > 0 {
		n.Input[m.IntN(len(n.Input))] = one(m, append(m.results(), m.text()))
	}
}

// result renames a result of a node, or adds one.
func (m *mutant) result() {
	if n := m.node(); len(n.Output) > 0 && m.IntN(2) == 0 {
		n.Output[m.IntN(len(n.Output))] = m.text()
	} else {
		n.Output = append(n.Output, m.text())
	}
}

func (m *mutant) order() {
	if nodes := m.graph().GetNode(); len(nodes) > 1 {
		i, j := m.IntN(len(nodes)), m.IntN(len(nodes))
		nodes[i], nodes[j] = nodes[j], nodes[i]
	}
}

// remove takes a node out, with what it takes in its place or nothing.
func (m *mutant) remove() {
	g := m.graph()
	if len(g.GetNode()) == 0 {
		return
	}
	i := m.IntN(len(g.Node))
	n := g.Node[i]
	g.Node = slices.Delete(g.Node, i, i+1)
	if len(n.Input) > 0 && len(n.Output) > 0 && m.IntN(4) > 0 {
		for _, other := range g.Node {
			for j := range other.Input {
				if other.Input[j] == n.Output[0] {
					other.Input[j] = n.Input[0]
				}
			}
		}
	}
}

// duplicate has a node twice, the second time with the same results, or behind the first.
func (m *mutant) duplicate() {
	g := m.graph()
	if len(g.GetNode()) == 0 {
		return
	}
	i := m.IntN(len(g.Node))
	twin := proto.CloneOf(g.Node[i])
	if first := g.Node[i]; len(first.Output) > 0 && len(twin.Input) > 0 && m.IntN(3) > 0 {
		first.Output[0] += ".1"
		twin.Input[0] = first.Output[0]
	}
	g.Node = slices.Insert(g.Node, i+1, twin)
}

// between puts an operator on an edge.
func (m *mutant) between() {
	g := m.graph()
	if len(g.GetNode()) == 0 {
		return
	}
	i := m.IntN(len(g.Node))
	if n := g.Node[i]; len(n.Input) > 0 {
		j := m.IntN(len(n.Input))
		added := onnxtest.Node(one(m, unary), "", fmt.Sprintf("between%d", len(g.Node)))
		added.Input = []string{n.Input[j]}
		n.Input[j] = added.Output[0]
		g.Node = slices.Insert(g.Node, i, added)
	}
}
