package metainit

import (
	"math"

	"onnx-metainit/autodiff"
)

// Optimizer is how a trial changes the parameters by their gradients.
type Optimizer string

// The optimizers. Both clip the gradient of all parameters together to norm 1.
const (
	SGD  Optimizer = "sgd"  // with momentum 0.9
	Adam Optimizer = "adam" // Kingma & Ba, 2015, with their β₁ = 0.9, β₂ = 0.999, ε = 1e-8
)

// ParseOptimizer returns the optimizer of that name.
func ParseOptimizer(name string) (Optimizer, error) {
	if o := Optimizer(name); o == SGD || o == Adam {
		return o, nil
	}
	return "", unknownName("optimizer", Optimizer(name), SGD, Adam)
}

const (
	clipNorm = 1.0

	momentum = 0.9

	adamBeta1   = 0.9
	adamBeta2   = 0.999
	adamEpsilon = 1e-8
)

// descent is an optimizer as a graph: the updates of the parameters and of its own state, which begins with zeros.
type descent struct {
	optimizer Optimizer
	updates   []autodiff.Update
	state     []*autodiff.Node

	rate   *autodiff.Node // λ of the next step, a scalar variable
	biases func(step int) map[*autodiff.Node]float64
}

// newDescent builds the updates of the parameters theta by their gradients g.
func newDescent(o Optimizer, theta, g []*autodiff.Node) *descent {
	graph := theta[0].Graph()
	d := &descent{optimizer: o, rate: graph.Variable("rate"), biases: func(int) map[*autodiff.Node]float64 { return nil }}
	clip := clipped(g)
	switch o {
	case Adam:
		d.adam(theta, g, clip)
	default:
		d.sgd(theta, g, clip)
	}
	return d
}

// clipped is min(1, clipNorm / (‖g‖ + 1e-6)), by which all gradients are multiplied, as torch.nn.utils.clip_grad_norm_ has
// it.
func clipped(g []*autodiff.Node) *autodiff.Node {
	graph := g[0].Graph()
	square := graph.Scalar(0)
	for _, dx := range g {
		square = autodiff.Add(square, autodiff.SumAll(autodiff.Mul(dx, dx)))
	}
	return autodiff.Min(graph.Scalar(1), autodiff.Div(graph.Scalar(clipNorm), autodiff.Add(autodiff.Sqrt(square), graph.Scalar(1e-6))))
}

// The state meets the gradient in the first operation on it: then one fused step computes all of an update, over the state.

// sgd is v ← μ (v + c/μ g),  θ ← θ − λ v.
func (d *descent) sgd(theta, g []*autodiff.Node, c *autodiff.Node) {
	mu := d.rate.Graph().Scalar(momentum)
	share := autodiff.Div(c, mu)
	for j, w := range theta {
		v := d.variable(w)
		next := autodiff.Mul(mu, autodiff.Add(v, autodiff.Mul(share, g[j])))
		d.set(v, next)
		d.set(w, autodiff.Sub(w, autodiff.Mul(d.rate, next)))
	}
}

// adam is m ← m + (1−β₁) (c g − m),  v ← v + (1−β₂) ((c g)² − v),  θ ← θ − λ (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε).
func (d *descent) adam(theta, g []*autodiff.Node, c *autodiff.Node) {
	graph := d.rate.Graph()
	correction1, correction2 := graph.Variable("1/(1-beta1^t)"), graph.Variable("1/(1-beta2^t)")
	d.biases = func(step int) map[*autodiff.Node]float64 {
		return map[*autodiff.Node]float64{
			correction1: 1 / (1 - math.Pow(adamBeta1, float64(step))),
			correction2: 1 / (1 - math.Pow(adamBeta2, float64(step))),
		}
	}
	average := func(beta float64, old, now *autodiff.Node) *autodiff.Node {
		next := autodiff.Add(old, autodiff.Mul(graph.Scalar(1-beta), autodiff.Sub(now, old)))
		d.set(old, next)
		return next
	}
	for j, w := range theta {
		dw := autodiff.Mul(c, g[j])
		m := autodiff.Mul(correction1, average(adamBeta1, d.variable(w), dw))
		v := autodiff.Mul(correction2, average(adamBeta2, d.variable(w), autodiff.Mul(dw, dw)))
		by := autodiff.Div(m, autodiff.Add(autodiff.Sqrt(v), graph.Scalar(adamEpsilon)))
		d.set(w, autodiff.Sub(w, autodiff.Mul(d.rate, by)))
	}
}

// variable adds a variable of the shape of w to the optimizer's state.
func (d *descent) variable(w *autodiff.Node) *autodiff.Node {
	v := w.Graph().Variable("state of "+w.Name(), w.Shape()...)
	d.state = append(d.state, v)
	return v
}

func (d *descent) set(variable, next *autodiff.Node) {
	d.updates = append(d.updates, autodiff.Update{Variable: variable, Next: next})
}
