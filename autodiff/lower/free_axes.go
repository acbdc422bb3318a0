package lower

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"onnx-metainit/onnxio/onnxpb"
)

// DefaultBatch is the size of a free first axis.
const DefaultBatch = 32

func (opt Options) batch() int {
	if opt.Batch > 0 {
		return opt.Batch
	}
	return DefaultBatch
}

// freeSizes returns the size of each free axis by its name, which stands for one size in all inputs: that of the options,
// else that of an input whose shape is given, else what the name says if it is a sum or a product of others, as in
// "past + sequence", else the batch if it is always the first axis of the inputs that are needed.
func freeSizes(infos []*onnxpb.ValueInfoProto, needed map[string]bool, opt Options) (map[string]int, error) {
	if err := checkNames(infos, opt); err != nil {
		return nil, err
	}
	sizes := maps.Clone(opt.Dims)
	if sizes == nil {
		sizes = make(map[string]int)
	}
	// Those that are needed first: what is given for the others is no more than a hint.
	for _, strict := range []bool{true, false} {
		for _, v := range infos {
			if needed[v.GetName()] != strict {
				continue
			}
			if err := bind(sizes, v, opt.Shapes[v.GetName()]); err != nil && strict {
				return nil, err
			}
		}
	}
	seen, first := make(map[string]bool), make(map[string]bool)
	for _, v := range infos {
		if !needed[v.GetName()] {
			continue
		}
		for i, d := range dimsOf(v) {
			if name := d.GetDimParam(); name != "" {
				first[name] = i == 0 && (first[name] || !seen[name])
				seen[name] = true
			}
		}
	}
	fill := func(size func(name string) (int, bool)) {
		for _, name := range slices.Sorted(maps.Keys(seen)) {
			if _, ok := sizes[name]; ok {
				continue
			}
			if n, ok := size(name); ok {
				sizes[name] = n
			}
		}
	}
	fill(func(name string) (int, bool) {
		terms, _ := parseSize(name, nil)
		return opt.batch(), terms == nil && first[name]
	})
	fill(func(name string) (int, bool) {
		_, size := parseSize(name, sizes)
		return size, size >= 0
	})
	fill(func(name string) (int, bool) { return opt.batch(), first[name] })
	return sizes, nil
}

