package metainit

import "onnx-metainit/onnxio"

// Exporters store equal tensors once, and so the matrices of copied layers, which are equal until they are trained. In the
// quotient they are weights of their own; the file has one tensor for them, and one factor.

// sharing returns the parameters by the tensor that holds their elements.
func sharing(list []*Parameter) map[*onnxio.Tensor][]*Parameter {
	by := make(map[*onnxio.Tensor][]*Parameter)
	for _, par := range list {
		by[par.Tensor] = append(by[par.Tensor], par)
	}
	return by
}

// keepShared leaves the norms of weights as they are that are stored as one tensor with something that must keep its own.
func keepShared(list []*Parameter) {
	for _, group := range sharing(list) {
		kept := false
		for _, par := range group {
			kept = kept || !par.tuned() && par.reached
		}
		for _, par := range group {
			if kept && par.tuned() {
				par.Role, par.Reason = RoleParameter, "the file stores it and other parameters as one tensor: "+counts
			}
		}
	}
}

// addShared makes the slope of each weight by the logarithm of its norm that of the factor: the sum over all weights that the
// file stores as the same tensor.
func addShared(counted []*Parameter, slopes []float64) {
	sums := make(map[*onnxio.Tensor]float64)
	for j, par := range counted {
		if par.tuned() {
			sums[par.Tensor] += slopes[j]
		}
	}
	for j, par := range counted {
		if par.tuned() {
			slopes[j] = sums[par.Tensor]
		}
	}
}
