package lower

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// TestDerivatives checks the derivatives of every operator in all committed models of it: those of orders 1 to 3 in a
// random direction, against differences of the derivative one order lower. Each operator has such a model, or else is
// listed as without derivative.
func TestDerivatives(t *testing.T) {
	cases := make(map[string][]operatorCase)
	for _, c := range operatorCases(t) {
		for _, name := range c.operators(t) {
			cases[name] = append(cases[name], c)
		}
	}
	for _, o := range table() {
		name, excused := qualified(o.domain, o.name), o.noDerivative != ""
		t.Run(name, func(t *testing.T) {
			checked := 0
			for _, c := range cases[name] {
				if excused && len(c.operators(t)) > 1 {
					continue // the derivative of another operator
				}
				if c.compare(false) != nil {
					continue
				}
				has, err := c.checkDerivatives()
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				if has {
					checked++
				}
			}
			switch {
			case checked > 0 && excused:
				t.Errorf("has a derivative, but is listed as without: %s", o.noDerivative)
			case checked == 0 && !excused:
				t.Errorf("no passing case of it has a derivative")
			}
		})
	}
}

// checkDerivatives checks all float results of the model and reports whether one has a derivative that could be checked.
func (c operatorCase) checkDerivatives() (has bool, err error) {
	m, err := onnxio.Decode(c.name, c.model)
	if err != nil {
		return false, err
	}
	graph := m.Proto.GetGraph()
	for _, out := range graph.GetOutput() {
		opt, data := c.options(graph, false)
		opt.Outputs = []string{out.GetName()}
		for _, name := range statistics(graph) {
			opt.Known[name] = data[name]
		}
		lowered, err := Import(m, withoutScalars(opt, graph))
		if err != nil {
			// Some decide shapes or the like.
			if lowered, err = Import(m, opt); err != nil {
				return has, err
			}
		}
		if !isFloat(lowered.Outputs[0].DataType) {
			continue
		}
		vars, err := variables(lowered, data)
		if err != nil {
			return has, err
		}
		checked, err := checkOrders(lowered.Outputs[0].Node, vars)
		if err != nil {
			return has, fmt.Errorf("result %s: %w", out.GetName(), err)
		}
		has = has || checked
	}
	return has, nil
}

// statistics are the inputs that are measured, not differentiated: the means and variances of BatchNormalization.
func statistics(graph *onnxpb.GraphProto) []string {
	var names []string
	for _, n := range graph.GetNode() {
		if n.GetOpType() == "BatchNormalization" {
			names = append(names, n.GetInput()[3:]...)
		}
	}
	return names
}

// withoutScalars are the options with floats that have no axes computed with, like all others.
func withoutScalars(opt Options, graph *onnxpb.GraphProto) Options {
	opt.Known = maps.Clone(opt.Known)
	for _, in := range graph.GetInput() {
		if len(opt.Shapes[in.GetName()]) == 0 && isFloat(DataType(in.GetType().GetTensorType().GetElemType())) {
			delete(opt.Known, in.GetName())
		}
	}
	return opt
}

// checkOrders compares the directional derivatives of y with differences. It reports whether there are any, and most of
// their elements can be compared.
func checkOrders(y *autodiff.Node, vars map[*autodiff.Node][]float64) (bool, error) {
	const orders = 3
	rng := rand.New(rand.NewPCG(1, 2))
	base := make(map[*autodiff.Node][]float64)
	direction := make(map[*autodiff.Node][]float64)
	var dxs []*autodiff.Node
	// In the order of the graph, for the same numbers each time.
	xs := slices.SortedFunc(maps.Keys(vars), func(a, b *autodiff.Node) int { return a.ID() - b.ID() })
	xs = slices.DeleteFunc(xs, func(x *autodiff.Node) bool { return x.Op() != autodiff.OpVariable || x.Size() == 0 })
	if len(xs) == 0 {
		return false, nil
	}
	for _, x := range xs {
		for _, v := range vars[x] {
			if math.IsInf(v, 0) || math.IsNaN(v) {
				return false, nil
			}
			// Whole numbers and equal ones are where the kinks are.
			base[x] = append(base[x], v+1e-2*(1+math.Abs(v))*rng.Float64())
			direction[x] = append(direction[x], rng.NormFloat64())
		}
		dxs = append(dxs, y.Graph().Const(direction[x], x.Shape()...))
	}
	derivatives := []*autodiff.Node{y}
	for range orders {
		dy := autodiff.JVP(derivatives[len(derivatives)-1:], xs, dxs)[0]
		if dy == nil {
			dy = y.Graph().Const(make([]float64, y.Size()), y.Shape()...)
		}
		derivatives = append(derivatives, dy)
	}
	const h = 1e-4
	var values [5][][]float64 // of y and its derivatives
	for i, step := range []float64{0, -h, h, -h / 2, h / 2} {
		moved := make(map[*autodiff.Node][]float64)
		maps.Copy(moved, vars)
		for x, v := range base {
			moved[x] = slices.Clone(v)
			for i := range v {
				moved[x][i] += step * direction[x][i]
			}
		}
		var err error
		if values[i], err = autodiff.Evaluate(derivatives, moved); err != nil {
			return false, err
		}
	}
	for n := range orders {
		got := values[0][n+1]
		wide := slope(values[1][n], values[2][n], 2*h)
		narrow := slope(values[3][n], values[4][n], h)
		smooth, err := agree(got, wide, narrow)
		if err != nil {
			return false, fmt.Errorf("order %d: %w", n+1, err)
		}
		if 2*smooth < len(got) {
			return false, nil
		}
	}
	return slices.ContainsFunc(values[0][1], func(v float64) bool { return v != 0 }), nil
}

func slope(from, to []float64, step float64) []float64 {
	d := make([]float64, len(to))
	for i := range d {
		d[i] = (to[i] - from[i]) / step
	}
	return d
}

// agree compares a derivative with two differences, the second with half the step of the first. Where these do not agree
// with one another there is a kink or a pole: smooth is the number of the other elements.
func agree(got, wide, narrow []float64) (smooth int, err error) {
	scale := 1.0
	for _, v := range narrow {
		if !math.IsInf(v, 0) && !math.IsNaN(v) {
			scale = max(scale, math.Abs(v))
		}
	}
	for i, v := range got {
		if !(math.Abs(wide[i]-narrow[i]) <= 1e-4*scale) {
			continue
		}
		smooth++
		if want := (4*narrow[i] - wide[i]) / 3; !(math.Abs(v-want) <= 1e-5*scale) {
			return smooth, fmt.Errorf("element %d is %g, by differences %g", i, v, want)
		}
	}
	return smooth, nil
}
