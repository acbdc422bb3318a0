package metainit

import "onnx-metainit/onnxio"

// literalsOnly reports whether no Constant node of the model holds a weight. PyTorch stores parameters and buffers as
// initializers and writes as Constant nodes what the code made: tables of angles and offsets, identity matrices. A frozen
// module is the exception: its weights are Constant nodes, and there are no initializers.
func literalsOnly(m *onnxio.Model) bool {
	if m.Proto.GetProducerName() != "pytorch" {
		return false
	}
	for _, t := range m.Tensors {
		if t.Place == onnxio.Initializer && t.IsFloat() && len(t.Shape) > 1 {
			return true
		}
	}
	return false
}
