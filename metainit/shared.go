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

// keepShared keeps the norms of weights that share their stored tensor with something whose norm must not change.
func keepShared(list []*Parameter) {
	for _, group := range sharing(list) {
		kept := false
		for _, par := range group {
			kept = kept || !par.rescaled() && par.reached
		}
		for _, par := range group {
			if kept && par.rescaled() {
				par.Role, par.Reason = RoleParameter, "the file stores it and other parameters as one tensor: "+counts
			}
		}
	}
}

// leaders returns for each parameter the first that is stored as the same tensor, whose factor is that of all.
func leaders(counted []*Parameter) []int {
	first, list := make(map[*onnxio.Tensor]int), make([]int, len(counted))
	for j, par := range counted {
		if _, ok := first[par.Tensor]; !ok {
			first[par.Tensor] = j
		}
		list[j] = first[par.Tensor]
	}
	return list
}

// addShared makes the slope of each weight by the logarithm of its norm that of the factor: the sum over all weights that the
// file stores as the same tensor.
func addShared(counted []*Parameter, slopes []float64) {
	sums, leader := make([]float64, len(slopes)), leaders(counted)
	for j, slope := range slopes {
		sums[leader[j]] += slope
	}
	for j := range slopes {
		slopes[j] = sums[leader[j]]
	}
}
