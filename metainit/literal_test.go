package metainit

import (
	"regexp"
	"testing"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// TestLiterals multiplies by an initializer and by a Constant node: which of them are weights depends on who wrote the file
// and on whether it has initializers, and --params decides otherwise.
func TestLiterals(t *testing.T) {
	for _, c := range []struct {
		producer string
		stored   bool
		opt      Options
		want     Role // of the Constant node's tensor
	}{
		{"pytorch", true, Options{}, RoleConstant},
		{"pytorch", true, Options{Params: regexp.MustCompile("c")}, RoleWeight},
		{"pytorch", false, Options{}, RoleWeight},
		{"jax2onnx", true, Options{}, RoleWeight},
	} {
		g := &onnxpb.GraphProto{
			Name:   proto.String("g"),
			Input:  []*onnxpb.ValueInfoProto{port("x", float32Type, "n", 2)},
			Output: []*onnxpb.ValueInfoProto{port("y", float32Type, "n", 2)},
			Node: []*onnxpb.NodeProto{
				node("Constant", "", "c", tensorValue(square("", 1.2))),
				node("MatMul", "x c", "h"), node("Tanh", "h", "s"), node("MatMul", "s w", "y"),
			},
		}
		if c.stored {
			g.Initializer = []*onnxpb.TensorProto{square("w", 1.1)}
		} else {
			g.Node = append([]*onnxpb.NodeProto{node("Constant", "", "w", tensorValue(square("", 1.1)))}, g.Node...)
		}
		raw, err := proto.Marshal(&onnxpb.ModelProto{IrVersion: proto.Int64(8), ProducerName: &c.producer,
			OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}}, Graph: g})
		if err != nil {
			t.Fatal(err)
		}
		m, err := onnxio.Decode("model", raw)
		if err != nil {
			t.Fatal(err)
		}
		c.opt.Loss = LossMSE
		p, err := New(m, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, par := range p.Parameters() {
			if par.Name == "c" && par.Role != c.want {
				t.Errorf("%+v: a %s (%s), want a %s", c, par.Role, par.Reason, c.want)
			}
		}
	}
}
