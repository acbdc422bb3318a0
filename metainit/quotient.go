package metainit

import (
	"slices"

	"onnx-metainit/autodiff"
)

// quotient is the gradient quotient of a loss as a graph, in the paper's symbols:
//
//	g = ∇L,  p = Hg,  q_i(η) = (η p_i + ε_i) / (g_i + ε_i),  ε_i = ε · (+1 if g_i ≥ 0 else −1)
//	GQ = (1/N) Σ |q_i(1)|,  LGQ = (1/N) Σ log(1 + |q_i(η)|)
//
// g is one reverse pass, p its tangent along g.
type quotient struct {
	loss    *autodiff.Node
	theta   []*autodiff.Node // the parameters
	u       []*autodiff.Node // g, as the fixed direction that p is taken along
	g, p    []*autodiff.Node
	epsilon float64
	eta     float64
	count   float64 // N

	// rounding is the part of the sum of their absolute terms that slopes exceed.
	rounding float64

	sums    []*autodiff.Node // Σ |q_i(1)| for each parameter
	logSums []*autodiff.Node // Σ log(1 + |q_i(η)|) for each parameter
}

func newQuotient(loss *autodiff.Node, theta []*autodiff.Node, opt Options) *quotient {
	q := &quotient{loss: loss, theta: theta, epsilon: opt.epsilon(), eta: opt.trainLR(), rounding: opt.rounding()}
	q.g = autodiff.Grad(loss, theta)
	for _, g := range q.g {
		q.u = append(q.u, autodiff.Stop(g))
		q.count += float64(g.Size())
	}
	q.p = orZero(q.along(q.g), theta)
	for j := range theta {
		q.sums = append(q.sums, autodiff.SumAll(autodiff.Abs(q.ratio(j, 1))))
		q.logSums = append(q.logSums, autodiff.SumAll(autodiff.Log1p(autodiff.Abs(q.ratio(j, q.eta)))))
	}
	return q
}

// along returns the tangents of nodes along g: nil where they are zero.
func (q *quotient) along(nodes []*autodiff.Node) []*autodiff.Node {
	return autodiff.JVP(nodes, q.theta, q.u)
}

// damped is g + ε for parameter j.
func (q *quotient) damped(j int) (damped, epsilon *autodiff.Node) {
	g, graph := q.g[j], q.loss.Graph()
	epsilon = autodiff.Select(autodiff.LessEqual(graph.Scalar(0), g), graph.Scalar(q.epsilon), graph.Scalar(-q.epsilon))
	return autodiff.Add(g, epsilon), epsilon
}

// ratio is q(η) for parameter j.
func (q *quotient) ratio(j int, eta float64) *autodiff.Node {
	damped, epsilon := q.damped(j)
	p := autodiff.Mul(q.loss.Graph().Scalar(eta), q.p[j])
	return autodiff.Div(autodiff.Add(p, epsilon), damped)
}

// outputs are the nodes that say what the quotient is.
func (q *quotient) outputs() []*autodiff.Node {
	list := append([]*autodiff.Node{q.loss}, q.sums...)
	return append(list, q.logSums...)
}

// slopes returns for each parameter j ⟨∂GQ/∂θ_j, θ_j⟩, or with logarithmic that
// of LGQ: the derivative by the logarithm of the norm. For the parameters where
// wanted is not set it is nil.
//
// There is no third reverse pass. With a = ∂GQ/∂p and b = ∂GQ/∂g taken as
// constants,
//
//	∂GQ/∂θ = H c + T[g, a],  c = H a + b,
//
// which is the tangent of p(θ, u) = H(θ) u along (a, c) at u = g. Of the weight
// gradients in it only the scalar products with the weights are wanted, which
// autodiff.Inner takes from products that are there already.
func (q *quotient) slopes(logarithmic bool, wanted []bool) []*autodiff.Node {
	full := orZero(q.tangents(q.p, logarithmic), q.theta)
	slopes := make([]*autodiff.Node, len(q.theta))
	for j, theta := range q.theta {
		if wanted[j] {
			slopes[j] = q.aboveRounding(autodiff.Inner(full[j], theta))
		}
	}
	return slopes
}

// tangents returns those of nodes that are computed from θ and u, along (a, c): nil where
// they are zero.
func (q *quotient) tangents(nodes []*autodiff.Node, logarithmic bool) []*autodiff.Node {
	a, b := q.byPG(logarithmic)
	ha := autodiff.JVP(q.g, q.theta, a)
	c := make([]*autodiff.Node, len(q.theta))
	for j := range c {
		c[j] = b[j]
		if ha[j] != nil {
			c[j] = autodiff.Add(ha[j], b[j])
		}
	}
	return autodiff.JVP(nodes, append(q.theta[:len(q.theta):len(q.theta)], q.u...), append(a, c...))
}

// settle takes u as g in all that is computed, once no more derivatives are taken, and changes
// the slopes, nil or not, to what they are then.
func (q *quotient) settle(slopes []*autodiff.Node) {
	var all []*autodiff.Node
	lists := [][]*autodiff.Node{{q.loss}, q.sums, q.logSums, slopes}
	for _, list := range lists {
		all = append(all, list...)
	}
	known := slices.DeleteFunc(all, func(n *autodiff.Node) bool { return n == nil })
	settled := autodiff.Unstop(known, q.u)
	for _, list := range lists {
		for i, n := range list {
			if n != nil {
				list[i], settled = settled[0], settled[1:]
			}
		}
	}
	q.loss = lists[0][0]
}

// aboveRounding is the slope, or 0 where it is rounding error: where the terms that it is the sum of cancel each other. So
// they do where the loss does not depend on a weight, as on a bias of all keys of an attention; a step by the sign of
// what is left would move that weight's norm at random.
func (q *quotient) aboveRounding(slope, size *autodiff.Node) *autodiff.Node {
	graph := q.loss.Graph()
	least := autodiff.Mul(graph.Scalar(q.rounding), size)
	return autodiff.Select(autodiff.Less(autodiff.Abs(slope), least), graph.Scalar(0), slope) // keeps NaN
}

// byPG returns the derivatives of the quotient by p and by g:
//
//	a = φ′(|q|) sign(q) η / ((g + ε) N),  b = −φ′(|q|) |q| / ((g + ε) N)
//
// with φ(t) = t, η = 1, or φ(t) = log(1+t) and the quotient's η.
func (q *quotient) byPG(logarithmic bool) (a, b []*autodiff.Node) {
	graph, eta := q.loss.Graph(), 1.0
	if logarithmic {
		eta = q.eta
	}
	for j := range q.theta {
		ratio := q.ratio(j, eta)
		size := autodiff.Abs(ratio)
		damped, _ := q.damped(j)
		if logarithmic {
			damped = autodiff.Mul(damped, autodiff.Add(size, graph.Scalar(1)))
		}
		weight := autodiff.Div(graph.Scalar(1/q.count), damped)
		a = append(a, autodiff.Mul(autodiff.Mul(autodiff.Sign(ratio), graph.Scalar(eta)), weight))
		b = append(b, autodiff.Neg(autodiff.Mul(size, weight)))
	}
	return a, b
}

// orZero replaces zero tangents by constants.
func orZero(list, like []*autodiff.Node) []*autodiff.Node {
	for i, n := range list {
		if n == nil {
			list[i] = autodiff.BroadcastTo(like[i].Graph().Scalar(0), like[i].Shape()...)
		}
	}
	return list
}
