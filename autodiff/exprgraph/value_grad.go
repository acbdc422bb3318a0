package exprgraph

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"

	"onnx-metainit/autodiff"
)

// ValueGrads returns the ExprGraph of a scalar loss and of its gradients by
// weights, variables of the same graph, and each weight with its gradient, as
// Gorgonia's solvers take them. When all variables have their data by Let, a
// step of training is
//
//	err := g.Run()
//	err = solver.Step(model)
//
// A solver changes the weights in place: the next Run computes with what it
// made of them, and Value returns that. The gradients are autodiff's, so the
// loss may itself hold derivatives. A weight that the loss does not depend on
// has gradient 0. All solvers of Gorgonia 0.9.18 will do but AdamW, which takes
// nodes of Gorgonia's own making only.
//
// The errors are those of New, of a loss that is no scalar, and of a weight that
// is no variable, of another graph, without elements or named twice.
func ValueGrads(loss *autodiff.Node, weights []*autodiff.Node) (g *Graph, model []gorgonia.ValueGrad, err error) {
	for i, w := range weights {
		switch {
		case w.Op() != autodiff.OpVariable:
			return nil, nil, fmt.Errorf("%v is not a variable: only variables are trained", w)
		case w.Graph() != loss.Graph():
			return nil, nil, fmt.Errorf("the weight %q is not of the graph of the loss", w.Name())
		case w.Size() == 0:
			return nil, nil, fmt.Errorf("the weight %q of shape %v has no elements, which solvers cannot take: leave it out", w.Name(), w.Shape())
		case slices.Contains(weights[:i], w):
			return nil, nil, fmt.Errorf("the weight %q is named twice", w.Name())
		}
	}
	var gradients []*autodiff.Node
	if err := autodiff.Maybe(func() { gradients = autodiff.Grad(loss, weights) }); err != nil {
		return nil, nil, err
	}
	if g, err = New(slices.Concat([]*autodiff.Node{loss}, weights, gradients)...); err != nil {
		return nil, nil, err
	}
	for i, w := range weights {
		model = append(model, &valueGrad{g.Node(w), g.Node(gradients[i])})
	}
	return g, model, nil
}

// valueGrad is a weight with its gradient.
type valueGrad struct{ weight, gradient *gorgonia.Node }

// Name returns the variable's name, which solvers put into errors.
func (v *valueGrad) Name() string { return v.weight.Name() }

// Value returns the weight's value, which solvers change.
func (v *valueGrad) Value() gorgonia.Value { return v.weight.Value() }

// Grad returns a copy of the gradient as the last Run left it. Solvers write into
// it, and the node may be that of another weight too, a constant or a variable.
func (v *valueGrad) Grad() (gorgonia.Value, error) {
	if v.weight.Value() == nil {
		return nil, fmt.Errorf("the weight %q has no value: give it one by Let", v.Name())
	}
	value := v.gradient.Value()
	if value == nil {
		return nil, fmt.Errorf("the gradient by %q has no value: call Run first", v.Name())
	}
	data, err := dataOf(value)
	return newValue(slices.Clone(data), v.gradient.Shape()), err
}
