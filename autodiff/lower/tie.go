package lower

import (
	"errors"
	"math"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// An embedding table that is also the matrix of the last layer is one parameter. Optimizing exporters transpose it for the
// product beforehand and so store it twice. Two matrices of the main graph are one parameter if one is the transpose of the
// other, or if they are equal and one is a table that Gather picks rows of, the other the factor of a product. Equal
// factors are none: copied layers are equal until they are trained.

// copied says that a tensor holds the elements of another once more.
type copied struct {
	of         *onnxio.Tensor
	proto      *onnxpb.TensorProto
	transposed bool
}

// matrix is a candidate.
type matrix struct {
	*onnxio.Tensor
	proto          *onnxpb.TensorProto
	table, product bool
}

// shapeKey is what two tensors that are tied have in common: the first element is the same in either orientation.
type shapeKey struct {
	dataType   DataType
	less, more int64
	first      uint64
}

// ties returns the copies among the matrices of the main graph. Those whose elements cannot be read have none.
func ties(m *onnxio.Model) map[*onnxio.Tensor]copied {
	g := m.Proto.GetGraph()
	tables, products := usedMatrices(g)
	found := make(map[*onnxio.Tensor]copied)
	byKey := make(map[shapeKey][]matrix)
	for _, p := range g.GetInitializer() {
		t := m.Tensor(p)
		if t == nil || !t.IsFloat() || len(t.Shape) != 2 || min(t.Shape[0], t.Shape[1]) < 2 {
			continue
		}
		first, ok := firstElement(t)
		if !ok {
			continue
		}
		new := matrix{t, p, tables[t.Name], products[t.Name]}
		key := shapeKey{t.DataType, min(t.Shape[0], t.Shape[1]), max(t.Shape[0], t.Shape[1]), math.Float64bits(first)}
		for _, old := range byKey[key] {
			if transposed, ok := old.tied(new); ok {
				found[t] = copied{old.Tensor, old.proto, transposed}
				break
			}
		}
		if _, isCopy := found[t]; !isCopy && len(byKey[key]) < maxTied {
			byKey[key] = append(byKey[key], new)
		}
	}
	return found
}

// usedMatrices returns the names of the tensors that Gather picks rows of and of those that are factors of products, perhaps
// transposed before.
func usedMatrices(g *onnxpb.GraphProto) (tables, products map[string]bool) {
	tables, products = make(map[string]bool), make(map[string]bool)
	for _, n := range g.GetNode() {
		in := n.GetInput()
		switch op := n.GetOpType(); {
		case op == "Gather" && len(in) > 0:
			tables[in[0]] = true
		case op == "MatMul" || op == "Gemm" || op == "Transpose":
			for _, name := range in {
				products[name] = true
			}
		}
	}
	return tables, products
}

// tied reports whether two matrices are one parameter, and whether one is the transpose of the other.
func (a matrix) tied(b matrix) (transposed, ok bool) {
	rows, columns := a.Shape[0], a.Shape[1]
	switch {
	case rows != columns && b.Shape[0] == columns:
		transposed = true
	case !(a.table && b.product || a.product && b.table):
		return false, false
	}
	data, err := a.Float64s()
	if err != nil {
		return false, false
	}
	i, varied := int64(0), false
	err = b.Blocks(func(block []float64) error {
		for _, v := range block {
			at := i
			if transposed {
				at = i%rows*columns + i/rows
			}
			if data[at] != v {
				return errDiffer
			}
			varied = varied || v != data[0]
			i++
		}
		return nil
	})
	return transposed, err == nil && varied
}

// errDiffer ends the reading of a tensor.
var errDiffer = errors.New("the elements differ")

func firstElement(t *onnxio.Tensor) (first float64, ok bool) {
	_ = t.Blocks(func(block []float64) error { // it ends with errDiffer, or the tensor cannot be read
		first, ok = block[0], true
		return errDiffer
	})
	return first, ok
}

// copyOf returns the value of a tensor that is a copy.
func (b *builder) copyOf(c copied, t *onnxio.Tensor) (value, error) {
	v, err := b.tensor(c.proto, true, false)
	if err != nil {
		return v, err
	}
	if !slices.Contains(v.weight.Copies, t) {
		v.weight.Copies = append(v.weight.Copies, t)
	}
	v.read = t.Float64s
	if c.transposed {
		v.Node, v.weight, v.stored = autodiff.Transpose(v.Node, 1, 0), nil, nil
	}
	return v, nil
}

// copied reports whether a copy is used: it is the same parameter as another tensor.
func (b *builder) copied(t *onnxio.Tensor) bool {
	c, ok := b.copies[t]
	s := b.weights[c.of]
	return ok && s != nil && len(s.weights) > 0 && slices.Contains(s.weights[0].Copies, t)
}
