package metainit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

const (
	// negligible is the gradient's largest element against ε below which every quotient is 1 to the digits that are
	// printed.
	negligible = 1e-6

	// unmoved is what |g|·|θ| is against the terms of the loss where the gradient may be rounding alone: the loss then
	// changes by less than a ten-thousandth when the weights change by all that they are.
	unmoved = 1e-4

	// invariance is what |⟨g, θ⟩| of a weight in front of a normalization is, at most, to the sum of its absolute terms: 0 but
	// for the ε of the normalization. Of the models of testdata those weights are below 2e-5, and all others above 8e-4.
	invariance = 2e-4

	// noisier is how much larger rounding makes a gradient in float32 than in float64 that is nothing but rounding. The
	// two differ by 2²⁹; a gradient that is there is the same in both.
	noisier = 1000
)

// gradientCheck is what the gradient says before the quotient is computed of it.
type gradientCheck struct {
	warnings []string
	err      error
}

// checkGradient computes the gradient on the first batch, once. Its error is ErrNoGradient if nothing can be measured, as
// the gradient is zero for all parameters, far below ε, or rounding alone; its warnings name the parameters for which it is
// zero. A gradient that is not finite is left to the quotient.
func (p *Problem) checkGradient() ([]string, error) {
	if p.gradient == nil {
		warnings, err := p.judgeGradient()
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return nil, err
		}
		p.gradient = &gradientCheck{warnings, err}
	}
	return p.gradient.warnings, p.gradient.err
}

func (p *Problem) judgeGradient() ([]string, error) {
	g, err := p.measureGradient(p.opt.Precision)
	if err != nil || !allFinite(g.square, g.terms) {
		return nil, err
	}
	scale := make(map[*onnxio.Tensor]float64) // the greatest of what is stored as one tensor
	for j, par := range p.counted {
		scale[par.Tensor] = max(scale[par.Tensor], g.scale[j])
	}
	var dead []*Parameter
	size := 0
	for j, par := range p.counted {
		if par.Role == RoleWeight && scale[par.Tensor] < invariance { // the graph does not tell of all, as behind a concatenation
			par.Role, par.Reason = RoleScaleInvariant, invariantReason
		}
		size += par.node.Size()
		if g.largest[j] == 0 {
			dead = append(dead, par)
		}
	}
	if len(dead) == len(p.counted) {
		return nil, p.allDead(size)
	}
	below := g.max() < negligible*p.opt.epsilon()
	if g.moved < unmoved*g.terms {
		switch {
		case p.isRounding():
			return nil, fmt.Errorf("the loss does not depend on the weights: what there is of a gradient (at most %.2g) is rounding, and not there in float64: %w; choose another %s or %s",
				g.max(), ErrNoGradient, p.opt.called("Loss"), p.opt.called("Outputs"))
		case below:
			return nil, fmt.Errorf("the gradient is zero for all %d parameters or nearly so: at most %.2g, far below the ε of %.2g that is added to it (dead activations or weights near zero): %w",
				size, g.max(), p.opt.epsilon(), ErrNoGradient)
		}
	}
	var warnings []string
	if below {
		warnings = append(warnings, fmt.Sprintf("the gradient is at most %.2g, far below the ε of %.2g that is added to it, so that the quotient says little of it: give a lower %s", g.max(), p.opt.epsilon(), p.opt.called("Epsilon")))
	}
	if len(dead) > 0 {
		names := make([]string, len(dead))
		for i, par := range dead {
			names[i] = par.Name
		}
		warnings = append(warnings, fmt.Sprintf("the gradient is zero in every element of %s (%d of the %d tensors in the quotient) on the first batch%s",
			quoted(names), len(dead), len(p.counted), p.deadText(dead)))
	}
	return warnings, nil
}

