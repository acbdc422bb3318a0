package metainit

import (
	"fmt"

	"onnx-metainit/onnxio"
)

// storesWeights reports whether the main graph has a float initializer with two axes or more.
func storesWeights(m *onnxio.Model) bool {
	for _, t := range m.Tensors {
		if t.Place == onnxio.Initializer && t.IsFloat() && len(t.Shape) > 1 {
			return true
		}
	}
	return false
}

// storesApart reports whether parameters are initializers, and Constant nodes something else: PyTorch's exporter writes as
// Constant nodes what code computed, such as tables of angles, offsets, identity matrices.
func storesApart(m *onnxio.Model) bool {
	return m.Proto.GetProducerName() == "pytorch" && storesWeights(m)
}

// literalWarnings names the weights that are Constant nodes all the same: nothing else distinguishes them from what code computed.
func (p *Problem) literalWarnings() []string {
	if !storesApart(p.model) {
		return nil
	}
	var list []string
	for _, par := range p.rescaled() {
		if par.Tensor.Place == onnxio.Constant {
			list = append(list, fmt.Sprintf("%q is tuned, but stands in a Constant node, where PyTorch's exporter writes what code made, such as tables of angles; %s it if it is not trained", par.Name, p.opt.called("Freeze")))
		}
	}
	return list
}
