package lower

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// declaredInputs returns the inputs of the model that are not initializers. It refuses options for others.
func declaredInputs(m *onnxio.Model, opt Options) ([]*onnxpb.ValueInfoProto, error) {
	infos, seen := m.Inputs(), make(map[string]bool)
	for _, v := range infos {
		if seen[v.GetName()] {
			return nil, fmt.Errorf("input %q is there twice: the model is broken", v.GetName())
		}
		seen[v.GetName()] = true
	}
	for _, given := range []map[string]bool{names(opt.Shapes), names(opt.Known), names(opt.Given)} {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if !seen[name] {
				return nil, fmt.Errorf("input %q is not one of the model's (%s)", name,
					strings.Join(slices.Sorted(maps.Keys(seen)), ", "))
			}
		}
	}
	return infos, nil
}

func names[T any](m map[string]T) map[string]bool {
	set := make(map[string]bool)
	for name := range m {
		set[name] = true
	}
	return set
}

// inputs makes the inputs of a graph as they are asked for: nobody needs to give the size or the type of one that nothing
// needs.
type inputs struct {
	b     *builder
	infos []*onnxpb.ValueInfoProto
	opt   Options
	sizes map[string]int // of the free axes, by name
	made  map[string]*Input
}

// inputs returns what makes the inputs of a graph, of which those with the given names may be needed.
func (b *builder) inputs(infos []*onnxpb.ValueInfoProto, needed map[string]bool, opt Options) (*inputs, error) {
	sizes, err := freeSizes(infos, needed, opt)
	return &inputs{b: b, infos: infos, opt: opt, sizes: sizes, made: make(map[string]*Input)}, err
}

// used returns the inputs with the given names, in the order of the file.
func (all *inputs) used(needed map[string]bool) ([]*Input, error) {
	var list []*Input
	var wanted []*onnxpb.ValueInfoProto
	for _, v := range all.infos {
		if !needed[v.GetName()] {
			continue
		}
		in, err := all.input(v.GetName())
		if err != nil {
			return nil, err
		}
		list, wanted = append(list, in), append(wanted, v)
	}
	return list, checkBatch(wanted, list, all.opt)
}

// list returns the inputs that were asked for so far, in the order of the file.
func (all *inputs) list() []*Input {
	var list []*Input
	for _, v := range all.infos {
		if in := all.made[v.GetName()]; in != nil {
			list = append(list, in)
		}
	}
	return list
}

// input returns the input of that name, nil if there is none.
func (all *inputs) input(name string) (*Input, error) {
	if in, ok := all.made[name]; ok {
		return in, nil
	}
	i := slices.IndexFunc(all.infos, func(v *onnxpb.ValueInfoProto) bool { return v.GetName() == name })
	if i < 0 {
		return nil, nil
	}
	in, err := all.newInput(all.infos[i])
	if err != nil {
		return nil, fmt.Errorf("input %q: %w", name, err)
	}
	all.made[name] = in
	return in, nil
}

func (all *inputs) newInput(v *onnxpb.ValueInfoProto) (*Input, error) {
	in := &Input{Name: v.GetName()}
	tensor := v.GetType().GetTensorType()
	if tensor == nil {
		return nil, fmt.Errorf("is no tensor: sequences, maps and optional inputs are not supported")
	}
	if in.DataType = DataType(tensor.GetElemType()); !isNumeric(in.DataType) {
		return nil, fmt.Errorf("elements of type %v cannot be computed with", in.DataType)
	}
	shape, ok := all.opt.Shapes[in.Name]
	switch {
	case tensor.Shape == nil && !ok:
		return nil, fmt.Errorf("the file gives no shape: give one (%s)", all.opt.Naming.Of("Shapes", in.Name, "…"))
	case tensor.Shape == nil:
		in.Shape = slices.Clone(shape)
	case ok:
		if err := fits(shape, tensor.Shape.GetDim()); err != nil {
			return nil, err
		}
		in.Shape = slices.Clone(shape)
	default:
		shape, err := all.concrete(in.Name, tensor.Shape.GetDim())
		if err != nil {
			return nil, err
		}
		in.Shape = shape
	}
	size := 1
	for _, d := range in.Shape {
		if d < 0 || d > 0 && size > maxSize/d {
			return nil, fmt.Errorf("shape %v is out of range", in.Shape)
		}
		size *= max(d, 1)
	}
	constants, isConstant := all.opt.Known[in.Name]
	elements, given := all.opt.Given[in.Name]
	if !given {
		elements = constants
	}
	if size := product(in.Shape); (given || isConstant) && len(elements) != size {
		return nil, fmt.Errorf("shape %v has %d elements, %d are given", in.Shape, size, len(elements))
	}
	switch {
	case given:
		in.Node = all.b.graph.Variable(in.Name, in.Shape...)
		all.b.folded.give(in.Node, elements, in.DataType == float64Type)
	case isConstant:
		in.Node = all.b.graph.Const(elements, in.Shape...)
	default:
		in.Node = all.b.graph.Variable(in.Name, in.Shape...)
	}
	return in, nil
}
