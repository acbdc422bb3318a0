package program

import "testing"

// TestCostlyFunctionsAreStored: what a later cluster reads is computed again there if that is cheap, and stored if it costs much.
func TestCostlyFunctionsAreStored(t *testing.T) {
	b := newBuilder()
	for _, c := range []struct {
		name  string
		f     func(x Node) Node
		times int
	}{
		{"square", func(x Node) Node { return b.mul(x, x) }, 2},
		{"slope of tanh", func(x Node) Node { return b.sub(b.one(64, 64), b.mul(x, x)) }, 2},
		{"logistic", b.logistic, 2},
		{"sine", b.sin, 1},
		{"slope of GELU", func(x Node) Node { return b.mul(b.add(b.erf(x), b.exp(b.neg(b.mul(x, x)))), b.tanh(x)) }, 1},
	} {
		*b = *newBuilder()
		x := b.dot(b.variable(64, 64), b.variable(64, 64))
		f := c.f(x)
		y := b.dot(b.mul(f, b.variable(64, 64)), b.variable(64, 64))
		z := b.dot(b.mul(f, y), x)
		times := 0
		for _, cluster := range newWork(b.Graph, []Node{z}, true).schedule() {
			for _, n := range cluster.nodes {
				if n == f {
					times++
				}
			}
		}
		if times != c.times {
			t.Errorf("%s: computed %d times, want %d", c.name, times, c.times)
		}
	}
}
