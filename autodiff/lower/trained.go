package lower

import (
	"fmt"
	"math"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// Trainable returns the weights that training changes, in the order of Weights: all but statistics, initial states and what
// else is fixed wherever it is used, and what PyTorch's exporter says is no parameter. It does not look at the elements, as
// package metainit does to find masks and tables.
func (m *Model) Trainable() []*Weight {
	return slices.DeleteFunc(slices.Clone(m.Weights), func(w *Weight) bool {
		return w.Untrained != "" || w.Kinds == Statistic || w.Kinds == Fixed || w.Kinds == FixedUniform
	})
}

// Values returns the elements of all weights as the file has them, by their variables: what autodiff.Evaluate and
// exprgraph.Graph.Let take, and one by one autodiff.Program.Write.
func (m *Model) Values() (map[*autodiff.Node][]float64, error) {
	values := make(map[*autodiff.Node][]float64, len(m.Weights))
	for _, w := range m.Weights {
		data, err := w.Tensor.Float64s()
		if err != nil {
			return nil, err
		}
		values[w.Node] = data
	}
	return values, nil
}

// Nodes returns the variables of weights.
func Nodes(weights []*Weight) []*autodiff.Node {
	list := make([]*autodiff.Node, len(weights))
	for i, w := range weights {
		list[i] = w.Node
	}
	return list
}

// FileValues returns what the tensors of the file hold once weights have the elements that a function returns for their
// variables, for onnxio.Model.SaveValues. Tensors that hold a weight again, perhaps transposed, are among them.
//
// The error is that of the function, or that the file stores several weights as one tensor, which have become different or
// of which some are not among the given.
func (m *Model) FileValues(weights []*Weight, value func(variable *autodiff.Node) ([]float64, error)) ([]onnxio.Values, error) {
	var list []onnxio.Values
	held := make(map[*onnxio.Tensor][]float64)
	for _, w := range weights {
		data, err := value(w.Node)
		if err != nil {
			return nil, fmt.Errorf("weight %q: %w", w.Name, err)
		}
		if len(data) != w.Node.Size() {
			return nil, fmt.Errorf("weight %q of shape %v has %d values", w.Name, w.Node.Shape(), len(data))
		}
		if before, ok := held[w.Tensor]; ok {
			if !slices.EqualFunc(before, data, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
				return nil, fmt.Errorf("weight %q: the file stores it as the tensor %q together with another weight, and their values differ now: %s",
					w.Name, w.Tensor.Name, exportApart)
			}
			continue
		}
		held[w.Tensor] = data
		for _, t := range append([]*onnxio.Tensor{w.Tensor}, w.Copies...) {
			list = append(list, onnxio.Values{Tensor: t, Data: oriented(data, w.Tensor.Shape, t.Shape)})
		}
	}
	for _, w := range m.Weights {
		if held[w.Tensor] != nil && !slices.Contains(weights, w) {
			return nil, fmt.Errorf("weight %q, which has no new values: the file stores it as the tensor %q together with one that has: %s",
				w.Name, w.Tensor.Name, exportApart)
		}
	}
	return list, nil
}

// exportApart is the advice for weights that the file does not distinguish.
const exportApart = "export the model so that equal tensors are stored apart (PyTorch: dynamo=True, optimize=False)"

// oriented returns the elements of a tensor for one that holds the same in another shape: a copy that is not of the same
// shape is the transpose (see tie.go).
func oriented(data []float64, shape, as []int64) []float64 {
	if slices.Equal(shape, as) {
		return data
	}
	rows, columns := int(shape[0]), int(shape[1])
	turned := make([]float64, len(data))
	for i := range rows {
		for j := range columns {
			turned[j*rows+i] = data[i*columns+j]
		}
	}
	return turned
}
