package metainit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"onnx-metainit/onnxio"
)

// Correspondence is a weight of a model and what holds its values in another file.
type Correspondence struct {
	Weight string  `json:"weight"`
	Target string  `json:"target"` // the tensor, or rows of one as name[from:to]
	How    string  `json:"how"`    // how the values lie there
	Factor float64 `json:"factor"`

	tensor *onnxio.Tensor
	file   *onnxio.Model
}

// Transfer carries factors over to files that hold the same weights: the state of the framework that a model was exported
// from, or another export of it.
type Transfer struct {
	found []*Correspondence
}

// TransferTo finds the weights of the problem that can be rescaled in files of weights, or in models, by their values: in any
// order, shape and float type, as rows of a larger tensor, or in parts. What is there several times is found each time.
//
// The error lists the weights that are nowhere, with the likely reason.
func (p *Problem) TransferTo(files ...*onnxio.Model) (*Transfer, error) {
	var weights []*holding
	for _, par := range p.rescaled() {
		for _, t := range append([]*onnxio.Tensor{par.Tensor}, par.Copies...) {
			if slices.ContainsFunc(weights, func(h *holding) bool { return h.tensor == t }) {
				continue
			}
			h, err := newHolding(par.Name, t, 1)
			if err != nil {
				return nil, err
			}
			weights = append(weights, h)
		}
	}
	return newTransfer(weights, files)
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
	var weights []*holding
	for _, name := range slices.Sorted(maps.Keys(factors)) {
		t := byName[name]
		if t == nil {
			return nil, fmt.Errorf("%s: there is no tensor %q, which has a factor", m.Path, name)
		}
		by := 1.0
		if tuned {
			by = factors[name]
		}
		h, err := newHolding(name, t, by)
		if err != nil {
			return nil, err
		}
		weights = append(weights, h)
	}
	return newTransfer(weights, files)
}

func newTransfer(weights []*holding, files []*onnxio.Model) (*Transfer, error) {
	t := &Transfer{}
	var targets []*Correspondence // with all but the weight
	for _, file := range files {
		for _, x := range file.Tensors {
			if x.IsFloat() && x.Size() > 0 {
				targets = append(targets, &Correspondence{Target: x.Name, tensor: x, file: file})
			}
		}
	}
	holdings := make([]*holding, len(targets))
	err := inParallel(0, len(targets), func(i int) (err error) {
		holdings[i], err = newHolding(targets[i].Target, targets[i].tensor, 1)
		return err
	})
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, w := range weights {
		before := len(t.found)
		for i, h := range holdings {
			how, found, err := w.lies(h)
			if err != nil {
				return nil, err
			}
			if found {
				c := *targets[i]
				c.How = how
				t.add(w, &c)
			}
		}
		if len(t.found) == before {
			if err := t.inParts(w, holdings, targets); err != nil {
				return nil, err
			}
		}
		if len(t.found) == before {
			lost = append(lost, fmt.Sprintf("%q %v%s", w.name, w.tensor.Shape, foldedFrom(w, holdings)))
		}
		w.forget()
	}
	if len(lost) > 0 {
		return nil, fmt.Errorf("no tensor holds the values of %s: give the weights that the model was exported with", strings.Join(lost, ", "))
	}
	return t, nil
}

func (t *Transfer) add(w *holding, c *Correspondence) {
	c.Weight = w.name
	t.found = append(t.found, c)
}

// inParts looks for a weight in rows of larger tensors, as q, k and v in one, and if there are none for the parts of it in
// smaller ones.
func (t *Transfer) inParts(w *holding, holdings []*holding, targets []*Correspondence) error {
	before := len(t.found)
	for i, h := range holdings {
		shape := h.tensor.Shape
		if len(shape) < 2 || h.tensor.Size() <= w.tensor.Size() {
			continue
		}
		r, err := h.rows()
		if err != nil {
			return err
		}
		starts, count, err := r.find(w, h.unit)
		if err != nil {
			return err
		}
		for _, start := range starts {
			c := *targets[i]
			if c.tensor, err = h.tensor.Rows(int64(start), int64(start+count)); err != nil {
				return err
			}
			c.Target, c.How = c.tensor.Name, "as rows"
			t.add(w, &c)
		}
	}
	if len(t.found) > before {
		return nil
	}
	shape := withoutOnes(ints(w.tensor.Shape))
	if len(shape) < 2 {
		return nil
	}
	last := shape[len(shape)-1]
	values, err := w.values()
	if err != nil {
		return err
	}
	for _, r := range []*rows{rowsOf(values, shape[0]), rowsOf(turned(values, last), last)} {
		covered := make([]bool, r.count)
		var parts []*Correspondence
		for i, h := range holdings {
			starts, count, err := r.find(h, w.unit)
			if err != nil {
				return err
			}
			h.forget()
			for _, start := range starts {
				for k := range count {
					covered[start+k] = true
				}
			}
			if len(starts) > 0 {
				c := *targets[i]
				c.How = "a part of it"
				parts = append(parts, &c)
			}
		}
		if !slices.Contains(covered, false) {
			for _, c := range parts {
				t.add(w, c)
			}
			return nil
		}
	}
	return nil
}

// Scalings returns what is to be rescaled in a file by the factors of weights, and the correspondences with these.
//
// Where several weights hold the same values and have other factors, the names tell which is which: those that are the same
// or end alike. The error is that of names that do not.
func (t *Transfer) Scalings(factors map[string]float64, file *onnxio.Model) (list []onnxio.Scaling, used []Correspondence, err error) {
	byTarget := make(map[string][]*Correspondence)
	var order []string
	for _, c := range t.found {
		if c.file != file {
			continue
		}
		if byTarget[c.Target] == nil {
			order = append(order, c.Target)
		}
		c.Factor = 1
		if f, ok := factors[c.Weight]; ok {
			c.Factor = f
		}
		byTarget[c.Target] = append(byTarget[c.Target], c)
	}
	for _, target := range order {
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
