package metainit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// Transfer carries factors over to files that hold the same weights: the state of the framework that a model was exported
// from, or another export of it.
type Transfer struct {
	found []*Correspondence
}

// TransferTo finds the weights of the problem that can be rescaled in files of weights, or in models, by their values: in any
// order, shape and float type, as rows of a larger tensor, or in parts. What is there several times is found each time. From then
// on no candidate has a factor that makes a weight more than one of these tensors can hold.
//
// The error lists the weights that are nowhere, with the likely reason.
func (p *Problem) TransferTo(files ...*onnxio.Model) (_ *Transfer, err error) {
	defer autodiff.Caught(&err)
	var weights []sought
	for _, par := range p.rescaled() {
		for _, t := range append([]*onnxio.Tensor{par.Tensor}, par.Copies...) {
			if !slices.ContainsFunc(weights, func(s sought) bool { return s.tensor == t }) {
				weights = append(weights, sought{par.Name, t, 1})
			}
		}
	}
	transfer, err := newTransfer(weights, files)
	if err != nil {
		return nil, err
	}
	for _, par := range p.rescaled() {
		for _, c := range transfer.found {
			if c.weight == par.Tensor || slices.Contains(par.Copies, c.weight) {
				par.elsewhere = append(par.elsewhere, c)
			}
		}
	}
	return transfer, nil
}

// TransferFrom finds in other files the weights of a model that have factors, by tensor. Of a tuned model the values are
// sought as they were before.
//
// The errors are that of a tensor that the model lacks, and those of TransferTo.
func TransferFrom(factors map[string]float64, m *onnxio.Model, tuned bool, files ...*onnxio.Model) (*Transfer, error) {
	byName := make(map[string]*onnxio.Tensor)
	for t, name := range names(m) {
		byName[name] = t
	}
	var weights []sought
	for _, name := range slices.Sorted(maps.Keys(factors)) {
		t := byName[name]
		if t == nil {
			return nil, fmt.Errorf("%s: there is no tensor %q, which has a factor", m.Path, name)
		}
		by := 1.0
		if tuned {
			by = factors[name]
		}
		weights = append(weights, sought{name, t, by})
	}
	return newTransfer(weights, files)
}

// sought is a tensor whose values, divided by the factor, are sought.
type sought struct {
	name   string
	tensor *onnxio.Tensor
	factor float64
}

func newTransfer(list []sought, files []*onnxio.Model) (*Transfer, error) {
	t := &Transfer{}
	var targets []*Correspondence // with all but the weight
	for _, file := range files {
		for _, x := range file.Tensors {
			if x.IsFloat() && x.Size() > 0 {
				targets = append(targets, &Correspondence{Target: x.Name, tensor: x, file: file})
			}
		}
	}
	first := len(list)
	for _, c := range targets {
		list = append(list, sought{c.Target, c.tensor, 1})
	}
	all := make([]*holding, len(list))
	err := inParallel(0, len(list), func(i int) (err error) {
		all[i], err = newHolding(list[i].name, list[i].tensor, list[i].factor)
		return err
	})
	if err != nil {
		return nil, err
	}
	weights, holdings := all[:first], all[first:]
	found, whole, err := inWhole(weights, holdings, targets)
	if err != nil {
		return nil, err
	}
	var lost []string
	advice := ": give the weights that the model was exported with"
	for i, w := range weights {
		more, err := inRows(w, holdings, targets, whole)
		if err != nil {
			return nil, err
		}
		if found[i] = append(found[i], more...); len(found[i]) == 0 {
			if found[i], err = inParts(w, holdings, targets); err != nil {
				return nil, err
			}
		}
		if len(found[i]) == 0 {
			text := fmt.Sprintf("%q %v", w.name, w.tensor.Shape)
			if from := foldedFrom(w, holdings); from != "" {
				text += fmt.Sprintf(" (of %q, each row multiplied by a number)", from)
				advice = foldedAdvice
			}
			lost = append(lost, text)
		}
		for _, c := range found[i] {
			c.Weight, c.weight = w.name, w.tensor
		}
		t.found = append(t.found, found[i]...)
		w.forget()
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("no tensor holds the values of %s%s", strings.Join(lost, ", "), advice)
	}
	return t, nil
}

// Scalings returns what is to be rescaled in a file by the factors of weights, and the correspondences with these.
//
// Where several weights hold the same values and have other factors, the names tell which is which: those that are the same
// or end alike. The error is that of names that do not.
func (t *Transfer) Scalings(factors map[string]float64, file *onnxio.Model) (list []onnxio.Scaling, used []Correspondence, err error) {
	byTarget := make(map[string][]*Correspondence)
	var targets []string
	for _, c := range t.found {
		if c.file != file {
			continue
		}
		if byTarget[c.Target] == nil {
			targets = append(targets, c.Target)
		}
		c.Factor = 1
		if f, ok := factors[c.Weight]; ok {
			c.Factor = f
		}
		byTarget[c.Target] = append(byTarget[c.Target], c)
	}
	for _, target := range targets {
		c, err := rightful(byTarget[target])
		if err != nil {
			return nil, nil, err
		}
		used = append(used, *c)
		if c.Factor != 1 {
			list = append(list, onnxio.Scaling{Tensor: c.tensor, Factor: c.Factor})
		}
	}
	return list, used, nil
}

// rightful returns the weight that a tensor belongs to, of several that hold its values.
func rightful(claims []*Correspondence) (*Correspondence, error) {
	first := claims[0]
	if !slices.ContainsFunc(claims, func(c *Correspondence) bool { return c.Factor != first.Factor }) {
		return first, nil
	}
	var named []*Correspondence
	for _, c := range claims {
		if endAlike(c.Weight, c.Target) {
			named = append(named, c)
		}
	}
	if len(named) == 1 {
		return named[0], nil
	}
	var names []string
	for _, c := range claims {
		names = append(names, fmt.Sprintf("%q (%.4g)", c.Weight, c.Factor))
	}
	return nil, fmt.Errorf("tensor %q holds the values of several weights with other factors: %s, and their names do not tell which is which; export with names kept", first.Target, strings.Join(names, ", "))
}

// endAlike reports whether two names are the same, or one is the other behind a prefix.
func endAlike(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	rest, ok := strings.CutSuffix(a, b)
	return ok && (rest == "" || strings.HasSuffix(rest, ".") || strings.HasSuffix(rest, "/"))
}
