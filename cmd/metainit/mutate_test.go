package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// mutant is a model that is changed step by step into one that may mean anything, or nothing.
type mutant struct {
	*rand.Rand
	model *onnxpb.ModelProto
	other *onnxpb.ModelProto // another model, to take parts from
	data  []byte             // of the external data file "mutant.data"; nil: there is none
}

// mutation is a kind of change. It does nothing where the model has no place for it.
type mutation struct {
	name string
	do   func(*mutant)
}

var mutations = []mutation{
	{"dimensions of a tensor", (*mutant).dimensions},
	{"type of a tensor", (*mutant).tensorType},
	{"length of the values", (*mutant).length},
	{"values", (*mutant).values},
	{"field of the values", (*mutant).field},
	{"external data", (*mutant).external},
	{"sparse tensor", (*mutant).sparse},
	{"names of tensors", (*mutant).tensorName},
	{"two tensors exchanged", (*mutant).exchange},
	{"initializers and inputs", (*mutant).initializers},
	{"shape of an input", (*mutant).inputShape},
	{"type of an input", (*mutant).inputType},
	{"outputs", (*mutant).outputs},
	{"value of an attribute", (*mutant).attributeValue},
	{"attributes", (*mutant).attributes},
	{"operator", (*mutant).operator},
	{"operands", (*mutant).operands},
	{"edge", (*mutant).rewire},
	{"result", (*mutant).result},
	{"order of the nodes", (*mutant).order},
	{"node removed", (*mutant).remove},
	{"node twice", (*mutant).duplicate},
	{"node between", (*mutant).between},
	{"chain of nodes", (*mutant).chain},
	{"nodes of another model", (*mutant).foreign},
	{"control flow around a node", (*mutant).nest},
	{"function around a node", (*mutant).function},
	{"operator sets", (*mutant).opsets},
	{"metadata", (*mutant).metadata},
}

// mutate makes one to four changes, rather few so that much is computed, and returns their names.
func (m *mutant) mutate() (done []string) {
	for n := one(m, []int{1, 1, 1, 2, 2, 3, 4}); n > 0; n-- {
		change := one(m, mutations)
		change.do(m)
		done = append(done, change.name)
	}
	return done
}

// one returns an element, the zero value if there is none.
func one[T any](m *mutant, list []T) (v T) {
	if len(list) > 0 {
		v = list[m.IntN(len(list))]
	}
	return v
}

// strange returns a number that a size, an axis or an offset can be, or can not.
func (m *mutant) strange() int64 {
	return one(m, []int64{0, 1, 2, 3, 4, 5, 7, 8, 16, 33, 64, -1, -2, -3, -7, 255, 1 << 12, 1 << 20, 1<<31 - 1, 1 << 31, -1 << 31, 1 << 40, 1<<62 + 5, math.MaxInt64, math.MinInt64})
}

// number returns a value that a computation can take, or can not.
func (m *mutant) number() float64 {
	return one(m, []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 1e-7, 1e-45, 1e-320, 1e7, 65504, 3e38, 1e300, -1e30, math.Inf(1), math.Inf(-1), math.NaN()})
}

// text returns a name that stands in the model, or one that should stand nowhere.
func (m *mutant) text() string {
	if m.IntN(2) == 0 {
		return one(m, m.results())
	}
	return one(m, []string{"", "x", "w\x1b[31mred\x1b]0;t\a", "a\nINJECTED\r\tb", "\u202egnp", "\xff\xfe", "\x00", strings.Repeat("long", 5000), "../up", "/", "C:\\w", "%s%n%d", "{\"a\":", "Ⅷ 層"})
}

// graphs returns the main graph and those within it.
func (m *mutant) graphs() []*onnxpb.GraphProto {
	all := []*onnxpb.GraphProto{m.model.GetGraph()}
	for i := 0; i < len(all); i++ {
		for _, n := range all[i].GetNode() {
			for _, a := range n.GetAttribute() {
				if a.G != nil {
					all = append(all, a.G)
				}
				all = append(all, a.Graphs...)
			}
		}
	}
	return all
}