// gradient is how large the gradient is.
type gradient struct {
	largest []float64 // max |g| for each parameter
	square  float64   // Σ g², in which NaN is seen
	moved   float64   // Σ ‖g‖‖θ‖ over the parameters: what the loss changes by, at most, if the weights change by themselves
	terms   float64   // mean |t| of the terms whose mean the loss is
	scale   []float64 // |⟨g, θ⟩| to the sum of its absolute terms, for each parameter that can be rescaled; 1 for others, and where g is rounding
}

func (g *gradient) max() float64 {
	greatest := 0.0
	for _, v := range g.largest {
		greatest = max(greatest, v)
	}
	return greatest
}

// gradientGraph is what a gradient is read from, by parameter; scales and sizes are of those that can be rescaled.
type gradientGraph struct {
	largest, squares []*autodiff.Node
	scales, sizes    map[int]*autodiff.Node
	scaled           []*autodiff.Node // scales and sizes
	terms            *autodiff.Node
}

func (p *Problem) newGradientGraph() (*gradientGraph, error) {
	var theta []*autodiff.Node
	for _, par := range p.counted {
		theta = append(theta, par.node)
	}
	graph := &gradientGraph{scales: make(map[int]*autodiff.Node), sizes: make(map[int]*autodiff.Node), scaled: []*autodiff.Node{}}
	err := autodiff.Maybe(func() {
		for j, g := range autodiff.Grad(p.loss, theta) {
			graph.largest = append(graph.largest, largestOf(g))
			graph.squares = append(graph.squares, autodiff.SumAll(autodiff.Mul(g, g)))
			if p.counted[j].rescaled() {
				product, size := autodiff.Inner(g, theta[j])
				graph.scales[j], graph.sizes[j] = autodiff.Div(autodiff.Abs(product), size), size
				graph.scaled = append(graph.scaled, graph.scales[j], size)
			}
		}
		graph.terms = total(p.losses, autodiff.Abs)
	})
	return graph, err
}

func (g *gradientGraph) outputs() []*autodiff.Node {
	return slices.Concat(g.scaled, []*autodiff.Node{g.terms}, g.largest, g.squares)
}

// measureGradient computes the gradient on the first batch.
func (p *Problem) measureGradient(precision autodiff.Precision) (*gradient, error) {
	graph, err := p.newGradientGraph()
	if err != nil {
		return nil, err
	}
	prog, err := p.first(precision, graph.outputs())
	if err != nil {
		return nil, err
	}
	defer prog.Close()
	r := &gradient{terms: prog.Read(graph.terms)[0]}
	for j, par := range p.counted {
		square := prog.Read(graph.squares[j])[0]
		r.largest = append(r.largest, prog.Read(graph.largest[j])[0])
		r.square += square
		r.moved += math.Sqrt(square) * par.Norm
		r.scale = append(r.scale, 1)
		if n := graph.scales[j]; n != nil && math.Sqrt(square)*par.Norm > invariance*prog.Read(graph.sizes[j])[0] {
			r.scale[j] = prog.Read(n)[0]
		}
	}
	if len(graph.scaled) == 0 || p.fixed() {
		return r, nil
	}
	// On every batch: what is small on one may be so by chance.
	writeBatch(prog, p.sources, p.opt.Seed, 1)
	if err := prog.Run(graph.scaled...); err != nil {
		return nil, err
	}
	for j, n := range graph.scales {
		r.scale[j] = max(r.scale[j], prog.Read(n)[0])
	}
	return r, nil
}

// largestOf is max |x|.
func largestOf(x *autodiff.Node) *autodiff.Node {
	return autodiff.ReduceMax(autodiff.Reshape(autodiff.Abs(x), x.Size()), 0)
}

// isRounding reports whether the gradient is rounding alone; false if it cannot be told, as for too little memory.
func (p *Problem) isRounding() bool {
	single, err := p.measureGradient(autodiff.Float32)
	if err != nil {
		return false
	}
	double, err := p.measureGradient(autodiff.Float64)
	return err == nil && single.max() > noisier*double.max()
}
