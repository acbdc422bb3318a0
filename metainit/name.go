package metainit

import (
	"fmt"

	"onnx-metainit/onnxio"
)

// namedTensor is a tensor with a name that no other of its model has.
type namedTensor struct {
	*onnxio.Tensor
	name string
}

// qualified returns the tensors of a model in file order. In subgraphs, functions and training information names begin
// with the place; of several with one name all but the first get #2, #3, ….
func qualified(m *onnxio.Model) []namedTensor {
	var list []namedTensor
	seen := map[string]int{}
	for _, t := range m.Tensors {
		name := t.Name
		switch t.Place {
		case onnxio.Subgraph, onnxio.Function, onnxio.Training:
			name = t.Place.String() + "/" + name
		}
		seen[name]++
		if n := seen[name]; n > 1 {
			name = fmt.Sprintf("%s#%d", name, n)
		}
		list = append(list, namedTensor{t, name})
	}
	return list
}

// names returns the name of each tensor as qualified has it.
func names(m *onnxio.Model) map[*onnxio.Tensor]string {
	names := make(map[*onnxio.Tensor]string, len(m.Tensors))
	for _, t := range qualified(m) {
		names[t.Tensor] = t.name
	}
	return names
}