// graph returns the main graph, or now and then one within it.
func (m *mutant) graph() *onnxpb.GraphProto {
	if m.IntN(3) == 0 {
		return one(m, m.graphs())
	}
	return m.model.GetGraph()
}

func (m *mutant) node() *onnxpb.NodeProto {
	if n := one(m, m.graph().GetNode()); n != nil {
		return n
	}
	return &onnxpb.NodeProto{}
}

// tensor returns an initializer, or the value of an attribute.
func (m *mutant) tensor() *onnxpb.TensorProto {
	var all []*onnxpb.TensorProto
	for _, g := range m.graphs() {
		all = append(all, g.GetInitializer()...)
		for _, n := range g.GetNode() {
			for _, a := range n.GetAttribute() {
				if a.T != nil {
					all = append(all, a.T)
				}
			}
		}
	}
	if t := one(m, all); t != nil {
		return t
	}
	return &onnxpb.TensorProto{}
}

// results returns the names of everything in the main graph that a node can take.
func (m *mutant) results() (names []string) {
	g := m.model.GetGraph()
	for _, v := range g.GetInput() {
		names = append(names, v.GetName())
	}
	for _, t := range g.GetInitializer() {
		names = append(names, t.GetName())
	}
	for _, n := range g.GetNode() {
		names = append(names, n.GetOutput()...)
	}
	return names
}

// dimensions gives a tensor other dimensions, with values to match or without.
func (m *mutant) dimensions() {
	t := m.tensor()
	before := elements(t.Dims)
	switch d := len(t.Dims); {
	case d > 1 && m.IntN(3) == 0:
		m.Shuffle(d, func(i, j int) { t.Dims[i], t.Dims[j] = t.Dims[j], t.Dims[i] })
	case d > 0 && m.IntN(4) == 0:
		t.Dims = slices.Delete(t.Dims, 0, 1)
	case d > 0 && m.IntN(4) > 0:
		t.Dims[m.IntN(d)] = m.strange()
	default:
		t.Dims = append(t.Dims, one(m, []int64{1, 1, m.strange()}))
	}
	after := elements(t.Dims)
	if before > 0 && after > 0 && after < 1<<18 && len(t.RawData) > 0 && m.IntN(4) > 0 {
		t.RawData = resized(t.RawData, len(t.RawData)/before*after)
	}
}

// elements returns the product of the dimensions, 0 if it is out of all proportion.
func elements(dims []int64) int {
	n := 1
	for _, d := range dims {
		if d < 0 || d > 1<<30 || n > 1<<30 {
			return 0
		}
		n *= int(d)
	}
	return n
}

// resized returns the first bytes, again and again if they are too few.
func resized(data []byte, size int) []byte {
	if len(data) == 0 {
		return make([]byte, size)
	}
	return slices.Repeat(data, size/len(data)+1)[:size]
}

func (m *mutant) tensorType() {
	t := m.tensor()
	before := t.GetDataType()
	t.DataType = proto.Int32(int32(one(m, []int64{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 16, 17, 22, 23, 99, -1})))
	width := map[int32]int{1: 4, 6: 4, 7: 8, 10: 2, 11: 8, 16: 2, 9: 1, 3: 1, 2: 1}
	if from, to := width[before], width[t.GetDataType()]; from > 0 && to > 0 && m.IntN(3) > 0 {
		t.RawData = resized(t.RawData, len(t.RawData)/from*to)
	}
}

// length cuts the values short, or has more of them.
func (m *mutant) length() {
	t := m.tensor()
	t.RawData = resized(t.RawData, max(0, len(t.RawData)+int(one(m, []int64{-1, 1, -4, 4, -8, 1000, -1 << 30}))))
	if len(t.Int64Data) > 0 {
		t.Int64Data = t.Int64Data[:m.IntN(len(t.Int64Data))]
	}
}

