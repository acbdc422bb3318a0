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

// literalWarnings names the weights that stand in Constant nodes of a PyTorch export with initializers. PyTorch stores
// parameters and buffers as initializers, and writes as Constant nodes what code made: tables of angles, offsets, identity
// matrices. Nothing else tells the two apart.
func (p *Problem) literalWarnings() []string {
	if p.model.Proto.GetProducerName() != "pytorch" || !storesWeights(p.model) {
		return nil
	}
	var list []string
	for _, par := range p.tuned() {
		if par.Tensor.Place == onnxio.Constant {
			list = append(list, fmt.Sprintf("%q is tuned, but stands in a Constant node, where PyTorch's exporter writes what code made, such as tables of angles; --freeze it if it is not trained", par.Name))
		}
	}
	return list
}
