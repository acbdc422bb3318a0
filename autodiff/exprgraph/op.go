package exprgraph

import (
	"fmt"
	"hash"
	"strings"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"onnx-metainit/autodiff"
)

// op is a gorgonia.Op that computes one autodiff node. Unlike Gorgonia's own
// ops it belongs to its node: types and shapes are those of the node, not
// inferred anew.
type op struct {
	node     *autodiff.Node
	identity string // what the op writes into hashes
}

// Arity returns the number of operands.
func (o *op) Arity() int { return len(o.node.Operands()) }

// Type returns the type of the function from the operands to the result.
func (o *op) Type() hm.Type {
	var types []hm.Type
	for _, x := range o.node.Operands() {
		types = append(types, typeOf(x.Rank()))
	}
	return hm.NewFnType(append(types, typeOf(o.node.Rank()))...)
}

// InferShape returns the shape of the node.
func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return shapeOf(o.node), nil
}

// Do computes the node from the values of its operands. The result shares no
// memory with them.
func (o *op) Do(operands ...gorgonia.Value) (gorgonia.Value, error) {
	in := make([][]float64, len(operands))
	for i, v := range operands {
		var err error
		if in[i], err = dataOf(v); err != nil {
			return nil, fmt.Errorf("operand %d of %v: %w", i, o.node, err)
		}
	}
	out, err := o.node.Compute(in)
	if err != nil {
		return nil, err
	}
	return newValue(out, o.node.Shape()), nil
}

// ReturnsPtr reports that results are new tensors.
func (o *op) ReturnsPtr() bool { return true }

// CallsExtern reports that no foreign code runs.
func (o *op) CallsExtern() bool { return false }

// OverwritesInput reports, as −1, that operands are left as they are.
func (o *op) OverwritesInput() int { return -1 }

// WriteHash writes what makes the node's hash its own.
func (o *op) WriteHash(h hash.Hash) { fmt.Fprint(h, o.identity) }

// Hashcode returns the node's number in its autodiff graph.
func (o *op) Hashcode() uint32 { return uint32(o.node.ID()) }

// String returns the primitive's name and attributes, such as "sum [0]": the
// line that autodiff prints for the node, without numbers of nodes and shape.
func (o *op) String() string {
	_, line, _ := strings.Cut(o.node.String(), " = ")
	for _, x := range o.node.Operands() { // they follow the name, in this order
		line = strings.Replace(line, fmt.Sprintf(" %%%d", x.ID()), "", 1)
	}
	return strings.TrimSuffix(line, fmt.Sprintf(" : %v", o.node.Shape()))
}

// typeOf is Gorgonia's type of a float64 tensor: without axes, it is a scalar's.
func typeOf(rank int) hm.Type {
	if rank == 0 {
		return tensor.Float64
	}
	return gorgonia.TensorType{Dims: rank, Of: tensor.Float64}
}

func shapeOf(n *autodiff.Node) tensor.Shape { return tensor.Shape(n.Shape()).Clone() }