// values changes one, some or all values of a tensor.
func (m *mutant) values() {
	t, v, every := m.tensor(), m.number(), one(m, []int{1, 1, 3, 1 << 30})
	scaled := m.IntN(3) == 0
	at := func(i int) bool { return every == 1 || i%every == every/2%7 }
	for i := range t.FloatData {
		if at(i) {
			t.FloatData[i] = float32(v)
		}
	}
	for i := range t.Int64Data {
		if at(i) {
			t.Int64Data[i] = m.strange()
		}
	}
	for i := 0; i*8+8 <= len(t.RawData) && t.GetDataType() == int32(onnxpb.TensorProto_INT64); i++ {
		if at(i) {
			binary.LittleEndian.PutUint64(t.RawData[i*8:], uint64(m.strange()))
		}
	}
	for i := 0; i*4+4 <= len(t.RawData) && t.GetDataType() == int32(onnxpb.TensorProto_FLOAT); i++ {
		if w := t.RawData[i*4:]; at(i) {
			x := float32(v)
			if scaled {
				x *= math.Float32frombits(binary.LittleEndian.Uint32(w))
			}
			binary.LittleEndian.PutUint32(w, math.Float32bits(x))
		}
	}
}

// field moves floats from raw_data to the typed field, or has both.
func (m *mutant) field() {
	t := m.tensor()
	if t.GetDataType() != int32(onnxpb.TensorProto_FLOAT) {
		t.Int32Data = append(t.Int32Data, 1, -1, math.MaxInt32)
		return
	}
	for i := 0; i+4 <= len(t.RawData); i += 4 {
		t.FloatData = append(t.FloatData, math.Float32frombits(binary.LittleEndian.Uint32(t.RawData[i:])))
	}
	if m.IntN(5) > 0 {
		t.RawData = nil
	}
}

// external moves the values of tensors to a file, and now and then says another place.
func (m *mutant) external() {
	for range 1 + m.IntN(3) {
		t := m.tensor()
		if len(t.RawData) == 0 {
			continue
		}
		m.data = resized(m.data, (len(m.data)+63)/64*64)
		entries := []string{"location", "mutant.data", "offset", fmt.Sprint(len(m.data)), "length", fmt.Sprint(len(t.RawData))}
		m.data = append(m.data, t.RawData...)
		t.RawData, t.DataLocation = nil, onnxpb.TensorProto_EXTERNAL.Enum()
		if m.IntN(3) == 0 {
			entries[1+2*m.IntN(3)] = one(m, []string{fmt.Sprint(m.strange()), "mutant.onnx", ".", "none", "", " 8", "0x8", m.text()})
		}
		if m.IntN(4) == 0 {
			entries = append(entries, "checksum", "00")
		}
		for i := 0; i < len(entries)-2*m.IntN(2); i += 2 {
			t.ExternalData = append(t.ExternalData, entry(entries[i], entries[i+1]))
		}
	}
	if m.IntN(6) == 0 {
		m.data = m.data[:m.IntN(len(m.data)+1)]
	}
}

func entry(key, value string) *onnxpb.StringStringEntryProto {
	return &onnxpb.StringStringEntryProto{Key: &key, Value: &value}
}

// sparse makes a sparse tensor of an initializer.
func (m *mutant) sparse() {
	g := m.graph()
	t := one(m, g.GetInitializer())
	if t == nil {
		return
	}
	n := int64(min(elements(t.Dims), 1<<12))
	s := &onnxpb.SparseTensorProto{Dims: t.Dims, Values: t, Indices: &onnxpb.TensorProto{Dims: []int64{n}, DataType: proto.Int32(7)}}
	for i := range n {
		s.Indices.Int64Data = append(s.Indices.Int64Data, i)
	}
	if len(s.Indices.Int64Data) > 0 && m.IntN(2) == 0 {
		s.Indices.Int64Data[m.IntN(int(n))] = m.strange()
	}
	t.Dims = []int64{n}
	if m.IntN(4) == 0 {
		s.Dims = append(s.Dims, m.strange())
	}
	g.Initializer = slices.DeleteFunc(g.Initializer, func(i *onnxpb.TensorProto) bool { return i == t })
	g.SparseInitializer = append(g.SparseInitializer, s)
}

