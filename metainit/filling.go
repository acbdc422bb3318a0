package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// Filling says what an input is filled with, and why.
type Filling struct {
	Name   string `json:"name"`
	DType  string `json:"-"`
	Shape  []int  `json:"shape"` // nil if nothing needs the input: it may be free
	Values string `json:"values"`
	Reason string `json:"reason"`
}

// Inputs says of each input of the model what fills it, in the order of the file.
func (p *Problem) Inputs() []Filling { return slices.Clone(p.fillings) }

// addInputs finds where the values of each input come from.
func (p *Problem) addInputs(given map[string]*Array) error {
	for _, info := range p.model.Inputs() {
		f := Filling{Name: info.GetName(), DType: "not a tensor", Values: "nothing", Reason: "the output does not need it"}
		if t := info.GetType().GetTensorType(); t != nil {
			f.DType = onnxio.DataType(t.GetElemType()).Name()
		}
		i := slices.IndexFunc(p.lowered.Inputs, func(in *lower.Input) bool { return in.Name == f.Name })
		if i >= 0 {
			if err := p.addInput(p.lowered.Inputs[i], given[f.Name], &f); err != nil {
				return err
			}
		}
		p.fillings = append(p.fillings, f)
	}
	return nil
}

func (p *Problem) addInput(in *lower.Input, given *Array, f *Filling) error {
	s, values, err := inputSource(in, given)
	if err != nil {
		return err
	}
	f.Shape, f.Values, f.Reason = append([]int{}, in.Shape...), values, in.Reason
	switch {
	case p.opt.Data != nil && p.opt.Data.arrays[in.Name] != nil:
		f.Reason = "the first samples; trials take others too"
	case given != nil:
		f.Reason = "the same for every batch"
	case in.Node.Size() == 0:
		f.Values, f.Reason = "nothing", "it is empty"
	}
	if _, static := in.Node.Value(); !static && in.Use != lower.UseShape {
		p.sources = append(p.sources, s)
	}
	return nil
}

// constantText says what an input is filled with if all its elements are the same.
func constantText(in *lower.Input) string {
	isBool := in.DataType == onnxio.Bool
	switch {
	case isBool && in.Fill == 1:
		return "true everywhere"
	case isBool:
		return "false everywhere"
	case in.Fill == 1:
		return "ones"
	case in.Fill == 0:
		return "zeros"
	}
	return fmt.Sprintf("%v everywhere", in.Fill)
}

// checkData refuses given data that the type of its input cannot hold. The range of types of less than 8 bits, which NumPy does
// not have, is not checked.
func checkData(name string, t onnxio.DataType, given *Array) error {
	least, greatest := t.Range()
	for i, v := range given.Data {
		switch {
		case !allFinite(v):
			return fmt.Errorf("input %q: element %d is %v: give finite data", name, i, v)
		case t.Bits() >= 8 && (v < least || v > greatest):
			return fmt.Errorf("input %q holds elements from %.0f to %.0f, but element %d of the data is %v", name, least, greatest, i, v)
		case !t.IsFloat() && v != float64(int64(v)):
			return fmt.Errorf("input %q holds whole numbers, but element %d of the data is %v", name, i, v)
		}
	}
	return nil
}

// checkPicks refuses given numbers of rows or classes that are not there.
func checkPicks(in *lower.Input, given *Array) error {
	for i, v := range given.Data {
		if why := in.Refuses(i, v); why != "" {
			return fmt.Errorf("input %q: element %d is %v, %s", in.Name, i, v, why)
		}
	}
	return nil
}
