package lower

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend"
	"gonum.org/v1/gonum/graph"
	"google.golang.org/protobuf/proto"
	"gorgonia.org/tensor"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

var (
	_ backend.ComputationBackend = (*Backend)(nil)
	_ onnx.Namer                 = (*Node)(nil)
	_ onnx.DataCarrier           = (*Node)(nil)
	_ graph.Directed             = (*Backend)(nil)
)

// runDirect has onnx-go decode the model of a case, without a skeleton, and run it.
func (c operatorCase) runDirect() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errNotDecoded // onnx-go and the tensor package panic on types that they do not know
		}
	}()
	p := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(c.model, p); err != nil {
		return err
	}
	for _, n := range p.GetGraph().GetNode() {
		if n.GetDomain() != "" || len(n.GetInput()) == 0 && n.GetOpType() != "Constant" {
			return errNotDecoded // onnx-go drops the domain, and makes up an input for a node that has none
		}
	}
	b := &Backend{Opset: int(p.GetOpsetImport()[0].GetVersion())}
	m := onnx.NewModel(b)
	if err := m.UnmarshalBinary(c.model); err != nil {
		return errors.Join(errNotDecoded, err)
	}
	return c.runOn(b, m)
}

// runDecoded has Decode read the model of a case, and runs it.
func (c operatorCase) runDecoded() error {
	file, err := onnxio.Decode(c.name, c.model)
	if err != nil {
		return err
	}
	b := new(Backend)
	m, err := b.Decode(file)
	if err != nil {
		return err
	}
	return c.runOn(b, m)
}

// runOn runs a decoded case on its inputs and compares the outputs.
func (c operatorCase) runOn(b *Backend, m *onnx.Model) error {
	p := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(c.model, p); err != nil {
		return err
	}
	g := p.GetGraph()
	for i, in := range g.GetInput() {
		t := dense(DataType(in.GetType().GetTensorType().GetElemType()), c.data[i].shape, c.data[i].data)
		if err := m.SetInput(i, t); err != nil {
			return errors.Join(errNotDecoded, err)
		}
	}
	if err := b.Run(); err != nil {
		return err
	}
	outputs, err := m.GetOutputTensors()
	if err != nil {
		return err
	}
	for i, out := range outputs {
		want := c.data[len(g.GetInput())+i]
		if !slices.Equal([]int(out.Shape()), want.shape) {
			return errors.New("shape differs")
		}
		for j, v := range elements(out.Data()) {
			if w := want.data[j]; math.Abs(v-w) > 1e-5+1e-3*math.Abs(w) && !c.near(v, w) {
				return fmt.Errorf("result %d: element %d is %v, want %v", i, j, v, w)
			}
		}
	}
	return nil
}

var errNotDecoded = errors.New("onnx-go does not decode the model")

// TestDirect runs the cases through onnx-go: what passes through Import passes through Decode, and through onnx-go's own
// decoder, unless that cannot decode the model or its tensors.
func TestDirect(t *testing.T) {
	passed, failed := 0, make(map[string]int)
	for _, c := range operatorCases(t) {
		if c.run() != nil || slices.ContainsFunc(c.data, func(a array) bool { return len(a.data) == 0 }) {
			continue
		}
		if err := c.runDecoded(); err != nil && c.compare(false) == nil { // else casts round known numbers only
			t.Errorf("%s, by Decode: %v", c.name, err)
		}
		switch err := c.runDirect(); {
		case err == nil:
			passed++
		case errors.Is(err, errNotDecoded):
			failed["not decoded"]++
		default:
			t.Errorf("%s: %v", c.name, err)
		}
	}
	t.Logf("%d passed, %v", passed, failed)
	if passed < 700 {
		t.Errorf("%d cases passed, expected at least 700", passed)
	}
}

func TestBackendGraph(t *testing.T) {
	// y = (x·x) + a; onnx-go numbers x 0, y 1, then x·x and a.
	data, err := proto.Marshal(&onnxpb.ModelProto{
		IrVersion: proto.Int64(7),
		Graph: &onnxpb.GraphProto{
			Input:  []*onnxpb.ValueInfoProto{{Name: proto.String("x")}},
			Output: []*onnxpb.ValueInfoProto{{Name: proto.String("y")}},
			Node: []*onnxpb.NodeProto{
				{OpType: proto.String("Mul"), Input: []string{"x", "x"}, Output: []string{"xx"}},
				{OpType: proto.String("Add"), Input: []string{"xx", "a"}, Output: []string{"y"}},
			},
			Initializer: []*onnxpb.TensorProto{{
				Name: proto.String("a"), DataType: proto.Int32(int32(onnxio.Float64)), Dims: []int64{2}, DoubleData: []float64{10, 20},
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := new(Backend)
	m := onnx.NewModel(b)
	if err := m.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if err := b.Run(); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("Run without an input gives %v", err)
	}
	if err := m.SetInput(0, tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{3, 4}))); err != nil {
		t.Fatal(err)
	}
	if err := b.Run(); err != nil {
		t.Fatal(err)
	}
	out, err := m.GetOutputTensors()
	if err != nil {
		t.Fatal(err)
	}
	if got := out[0].Data().([]float64); !slices.Equal(got, []float64{19, 36}) {
		t.Errorf("got %v", got)
	}
	named := b.named("x", "xx")
	x, xx := named[0].ID(), named[1].ID()
	if b.Nodes().Len() != 4 || b.From(xx).Len() != 1 || b.To(x).Len() != 1 {
		t.Errorf("%d nodes, xx from %d, x to %d; want 4, 1, 1", b.Nodes().Len(), b.From(xx).Len(), b.To(x).Len())
	}
	if !b.HasEdgeFromTo(xx, x) || b.HasEdgeFromTo(x, xx) || !b.HasEdgeBetween(x, xx) || b.Edge(xx, x) == nil || b.Edge(x, xx) != nil {
		t.Error("the edge leads from the result to the operand, and no other way")
	}
	if b.Node(-1) != nil || b.Node(99) != nil {
		t.Error("nodes that do not exist are nil")
	}
}