// tensorName renames a tensor where it stands, or everywhere.
func (m *mutant) tensorName() {
	from, to := one(m, m.results()), m.text()
	everywhere := m.IntN(3) > 0
	g := m.model.GetGraph()
	for _, t := range g.GetInitializer() {
		if t.GetName() == from {
			t.Name = &to
		}
	}
	if !everywhere {
		return
	}
	for _, v := range slices.Concat(g.GetInput(), g.GetOutput(), g.GetValueInfo()) {
		if v.GetName() == from {
			v.Name = &to
		}
	}
	for _, n := range g.GetNode() {
		for _, list := range [][]string{n.Input, n.Output} {
			for i := range list {
				if list[i] == from {
					list[i] = to
				}
			}
		}
	}
}

// exchange gives two initializers each other's values.
func (m *mutant) exchange() {
	a, b := m.tensor(), m.tensor()
	a.RawData, b.RawData = b.RawData, a.RawData
	if m.IntN(3) > 0 {
		a.Dims, b.Dims = b.Dims, a.Dims
		a.DataType, b.DataType = b.DataType, a.DataType
	}
}

// initializers has one twice, none, as an input too, as the value of a node, or one of another model.
func (m *mutant) initializers() {
	g := m.model.GetGraph()
	t := one(m, g.GetInitializer())
	if t == nil {
		return
	}
	drop := func() {
		g.Initializer = slices.DeleteFunc(g.Initializer, func(i *onnxpb.TensorProto) bool { return i == t })
	}
	asInput := func() { g.Input = append(g.Input, typed(t.GetName(), t.GetDataType(), t.Dims)) }
	switch m.IntN(6) {
	case 0:
		g.Initializer = append(g.Initializer, proto.CloneOf(t))
	case 1:
		drop()
	case 2:
		asInput()
	case 3:
		drop()
		asInput()
	case 4:
		drop()
		constant := node("Constant", t.GetName(), "")
		constant.Attribute = []*onnxpb.AttributeProto{{Name: proto.String("value"), Type: onnxpb.AttributeProto_TENSOR.Enum(), T: t}}
		g.Node = slices.Insert(g.Node, 0, constant)
	case 5:
		if o := one(m, m.other.GetGraph().GetInitializer()); o != nil {
			o = proto.CloneOf(o)
			o.Name = t.Name
			drop()
			g.Initializer = append(g.Initializer, o)
		}
	}
}

// typed returns the type of a tensor.
func typed(name string, t int32, dims []int64) *onnxpb.ValueInfoProto {
	sizes := make([]any, len(dims))
	for i, d := range dims {
		sizes[i] = int(d)
	}
	v := info(name, sizes...)
	v.GetType().GetTensorType().ElemType = &t
	return v
}

func (m *mutant) inputShape() {
	in := one(m, m.model.GetGraph().GetInput())
	tensor := in.GetType().GetTensorType()
	if tensor == nil {
		return
	}
	shape := tensor.GetShape()
	size := &onnxpb.TensorShapeProto_Dimension{}
	switch m.IntN(4) {
	case 0:
		size.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: m.text()}
	case 1: // neither a size nor a name
	default:
		size.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: m.strange()}
	}
	switch n := len(shape.GetDim()); {
	case shape == nil || m.IntN(12) == 0:
		tensor.Shape = nil
	case n > 0 && m.IntN(4) > 0:
		shape.Dim[m.IntN(n)] = size
	case n > 0 && m.IntN(2) == 0:
		shape.Dim = shape.Dim[1:]
	default:
		shape.Dim = append(shape.Dim, size)
	}
}