// checkNames refuses sizes whose names are those of no axis.
func checkNames(infos []*onnxpb.ValueInfoProto, opt Options) error {
	free := make(map[string]bool)
	terms := make(map[string]bool) // of names such as "past + sequence"
	for _, v := range infos {
		for _, d := range dimsOf(v) {
			name := d.GetDimParam()
			if name == "" {
				continue
			}
			free[name] = true
			names, _ := parseSize(name, nil)
			maps.Copy(terms, names)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(opt.Dims)) {
		given := opt.Naming.Of("Dims", name, "")
		switch {
		case free[name] || terms[name]:
		case len(free) == 0:
			return fmt.Errorf("%s: no axis of an input is free and has a name; %s gives shapes by input", given, opt.Naming.Of("Shapes", "", ""))
		default:
			return fmt.Errorf("%s: no axis of an input has this name; free axes are %s", given, strings.Join(slices.Sorted(maps.Keys(free)), ", "))
		}
	}
	return nil
}

// bind notes the sizes of the axes of an input whose shape is given, by name.
func bind(sizes map[string]int, v *onnxpb.ValueInfoProto, given []int) error {
	dims := dimsOf(v)
	if len(given) != len(dims) {
		return nil
	}
	for i, d := range dims {
		name := d.GetDimParam()
		if name == "" {
			continue
		}
		if other, ok := sizes[name]; ok && other != given[i] {
			return fmt.Errorf("input %q: axis %d is given size %d, but its name %q stands for %d elsewhere",
				v.GetName(), i, given[i], name, other)
		}
		sizes[name] = given[i]
	}
	return nil
}

func dimsOf(v *onnxpb.ValueInfoProto) []*onnxpb.TensorShapeProto_Dimension {
	return v.GetType().GetTensorType().GetShape().GetDim()
}

// fixed returns the size that the file fixes. Some exporters write −1 or 0 for a free axis.
func fixed(d *onnxpb.TensorShapeProto_Dimension) (int64, bool) {
	return d.GetDimValue(), d.GetDimValue() > 0
}

// Fits returns an error if an input of a model cannot have a shape. The first axis is the batch in most models, and may be any other
// axis of size 1: those can be overridden, and what the graph makes of it is seen there.
func Fits(v *onnxpb.ValueInfoProto, shape []int) error { return fits(shape, dimsOf(v)) }

func fits(given []int, dims []*onnxpb.TensorShapeProto_Dimension) error {
	if len(given) != len(dims) {
		return fmt.Errorf("the given shape %v has %d axes, the file's %d", given, len(given), len(dims))
	}
	for i, d := range dims {
		if size, ok := fixed(d); ok && int64(given[i]) != size && i > 0 && size > 1 {
			return fmt.Errorf("axis %d has size %d in the file, and cannot be %d", i, size, given[i])
		}
	}
	return nil
}

// concrete returns the shape of an input for which none is given: the sizes of the file, the free ones filled in.
func (all *inputs) concrete(name string, dims []*onnxpb.TensorShapeProto_Dimension) ([]int, error) {
	shape := make([]int, len(dims))
	for i, d := range dims {
		size, isFixed := fixed(d)
		bound, isBound := all.sizes[d.GetDimParam()]
		switch {
		case isFixed:
			shape[i] = int(size)
		case d.GetDimParam() != "" && isBound:
			shape[i] = bound
		case d.GetDimParam() == "" && i == 0:
			shape[i] = all.opt.batch()
		case d.GetDimParam() != "":
			return nil, fmt.Errorf("the size of axis %d (%s) is free: give it (%s or %s)",
				i, d.GetDimParam(), all.ask(d.GetDimParam()), all.opt.Naming.Of("Shapes", name, "…"))
		default:
			return nil, fmt.Errorf("the size of axis %d (no name) is free: give the shape (%s)", i, all.opt.Naming.Of("Shapes", name, "…"))
		}
	}
	return shape, nil
}

// ask returns the options that give a free axis its size: those of the names that it is computed from if some are known, else
// its own.
func (all *inputs) ask(name string) string {
	free := make(map[string]bool)
	for _, v := range all.infos {
		for _, d := range dimsOf(v) {
			free[d.GetDimParam()] = true
		}
	}
	names, _ := parseSize(name, nil)
	var missing []string
	related := false
	for _, term := range slices.Sorted(maps.Keys(names)) {
		_, known := all.sizes[term]
		related = related || known || free[term]
		if !known {
			missing = append(missing, all.opt.Naming.Of("Dims", term, "…"))
		}
	}
	if !related || len(missing) == 0 {
		return all.opt.Naming.Of("Dims", name, "…")
	}
	return strings.Join(missing, " ")
}

// checkBatch refuses a batch that was asked for and that no input has room for, as the file fixes all their first axes.
func checkBatch(infos []*onnxpb.ValueInfoProto, list []*Input, opt Options) error {
	if opt.Batch <= 0 {
		return nil
	}
	var overrides []string
	is := ""
	for i, v := range infos {
		shape := list[i].Shape
		if len(shape) == 0 {
			continue
		}
		dims := dimsOf(v)
		if len(dims) == 0 || shape[0] == opt.Batch {
			return nil
		}
		if _, isFixed := fixed(dims[0]); !isFixed {
			return nil
		}
		if is == "" {
			is = fmt.Sprintf("%s is %v", v.GetName(), shape)
		}
		wanted := slices.Clone(shape)
		wanted[0] = opt.Batch
		overrides = append(overrides, opt.Naming.Of("Shapes", v.GetName(), strings.Trim(strings.ReplaceAll(fmt.Sprint(wanted), " ", ","), "[]")))
	}
	batch, given := opt.Naming.Of("Batch", "", ""), opt.Naming.Of("Batch", "", strconv.Itoa(opt.Batch))
	if len(overrides) == 0 {
		return fmt.Errorf("%s: the wanted output needs no input that has axes: leave %s out", given, batch)
	}
	return fmt.Errorf("%s: the file fixes the first axis of every input (%s): leave %s out, or override the shape (%s)",
		given, is, batch, strings.Join(overrides, " "))
}
