package metainit

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// OnlyTarget is the name in a Dataset of the target of the only output.
const OnlyTarget = "target"

// Dataset is samples to train and test on: arrays by the name of the input, or of the output that a target is for, with the
// samples along the first axis.
type Dataset struct {
	arrays map[string]*Array
	size   int
	index  []int // the samples that it has of the arrays; nil: all
}

// NewDataset makes a dataset of arrays, which must have the same number of samples, one at least.
func NewDataset(arrays map[string]*Array) (*Dataset, error) {
	d := &Dataset{arrays: arrays, size: -1}
	first := ""
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		a := arrays[name]
		switch {
		case len(a.Shape) == 0 || a.Shape[0] == 0:
			return nil, fmt.Errorf("the array %q of shape %v has no samples along its first axis", name, a.Shape)
		case d.size >= 0 && a.Shape[0] != d.size:
			return nil, fmt.Errorf("the array %q has %d samples along its first axis, but %q has %d", name, a.Shape[0], first, d.size)
		}
		d.size, first = a.Shape[0], name
	}
	if d.size < 0 {
		return nil, fmt.Errorf("there is no array")
	}
	return d, nil
}

// Size is the number of samples.
func (d *Dataset) Size() int { return d.size }

// all returns the arrays; none of no dataset.
func (d *Dataset) all() map[string]*Array {
	if d == nil {
		return nil
	}
	return d.arrays
}

// row returns the elements of a sample, which are no copy.
func (d *Dataset) row(name string, i int) []float64 {
	a := d.arrays[name]
	each := len(a.Data) / a.Shape[0]
	if d.index != nil {
		i = d.index[i]
	}
	return a.Data[i*each : (i+1)*each]
}

// parted returns a dataset without a share of its samples, and these, as the seed draws them. The elements are no copies.
func (d *Dataset) parted(held int, seed uint64) (rest, out *Dataset) {
	permutation := rand.New(rand.NewPCG(seed, uint64(held))).Perm(d.size)
	for i, k := range permutation {
		if d.index != nil {
			permutation[i] = d.index[k]
		}
	}
	return &Dataset{d.arrays, d.size - held, permutation[held:]}, &Dataset{d.arrays, held, permutation[:held]}
}

// samples returns those that have the indices.
func (d *Dataset) samples(name string, indices []int) *Array {
	a := d.arrays[name]
	out := *a
	out.Shape = append([]int{len(indices)}, a.Shape[1:]...)
	out.Data = make([]float64, 0, len(a.Data)/a.Shape[0]*len(indices))
	for _, i := range indices {
		out.Data = append(out.Data, d.row(name, i)...)
	}
	return &out
}

// first puts the first samples into the inputs and targets of options: as many as a batch has, which it returns. Before that it
// holds some out, if that is asked for and there are enough.
func (d *Dataset) first(m *onnxio.Model, opt Options) (Options, int, error) {
	inputs, outputs := InputNames(m), slices.Clone(opt.Outputs)
	for _, o := range m.Proto.GetGraph().GetOutput() {
		outputs = append(outputs, o.GetName())
	}
	batch := min(cmp.Or(opt.Batch, lower.DefaultBatch), d.size)
	for _, info := range m.Inputs() {
		if dims := info.GetType().GetTensorType().GetShape().GetDim(); d.arrays[info.GetName()] != nil && len(dims) > 0 && dims[0].GetDimValue() > 0 {
			batch = int(dims[0].GetDimValue())
		}
	}
	if batch > d.size {
		return opt, 0, fmt.Errorf("the data has %d samples, the batch that the file fixes has %d", d.size, batch)
	}
	if held := int(opt.HoldOut * float64(d.size)); opt.TestData == nil && held >= batch && d.size-held >= batch {
		opt.Data, opt.TestData = d.parted(held, opt.Seed)
		d = opt.Data
	}
	indices := make([]int, batch)
	for i := range indices {
		indices[i] = i
	}
	opt.Inputs, opt.Targets = maps.Clone(opt.Inputs), maps.Clone(opt.Targets)
	if opt.Inputs == nil {
		opt.Inputs = make(map[string]*Array)
	}
	if opt.Targets == nil {
		opt.Targets = make(map[string]*Array)
	}
	for name := range d.arrays {
		switch {
		case slices.Contains(inputs, name):
			opt.Inputs[name] = d.samples(name, indices)
		case slices.Contains(outputs, name):
			opt.Targets[name] = d.samples(name, indices)
		case name == OnlyTarget:
			opt.Targets[""] = d.samples(name, indices)
		default:
			return opt, 0, fmt.Errorf("the data has an array %q, but the model's inputs are %s, and targets are %q or the name of an output (%s)",
				name, strings.Join(inputs, ", "), OnlyTarget, strings.Join(outputs, ", "))
		}
	}
	return opt, batch, nil
}

// target returns the name of the array that holds the target of an output; "" if there is none.
func (d *Dataset) target(output string) string {
	for _, name := range []string{output, OnlyTarget} {
		if d.arrays[name] != nil {
			return name
		}
	}
	return ""
}
