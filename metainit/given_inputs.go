package metainit

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// maxConstant bounds the elements of given data that become a constant of the graph, which then computes less: whole
// numbers, as of lengths, sizes and axes.
const maxConstant = 64

// given are the shapes and the data of inputs by name.
type given struct {
	shapes map[string][]int // those of the data too
	data   map[string]*Array
}

// givenInputs returns what the options give, under the names of the inputs.
func givenInputs(m *onnxio.Model, opt Options) (given, error) {
	g := given{make(map[string][]int), make(map[string]*Array)}
	for name, shape := range opt.Shapes {
		name, err := resolveInput(m, name)
		if err != nil {
			return g, err
		}
		g.shapes[name] = shape
	}
	for name, data := range opt.Inputs {
		name, err := resolveInput(m, name)
		if err != nil {
			return g, err
		}
		if shape, ok := g.shapes[name]; ok && !slices.Equal(shape, data.Shape) {
			return g, fmt.Errorf("input %q: the data has shape %v, but %s says %v", name, data.Shape, opt.called("Shapes"), shape)
		}
		infos := m.Inputs()
		if i := slices.IndexFunc(infos, func(in *onnxpb.ValueInfoProto) bool { return in.GetName() == name }); i >= 0 {
			if err := lower.Fits(infos[i], data.Shape); err != nil {
				return g, fmt.Errorf("input %q: %w%s", name, err, data.origin())
			}
		}
		g.shapes[name], g.data[name] = data.Shape, data
	}
	return g, nil
}

// check refuses data that is not of its input's type. Where a shape depends on it, that explains more.
func (g given) check(m *onnxio.Model) error {
	for _, info := range m.Inputs() {
		t := onnxio.DataType(info.GetType().GetTensorType().GetElemType())
		if data := g.data[info.GetName()]; data != nil && t.IsNumeric() && t.Bits() >= 8 {
			if err := checkData(info.GetName(), t, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// lowering returns the options of the graph. All data is known where a shape asks for it.
func (g given) lowering(opt Options) lower.Options {
	o := lower.Options{
		Shapes: g.shapes, Dims: opt.Dims, Batch: opt.batch(), Outputs: opt.Outputs, StraightThrough: opt.StraightThrough, BatchNorm: opt.BatchNorm,
		Context: opt.until, MemoryLimit: opt.MemoryLimit,
		Naming: func(option, key, value string) string {
			if option == "Given" {
				option = "Inputs"
			}
			return opt.Naming.Of(option, key, value)
		},
		Known: make(map[string][]float64), Given: make(map[string][]float64),
	}
	for name, data := range g.data {
		if opt.Data != nil && opt.Data.arrays[name] != nil {
			continue // another in every batch
		}
		if data.Integer && len(data.Shape) <= 1 && len(data.Data) <= maxConstant {
			o.Known[name] = data.Data
		} else {
			o.Given[name] = data.Data
		}
	}
	return o
}

// batch is the size of a free first axis; 0: that of the samples, or the usual one.
func (o Options) batch() int {
	if o.Data != nil {
		return 0
	}
	return max(o.Batch, 0)
}

// InputNames returns the names of the inputs that are not initializers.
func InputNames(m *onnxio.Model) []string {
	var names []string
	for _, in := range m.Inputs() {
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
