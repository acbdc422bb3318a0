package lower

import (
	"fmt"

	"github.com/owulveryck/onnx-go"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// indexAttribute numbers the nodes of a skeleton: the place in the list of operations that it was made from.
const indexAttribute = "metainit.operation"

// skeleton returns the structure of a graph as a small ONNX model that onnx-go decodes whatever the file holds: names,
// operators and edges only. Tensors are free names, types and subgraphs are left out, the tensors that subgraphs read
// are inputs of the nodes that have them, and attributes are looked up by the node's index.
func skeleton(b *body, inputs []string) ([]byte, error) {
	g := &onnxpb.GraphProto{}
	for _, name := range inputs {
		g.Input = append(g.Input, &onnxpb.ValueInfoProto{Name: proto.String(name)})
	}
	for _, name := range b.outputs {
		g.Output = append(g.Output, &onnxpb.ValueInfoProto{Name: proto.String(name)})
	}
	edges := 0
	for i, op := range b.operations {
		if edges += max(len(op.outputs)-1, 0) * (len(op.inputs) + len(op.captured)); edges > maxEdges {
			return nil, fmt.Errorf("node %q: has %d inputs and %d results: more than %d edges between the two are not supported",
				op.name, len(op.inputs)+len(op.captured), len(op.outputs), maxEdges)
		}
		g.Node = append(g.Node, &onnxpb.NodeProto{
			// onnx-go makes up an input for a node that has none, named after the node.
			Name:   proto.String(fmt.Sprintf("%d\x00", i)),
			OpType: proto.String(op.operator),
			Input:  append(append([]string(nil), op.inputs...), op.captured...),
			Output: op.outputs,
			Attribute: []*onnxpb.AttributeProto{{
				Name: proto.String(indexAttribute),
				Type: onnxpb.AttributeProto_INT.Enum(),
				I:    proto.Int64(int64(i)),
			}},
		})
	}
	return proto.Marshal(&onnxpb.ModelProto{
		IrVersion:   proto.Int64(7),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(17)}},
		Graph:       g,
	})
}

// decode has onnx-go build a Backend from the skeleton of a graph.
func decode(b *body, inputs []string) (*Backend, error) {
	backend := &Backend{operations: b.operations}
	if len(b.operations) == 0 {
		return backend, nil // onnx-go refuses a graph without nodes; outputs are inputs or constants here
	}
	if _, err := backend.unmarshal(b, inputs); err != nil {
		return nil, err
	}
	return backend, nil
}

// unmarshal has onnx-go give the Backend, which has the operations of a graph, the rest of its skeleton.
func (b *Backend) unmarshal(of *body, inputs []string) (*onnx.Model, error) {
	data, err := skeleton(of, inputs)
	if err != nil {
		return nil, err
	}
	m := onnx.NewModel(b)
	return m, m.UnmarshalBinary(data)
}
