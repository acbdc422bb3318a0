package lower

import (
	"fmt"
	"slices"

	"github.com/owulveryck/onnx-go"

	"onnx-metainit/onnxio"
)

// Decode gives a new Backend the model of a file, and returns it as onnx-go has it, for SetInput and GetOutputTensors:
//
//	b := new(lower.Backend)
//	m, err := b.Decode(file)
//	err = m.SetInput(0, x)
//	err = b.Run()
//	y, err := m.GetOutputTensors()
//
// onnx-go decodes the graph's structure only, and Run lowers what that stands for as Import does: subgraphs, functions, all
// domains, opsets and types of tensors, external data. Inputs of types that Gorgonia lacks, such as float16, are given in
// another, and outputs of these come in float32. The file stays open as long as the Backend runs.
//
// The errors are those of Import for the structure; Run has those of operators and shapes.
func (b *Backend) Decode(file *onnxio.Model) (m *onnx.Model, err error) {
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("the model cannot be decoded: %w", recovered(r))
		}
	}()
	if len(b.nodes) > 0 || b.body != nil {
		return nil, fmt.Errorf("the backend holds a model already: take a new one")
	}
	g := file.Proto.GetGraph()
	infos, err := declaredInputs(file, Options{})
	if err != nil {
		return nil, err
	}
	body, err := mainScope(file.Proto).body(g)
	if err != nil {
		return nil, err
	}
	var names []string
	types := make(map[string]DataType)
	for _, v := range infos {
		names = append(names, v.GetName())
		types[v.GetName()] = DataType(v.GetType().GetTensorType().GetElemType())
	}
	b.model, b.body, b.types, b.operations = file, body, types, body.operations
	if len(body.operations) == 0 { // which onnx-go refuses
		m = onnx.NewModel(b)
		m.Input, m.Output = b.declare(names), b.declare(body.outputs)
	} else if m, err = b.unmarshal(body, names); err != nil {
		return nil, fmt.Errorf("graph %q: %w", g.GetName(), err)
	}
	for _, n := range b.nodes {
		n.declared = slices.Contains(m.Output, n.id)
	}
	return m, nil
}

// declare adds nodes with the given names and returns their numbers.
func (b *Backend) declare(names []string) (ids []int64) {
	for _, name := range names {
		n := &Node{id: int64(len(b.nodes)), name: name}
		b.nodes, ids = append(b.nodes, n), append(ids, n.id)
	}
	return ids
}
