package lower

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onnx-metainit/onnxio/onnxpb"
)

const defaultBatch = 32

// inputs returns the inputs of the graph that are not initializers, with concrete shapes.
func (b *builder) inputs(g *onnxpb.GraphProto, opt Options) ([]*Input, error) {
	stored := make(map[string]bool)
	for _, t := range g.GetInitializer() {
		stored[t.GetName()] = true
	}
	for _, t := range g.GetSparseInitializer() {
		stored[t.GetValues().GetName()] = true
	}
	var infos []*onnxpb.ValueInfoProto
	seen := make(map[string]bool)
	for _, v := range g.GetInput() {
		if stored[v.GetName()] {
			continue // the first versions of ONNX list initializers among the inputs
		}
		if seen[v.GetName()] {
			return nil, fmt.Errorf("input %q is there twice: the model is broken", v.GetName())
		}
		seen[v.GetName()] = true
		infos = append(infos, v)
	}
	for _, given := range []map[string]bool{names(opt.Shapes), names(opt.Known)} {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if !seen[name] {
				return nil, fmt.Errorf("input %q is not one of the model's (%s)", name,
					strings.Join(slices.Sorted(maps.Keys(seen)), ", "))
			}
		}
	}
	sizes, err := freeSizes(infos, opt)
	if err != nil {
		return nil, err
	}
	var list []*Input
	for _, v := range infos {
		in, err := b.input(v, opt, sizes)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", v.GetName(), err)
		}
		list = append(list, in)
	}
	return list, nil
}

func names[T any](m map[string]T) map[string]bool {
	set := make(map[string]bool)
	for name := range m {
		set[name] = true
	}
	return set
}

// freeSizes returns the sizes of the named free axes: from the shapes that are given, else the batch for those that an
// input begins with.
func freeSizes(infos []*onnxpb.ValueInfoProto, opt Options) (map[string]int, error) {
	sizes := make(map[string]int)
	for _, v := range infos {
		dims := v.GetType().GetTensorType().GetShape().GetDim()
		given, ok := opt.Shapes[v.GetName()]
		if !ok || len(given) != len(dims) {
			continue
		}
		for i, d := range dims {
			name := d.GetDimParam()
			if name == "" {
				continue
			}
			if other, ok := sizes[name]; ok && other != given[i] {
				return nil, fmt.Errorf("input %q: axis %d is given size %d, but its name %q stands for %d elsewhere",
					v.GetName(), i, given[i], name, other)
			}
			sizes[name] = given[i]
		}
	}
	for _, v := range infos {
		dims := v.GetType().GetTensorType().GetShape().GetDim()
		if len(dims) == 0 || dims[0].GetDimParam() == "" {
			continue
		}
		if _, ok := sizes[dims[0].GetDimParam()]; !ok {
			sizes[dims[0].GetDimParam()] = opt.batch()
		}
	}
	return sizes, nil
}

func (opt Options) batch() int {
	if opt.Batch > 0 {
		return opt.Batch
	}
	return defaultBatch
}

func (b *builder) input(v *onnxpb.ValueInfoProto, opt Options, sizes map[string]int) (*Input, error) {
	in := &Input{Name: v.GetName()}
	tensor := v.GetType().GetTensorType()
	if tensor == nil {
		return nil, fmt.Errorf("is no tensor: sequences, maps and optional inputs are not supported")
	}
	if in.DataType = DataType(tensor.GetElemType()); !isNumeric(in.DataType) {
		return nil, fmt.Errorf("elements of type %v cannot be computed with", in.DataType)
	}
	given, ok := opt.Shapes[in.Name]
	switch {
	case tensor.Shape == nil && !ok:
		return nil, fmt.Errorf("the file gives no shape: give one (--input-shape %s:…)", in.Name)
	case tensor.Shape == nil:
		in.Shape = slices.Clone(given)
	default:
		shape, err := concrete(in.Name, tensor.Shape.GetDim(), given, ok, opt.batch(), sizes)
		if err != nil {
			return nil, err
		}
		in.Shape = shape
	}
	size := 1
	for _, d := range in.Shape {
		if d < 0 || d > 0 && size > 1<<40/d {
			return nil, fmt.Errorf("shape %v is out of range", in.Shape)
		}
		size *= max(d, 1)
	}
	if data, ok := opt.Known[in.Name]; ok {
		size := 1
		for _, d := range in.Shape {
			size *= d
		}
		if len(data) != size {
			return nil, fmt.Errorf("shape %v has %d elements, %d are given", in.Shape, size, len(data))
		}
		in.Node = b.graph.Const(data, in.Shape...)
		return in, nil
	}
	in.Node = b.graph.Variable(in.Name, in.Shape...)
	if in.DataType == boolType {
		in.Use = UseMask
	}
	return in, nil
}

// concrete returns the shape of an input: the sizes of the file, the free ones filled in.
func concrete(name string, dims []*onnxpb.TensorShapeProto_Dimension, given []int, ok bool, batch int, sizes map[string]int) ([]int, error) {
	if ok && len(given) != len(dims) {
		return nil, fmt.Errorf("the given shape %v has %d axes, the file's %d", given, len(given), len(dims))
	}
	shape := make([]int, len(dims))
	for i, d := range dims {
		fixed, isFixed := d.GetValue().(*onnxpb.TensorShapeProto_Dimension_DimValue)
		// Some exporters write −1 or 0 for a free axis.
		isFixed = isFixed && fixed.DimValue > 0
		bound, isBound := sizes[d.GetDimParam()]
		switch {
		case ok && isFixed && int64(given[i]) != fixed.DimValue:
			return nil, fmt.Errorf("axis %d has size %d in the file, and cannot be %d", i, fixed.DimValue, given[i])
		case ok:
			shape[i] = given[i]
		case isFixed:
			shape[i] = int(fixed.DimValue)
		case d.GetDimParam() != "" && isBound:
			shape[i] = bound
		case i == 0:
			shape[i] = batch
		default:
			free := d.GetDimParam()
			if free == "" {
				free = "no name"
			}
			return nil, fmt.Errorf("the size of axis %d (%s) is free: give the shape (--input-shape %s:…)", i, free, name)
		}
	}
	return shape, nil
}
