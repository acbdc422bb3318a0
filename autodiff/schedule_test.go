package autodiff

import (
	"slices"
	"testing"
)

// verify checks that every cluster finds what it reads: leaves, its own nodes, or
// what clusters before it have stored, and that nothing is stored twice.
func verify(t *testing.T, pass string, clusters []*cluster, outputs []*Node) {
	t.Helper()
	made := make(map[*Node]bool)
	for i, c := range clusters {
		if len(c.nodes) == 0 {
			t.Fatalf("%s: cluster %d is empty", pass, i)
		}
		for _, n := range c.nodes {
			for _, x := range n.in {
				b := x.base
				inside := c.fused && slices.Contains(c.nodes, unstopped(x))
				if len(b.in) > 0 && !inside && !made[b] {
					t.Fatalf("%s: cluster %d reads %v before it is there", pass, i, b)
				}
				if inside && unstopped(x).id >= n.id {
					t.Fatalf("%s: cluster %d computes %v after %v", pass, i, x, n)
				}
			}
			if c.fused && !slices.Equal(n.shape, c.nodes[0].shape) {
				t.Fatalf("%s: cluster %d mixes shapes %v and %v", pass, i, n.shape, c.nodes[0].shape)
			}
		}
		for n := range c.results() {
			if made[n] {
				t.Fatalf("%s: cluster %d computes %v again", pass, i, n)
			}
			made[n] = true
		}
	}
	for _, n := range outputs {
		if b := n.base; len(b.in) > 0 && !made[b] {
			t.Fatalf("%s: output %v is never computed", pass, n)
		}
	}
}

// deep is a net of dense and convolution layers with the tangent of its gradient:
// all that the passes look for.
func deep(layers int) (outputs []*Node, values map[*Node][]float64) {
	s := NewSampler(5)
	x := s.Variable(4, 3, 6, 6)
	var weights []*Node
	for i := range layers {
		w := s.Variable(3, 3, 3, 3)
		weights = append(weights, w)
		x = Conv(x, w, ConvSpec{PadLo: []int{1, 1}, PadHi: []int{1, 1}})
		if i%2 == 0 {
			x = ReLU(x)
		} else {
			x = Mul(x, Logistic(x))
		}
	}
	flat := Reshape(x, 4, 108)
	head := s.Variable(5, 108)
	loss := Neg(Mean(SliceAxis(LogSoftmax(Dot(flat, head, false, true), 1), 1, 0, 1), 0, 1))
	theta := append(weights, head)
	g := Grad(loss, theta)
	var u []*Node
	for _, dx := range g {
		u = append(u, Stop(dx))
	}
	outputs = append([]*Node{loss}, JVP(g, theta, u)...)
	for i, p := range outputs[1:] {
		product, _ := Inner(p, theta[i])
		outputs = append(outputs, SumAll(Abs(p)), product)
	}
	return outputs, s.Values
}

func TestScheduleIsInOrder(t *testing.T) {
	outputs, _ := deep(9)
	verify(t, "schedule", newWork(outputs).schedule(), outputs)
	for op := range opCount {
		s := NewSampler(uint64(op))
		if samples := s.Samples(op); samples != nil {
			verify(t, table[op].Name, newWork(samples).schedule(), samples)
		}
	}
}

// TestPlansAgree computes a net with second derivatives by a program with
// everything on and compares it with the plain walk of the graph.
func TestPlansAgree(t *testing.T) {
	outputs, values := deep(7)
	want, err := Evaluate(outputs, values)
	if err != nil {
		t.Fatal(err)
	}
	for _, opt := range []Options{{Precision: Float64, Threads: 2}, {Threads: 1}, {Threads: 2}} {
		prog, err := Compile(outputs, opt)
		if err != nil {
			t.Fatal(err)
		}
		for v, data := range values {
			prog.Write(v, 0, data)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		tolerance := 1e-11
		if opt.Precision == Float32 {
			tolerance = 1e-3
		}
		for i, n := range outputs {
			scale := largest(want[i])
			for k, got := range prog.Read(n) {
				if d := got - want[i][k]; d > tolerance*scale || d < -tolerance*scale {
					t.Fatalf("%+v: element %d of output %d is %g, want %g", opt, k, i, got, want[i][k])
				}
			}
		}
		prog.Close()
	}
}