func (m *mutant) inputType() {
	in := one(m, m.model.GetGraph().GetInput())
	switch tensor := in.GetType().GetTensorType(); {
	case tensor == nil:
	case m.IntN(4) > 0:
		tensor.ElemType = proto.Int32(int32(one(m, []int64{0, 1, 2, 6, 7, 8, 9, 10, 11, 14, 16, 99})))
	case m.IntN(2) == 0:
		in.Type = &onnxpb.TypeProto{Value: &onnxpb.TypeProto_SequenceType{SequenceType: &onnxpb.TypeProto_Sequence{ElemType: in.Type}}}
	default:
		in.Type = nil
	}
}

func (m *mutant) outputs() {
	g := m.model.GetGraph()
	switch m.IntN(4) {
	case 0:
		g.Output = nil
	case 1:
		g.Output = append(g.Output, &onnxpb.ValueInfoProto{Name: proto.String(m.text())})
	default:
		g.Output = append([]*onnxpb.ValueInfoProto{{Name: proto.String(one(m, m.results()))}}, g.Output...)
	}
}

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
	operators = append(operators, "Add", "Mul", "Div", "Pow", "MatMul", "Gemm", "Concat", "Where", "Reshape", "Expand", "Tile", "Gather", "Slice", "Pad", "Resize", m.text())
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
		added := node(one(m, unary), fmt.Sprintf("between%d", len(g.Node)), "")
		added.Input = []string{n.Input[j]}
		n.Input[j] = added.Output[0]
		g.Node = slices.Insert(g.Node, i, added)
	}
}

// chain puts many operators on an edge.
func (m *mutant) chain() {
	g := m.model.GetGraph()
	if len(g.GetNode()) == 0 {
		return
	}
	i := m.IntN(len(g.Node))
	n := g.Node[i]
	if len(n.Input) == 0 {
		return
	}
	operator, added, at := one(m, unary), []*onnxpb.NodeProto{}, n.Input[0]
	for k := range one(m, []int{5, 50, 200, 1000}) {
		next := node(operator, fmt.Sprintf("chain%d.%d", len(g.Node), k), "")
		next.Input = []string{at}
		at, added = next.Output[0], append(added, next)
	}
	n.Input[0] = at
	g.Node = slices.Insert(g.Node, i, added...)
}

// foreign adds nodes of another model, fed by tensors of this one where the names say so or by chance.
func (m *mutant) foreign() {
	g := m.model.GetGraph()
	from := m.other.GetGraph().GetNode()
	if len(from) == 0 {
		return
	}
	begin := m.IntN(len(from))
	for _, n := range from[begin:min(begin+1+m.IntN(4), len(from))] {
		n = proto.CloneOf(n)
		for i, name := range n.Input {
			if !slices.Contains(m.results(), name) {
				n.Input[i] = one(m, m.results())
			}
		}
		g.Node = append(g.Node, n)
		if len(n.Output) > 0 && m.IntN(3) == 0 {
			g.Output = append([]*onnxpb.ValueInfoProto{{Name: proto.String(n.Output[0])}}, g.Output...)
		}
	}
}

