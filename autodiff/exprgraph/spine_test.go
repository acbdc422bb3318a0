package exprgraph

import (
	"fmt"
	"runtime"
	"testing"

	"gorgonia.org/gorgonia"

	"onnx-metainit/autodiff"
)

// BenchmarkSpine builds the quotient's graph of a deep network: by autodiff's
// builders, with derivatives, simplification and interning; and the same nodes
// in an ExprGraph, as New does and as Gorgonia's own ApplyOp does.
func BenchmarkSpine(b *testing.B) {
	for _, layers := range []int{30, 233} {
		outputs := deepQuotient(layers)
		nodes := ancestors(outputs)
		for _, spine := range []struct {
			name  string
			build func()
		}{
			{"autodiff", func() { deepQuotient(layers) }},
			{"New", func() { mustNew(b, outputs) }},
			{"ApplyOp", func() { applyOps(b, nodes) }},
		} {
			b.Run(fmt.Sprintf("nodes=%d/spine=%s", len(nodes), spine.name), func(b *testing.B) {
				perNode(b, len(nodes), spine.build)
			})
		}
	}
}

// BenchmarkMachine prepares the quotient's graph for running.
func BenchmarkMachine(b *testing.B) {
	for _, layers := range []int{10, 40, 160} {
		outputs := deepQuotient(layers)
		g := mustNew(b, outputs)
		n := len(g.nodes)
		b.Run(fmt.Sprintf("nodes=%d/machine=Program", n), func(b *testing.B) {
			perNode(b, n, func() {
				if _, err := autodiff.Compile(outputs, autodiff.Options{Precision: autodiff.Float64}); err != nil {
					b.Fatal(err)
				}
			})
		})
		b.Run(fmt.Sprintf("nodes=%d/machine=TapeMachine", n), func(b *testing.B) {
			perNode(b, n, func() { gorgonia.NewTapeMachine(g.expr) })
		})
	}
}

// BenchmarkConstants builds scalar constants with different values: Gorgonia's
// AddNode looks through all constants by name for every node that it is given.
func BenchmarkConstants(b *testing.B) {
	for _, n := range []int{1000, 4000} {
		b.Run(fmt.Sprintf("constants=%d/spine=autodiff", n), func(b *testing.B) {
			perNode(b, n, func() {
				g := autodiff.NewGraph()
				for k := range n {
					g.Scalar(float64(k))
				}
			})
		})
		b.Run(fmt.Sprintf("constants=%d/spine=ExprGraph", n), func(b *testing.B) {
			perNode(b, n, func() {
				g := gorgonia.NewGraph()
				for k := range n {
					g.AddNode(gorgonia.NewConstant(float64(k), gorgonia.WithName(fmt.Sprintf("const %d", k))))
				}
			})
		})
	}
}

func perNode(b *testing.B, nodes int, build func()) {
	b.Helper()
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		build()
	}
	runtime.ReadMemStats(&after)
	total := float64(b.N) * float64(nodes)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/total, "ns/node")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/total, "B/node")
}

func mustNew(b *testing.B, outputs []*autodiff.Node) *Graph {
	b.Helper()
	g, err := New(outputs...)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

// applyOps builds nodes with Gorgonia's type inference.
func applyOps(b *testing.B, nodes []*autodiff.Node) {
	b.Helper()
	g := mustNew(b, nodes[:1]) // a graph with one leaf
	for _, n := range nodes[1:] {
		if len(n.Operands()) == 0 {
			if err := g.add(n); err != nil {
				b.Fatal(err)
			}
			continue
		}
		operands := make(gorgonia.Nodes, len(n.Operands()))
		for i, x := range n.Operands() {
			operands[i] = g.nodes[x]
		}
		node, err := gorgonia.ApplyOp(&op{n, fmt.Sprint(n.ID())}, operands...)
		if err != nil {
			b.Fatal(err)
		}
		g.nodes[n] = node
	}
}

// deepQuotient is the gradient quotient of a deep tanh network with its
// derivative in the four stages of forward mode over one reverse pass.
func deepQuotient(layers int) []*autodiff.Node {
	g := autodiff.NewGraph()
	h := g.Variable("x", 4, 8)
	var theta []*autodiff.Node
	for k := range layers {
		w := g.Variable(fmt.Sprintf("w%d", k), 8, 8)
		theta = append(theta, w)
		h = autodiff.Tanh(autodiff.MatMul(h, w))
	}
	grad := autodiff.Grad(autodiff.SumAll(autodiff.Mul(h, h)), theta)
	var u, a, c, outputs []*autodiff.Node
	for _, x := range grad {
		u = append(u, autodiff.Stop(x))
	}
	p := autodiff.JVP(grad, theta, u)
	for k := range theta {
		damped := autodiff.Add(grad[k], g.Scalar(1e-5))
		q := autodiff.Div(autodiff.Add(p[k], g.Scalar(1e-5)), damped)
		a = append(a, autodiff.Div(autodiff.Sign(q), damped))
		c = append(c, autodiff.Neg(autodiff.Div(autodiff.Abs(q), damped)))
	}
	for k, ha := range autodiff.JVP(grad, theta, a) {
		c[k] = autodiff.Add(c[k], ha)
	}
	for k, slope := range autodiff.JVP(p, append(theta, u...), append(a, c...)) {
		product, _ := autodiff.Inner(slope, theta[k])
		outputs = append(outputs, product)
	}
	return outputs
}
