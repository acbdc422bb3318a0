package metainit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// inputShapes returns the shapes of the inputs: by option, by data, by the file with its free axes filled in. It also
// returns the data of small integer inputs, which may decide shapes.
func inputShapes(m *onnxio.Model, opt Options) (shapes map[string][]int, known map[string][]float64, err error) {
	shapes, known = make(map[string][]int), make(map[string][]float64)
	for name, shape := range opt.Shapes {
		if name, err = resolveInput(m, name); err != nil {
			return nil, nil, err
		}
		shapes[name] = shape
	}
	for name, data := range opt.Inputs {
		if name, err = resolveInput(m, name); err != nil {
			return nil, nil, err
		}
		if shape, ok := shapes[name]; ok && !slices.Equal(shape, data.Shape) {
			return nil, nil, fmt.Errorf("input %q: the data has shape %v, but --input-shape says %v", name, data.Shape, shape)
		}
		shapes[name] = data.Shape
		if data.Integer && len(data.Shape) <= 1 && len(data.Data) <= 64 {
			known[name] = data.Data
		}
	}
	sizes, err := freeSizes(m, opt, shapes)
	if err != nil {
		return nil, nil, err
	}
	for _, in := range inputsOf(m) {
		if _, given := shapes[in.GetName()]; given || in.GetType().GetTensorType().GetShape() == nil {
			continue
		}
		if shapes[in.GetName()], err = concrete(in, sizes, opt.batch()); err != nil {
			return nil, nil, err
		}
	}
	return shapes, known, nil
}

// inputsOf returns the inputs that are not initializers.
func inputsOf(m *onnxio.Model) []*onnxpb.ValueInfoProto {
	sparse := map[string]bool{}
	for _, s := range m.Proto.GetGraph().GetSparseInitializer() {
		sparse[s.GetValues().GetName()] = true
	}
	return slices.DeleteFunc(slices.Clone(m.Proto.GetGraph().GetInput()), func(in *onnxpb.ValueInfoProto) bool {
		return m.Initializer(in.GetName()) != nil || sparse[in.GetName()]
	})
}

// InputNames returns the names of the inputs that are not initializers.
func InputNames(m *onnxio.Model) []string {
	var names []string
	for _, in := range inputsOf(m) {
		names = append(names, in.GetName())
	}
	return names
}

// resolveInput returns the name of the only input for "".
func resolveInput(m *onnxio.Model, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	names := InputNames(m)
	if len(names) != 1 {
		return "", fmt.Errorf("the model has %d inputs (%s): say which one is meant, as NAME:…",
			len(names), strings.Join(names, ", "))
	}
	return names[0], nil
}

// freeSizes returns the size of each free axis by its name, which stands for one size in all inputs: that of the options,
// else that of the input whose shape is given, else the batch if it is always the first axis.
func freeSizes(m *onnxio.Model, opt Options, given map[string][]int) (map[string]int, error) {
	sizes := maps.Clone(opt.Dims)
	if sizes == nil {
		sizes = make(map[string]int)
	}
	free, batch := map[string]bool{}, map[string]bool{}
	for _, in := range inputsOf(m) {
		known, dims := in.GetType().GetTensorType().GetShape() != nil, in.GetType().GetTensorType().GetShape().GetDim()
		shape, isGiven := given[in.GetName()]
		if known && isGiven && len(shape) != len(dims) {
			return nil, fmt.Errorf("input %q: the given shape %v has %d axes, the file's %d", in.GetName(), shape, len(shape), len(dims))
		}
		for i, d := range dims {
			name := d.GetDimParam()
			if name == "" {
				continue
			}
			batch[name] = i == 0 && (batch[name] || !free[name])
			free[name] = true
			if !isGiven {
				continue
			}
			if size, ok := sizes[name]; ok && size != shape[i] {
				return nil, fmt.Errorf("input %q: axis %d is given size %d, but its name %q stands for %d elsewhere", in.GetName(), i, shape[i], name, size)
			}
			sizes[name] = shape[i]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(opt.Dims)) {
		switch {
		case free[name]:
		case len(free) == 0:
			return nil, fmt.Errorf("--dim %s: no axis of an input is free and has a name; --input-shape gives shapes by input", name)
		default:
			return nil, fmt.Errorf("--dim %s: no axis of an input has this name; free axes are %s", name, strings.Join(slices.Sorted(maps.Keys(free)), ", "))
		}
	}
	for name := range free {
		if _, ok := sizes[name]; !ok && batch[name] {
			sizes[name] = opt.batch()
		}
	}
	return sizes, nil
}

// concrete returns the shape of an input, the batch for a first axis that is free and has no name. Some exporters write
// −1 or 0 for a free axis.
func concrete(in *onnxpb.ValueInfoProto, sizes map[string]int, batch int) ([]int, error) {
	dims := in.GetType().GetTensorType().GetShape().GetDim()
	shape := make([]int, len(dims))
	for i, d := range dims {
		name := d.GetDimParam()
		size, bound := sizes[name]
		switch {
		case d.GetDimValue() > 0:
			shape[i] = int(d.GetDimValue())
		case name != "" && bound:
			shape[i] = size
		case name == "" && i == 0:
			shape[i] = batch
		case name != "":
			return nil, fmt.Errorf("input %q: the size of axis %d (%s) is free: give it (--dim %[3]s=… or --input-shape %[1]s:…)", in.GetName(), i, name)
		default:
			return nil, fmt.Errorf("input %q: the size of axis %d (no name) is free: give the shape (--input-shape %[1]s:…)", in.GetName(), i)
		}
	}
	return shape, nil
}