// nest puts a node into a branch of an If, or the body of a Loop, several levels deep.
func (m *mutant) nest() {
	g := m.graph()
	if len(g.GetNode()) == 0 {
		return
	}
	i := m.IntN(len(g.Node))
	depth := one(m, []int{1, 1, 1, 2, 5, 100})
	for range depth {
		inner := g.Node[i]
		body := &onnxpb.GraphProto{Name: proto.String("body"), Node: []*onnxpb.NodeProto{inner}}
		outer := &onnxpb.NodeProto{Name: proto.String(inner.GetName() + "!"), Output: slices.Clone(inner.Output)}
		condition := fmt.Sprintf("condition%d", len(g.Initializer))
		g.Initializer = append(g.Initializer, &onnxpb.TensorProto{Name: &condition, DataType: proto.Int32(9), RawData: []byte{byte(m.IntN(2))}})
		attribute := func(name string, g *onnxpb.GraphProto) {
			outer.Attribute = append(outer.Attribute, &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_GRAPH.Enum(), G: g})
		}
		for _, name := range inner.Output {
			body.Output = append(body.Output, &onnxpb.ValueInfoProto{Name: proto.String(name)})
		}
		if m.IntN(3) > 0 {
			outer.OpType, outer.Input = proto.String("If"), []string{condition}
			attribute("then_branch", body)
			if depth > 1 { // both would double the model with each level
				body = &onnxpb.GraphProto{Output: []*onnxpb.ValueInfoProto{typed(condition, 9, nil)}}
			}
			attribute("else_branch", body)
		} else {
			times := condition + ".times"
			g.Initializer = append(g.Initializer, &onnxpb.TensorProto{Name: &times, DataType: proto.Int32(7), Int64Data: []int64{m.strange()}})
			outer.OpType, outer.Input = proto.String("Loop"), []string{times, condition}
			attribute("body", body)
			body.Input = []*onnxpb.ValueInfoProto{typed("i", 7, nil), typed("go", 9, nil)}
			body.Node = append(body.Node, node("Identity", "on", "go"))
			body.Output = append([]*onnxpb.ValueInfoProto{typed("on", 9, nil)}, body.Output...)
		}
		g.Node[i] = outer
	}
}

// function puts a node into a function, which may call itself.
func (m *mutant) function() {
	n := m.node()
	if len(n.Input) == 0 {
		return
	}
	inner := proto.CloneOf(n)
	f := &onnxpb.FunctionProto{Name: proto.String(one(m, []string{"F", n.GetOpType()})), Domain: proto.String(one(m, []string{"local", n.GetDomain()})),
		Node: []*onnxpb.NodeProto{inner}, OpsetImport: m.model.OpsetImport}
	for i := range inner.Input {
		inner.Input[i] = fmt.Sprintf("in%d", i)
	}
	f.Input = slices.Clone(inner.Input)
	f.Output = slices.Clone(inner.Output)
	if m.IntN(5) == 0 {
		f.Input = f.Input[1:]
	}
	n.OpType, n.Domain = f.Name, f.Domain
	m.model.Functions = append(m.model.Functions, f)
	m.model.OpsetImport = append(m.model.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: f.Domain, Version: proto.Int64(1)})
}

func (m *mutant) opsets() {
	set := one(m, m.model.OpsetImport)
	switch {
	case set == nil || m.IntN(6) == 0:
		m.model.OpsetImport = append(m.model.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String(m.text()), Version: proto.Int64(m.strange())})
	case m.IntN(6) == 0:
		m.model.OpsetImport = nil
	case m.IntN(6) == 0:
		m.model.IrVersion = proto.Int64(m.strange())
	default:
		set.Version = proto.Int64(one(m, []int64{1, 5, 6, 7, 9, 10, 11, 12, 13, 15, 17, 18, 20, 21, 23, 25, m.strange()}))
	}
}

// metadata adds entries, such as a record of an earlier run, and texts elsewhere.
func (m *mutant) metadata() {
	key := one(m, []string{"metainit", "metainit", m.text()})
	value := one(m, []string{m.text(), `{"gq_before": 1e999}`, `{"gq_before":1,"gq_after":2,"steps":-3,"factors":{"\u001b[31m":1}}`, strings.Repeat("[", 20000)})
	m.model.MetadataProps = append(m.model.MetadataProps, entry(key, value))
	m.model.ProducerName, m.model.DocString = proto.String(m.text()), proto.String(m.text())
}

// damage changes the encoding: bytes that are others, that are missing, and that are too many.
func (m *mutant) damage(file []byte) []byte {
	if len(file) == 0 {
		return file
	}
	at := m.IntN(len(file))
	switch m.IntN(4) {
	case 0:
		return file[:at]
	case 1:
		return append(file, file[:at]...)
	case 2:
		return slices.Delete(file, at, min(at+1+m.IntN(9), len(file)))
	}
	for range 1 + m.IntN(8) {
		file[min(m.IntN(len(file)), m.IntN(len(file)))] ^= 1 << m.IntN(8) // rather near the beginning, where the structure is
	}
	return file
}
