package autodiff

import (
	"fmt"
	"runtime"
	"testing"
)

// TestRunAllocatesNothing runs every sample of the table with its derivatives,
// tensors large enough for several threads, and the gradient quotient of a network:
// what the first run found or made must be enough for all that follow.
func TestRunAllocatesNothing(t *testing.T) {
	for op := range opCount {
		s := NewSampler(uint64(op) + 300)
		testAllocations(t, s, "samples of "+s.Graph.table[op].Name, withGradients(s.Samples(op)))
	}
	s := NewSampler(400)
	for _, y := range sampleLarge(s) {
		testAllocations(t, s, fmt.Sprintf("%v of %v", y, y.in[0].shape), withGradients([]*Node{y}))
	}
	s = NewSampler(500)
	testAllocations(t, s, "a network", sampleQuotient(s))
}

// withGradients adds the adjoints of nodes by their variables, for cotangents that
// are the nodes.
func withGradients(outputs []*Node) []*Node {
	for _, y := range outputs {
		for _, x := range ancestors([]*Node{y}) {
			if dx := VJP([]*Node{y}, []*Node{y}, []*Node{x})[0]; x.op == OpVariable && dx != nil {
				outputs = append(outputs, dx)
			}
		}
	}
	return outputs
}

// testAllocations runs programs for all of the outputs and for the last one.
func testAllocations(t *testing.T, s *Sampler, name string, outputs []*Node) {
	if len(outputs) == 0 {
		return
	}
	for _, opt := range []Options{{Threads: 1}, {Threads: 2}, {Precision: Float64, Threads: 1}, {Precision: Float64, Threads: 2}} {
		prog, err := Compile(outputs, opt)
		if err != nil {
			t.Fatal(err)
		}
		for n, v := range s.Values {
			prog.Write(n, 0, v)
		}
		run := func() {
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			if err := prog.Run(outputs[len(outputs)-1]); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if n := allocations(run); n > 0 {
			t.Errorf("%s with %+v: %d allocations", name, opt, n)
		}
		prog.Close()
	}
}

// allocations counts the heap objects that f makes on any thread: the fewest of some
// tries, since the runtime itself makes one now and then.
func allocations(f func()) uint64 {
	var before, after runtime.MemStats
	least := ^uint64(0)
	for try := 0; try < 5 && least > 0; try++ {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least
}

// sampleLarge builds nodes whose kernels, or those of their derivatives, share their
// work out, each in another way.
func sampleLarge(s *Sampler) []*Node {
	x := s.Variable(40, 50, 48)
	nodes := []*Node{
		Mul(Exp(x), Add(x, s.Variable(48))), SumAll(Mul(Exp(x), Transpose(s.Variable(50, 40, 48), 1, 0, 2))),
		Sum(x, 0), Sum(x, 1), Sum(x, 2), Sum(x, 0, 1), Sum(x, 0, 2), Sum(x, 1, 2), SumAll(x),
		Sum(s.Variable(4, 50, 500), 1), Sum(s.Variable(30000, 3), 0), Sum(s.Variable(3, 40000), 0), Sum(s.Variable(2, 50000), 1), Sum(s.Variable(2, 3), 1),
		ArgMax(x, 1), ArgSort(x), CumSum(x, 1, false, true),
		Dot(x, s.Variable(40, 48, 20), false, false), Dot(s.Variable(100, 130), s.Variable(130, 80), false, false),
		Dot(s.Variable(2, 64, 50), s.Variable(2, 80, 64), true, true), Dot(s.Variable(1, 40, 1024), s.Variable(1, 1024, 70), false, false),
		Reshape(Transpose(x, 2, 1, 0), 48, 2000), Reverse(x, 0, 2), Pad(x, []int{1, 0, -2}, []int{2, 3, 1}, []int{0, 1, 0}),
		Slice(x, []int{3, 0, 1}, []int{40, 50, 45}, []int{1, 1, 3}), Concat(1, x, x, s.Variable(40, 7, 48)),
		Take(x, s.Index(50, 30), 1), Scatter(x, s.Index(60, 50), 1, 60), TakeAlong(x, s.Index(50, 40, 60, 48), 1),
	}
	for _, c := range []struct{ n, c, m, groups, size, k, stride, pad int }{
		{4, 10, 20, 1, 10, 3, 1, 1}, {1, 16, 40, 1, 12, 3, 1, 1}, {16, 40, 40, 1, 2, 3, 1, 1}, {32, 20, 20, 1, 3, 3, 1, 1}, {1, 48, 96, 1, 4, 3, 1, 1},
		{4, 3, 20, 1, 20, 5, 2, 2}, {8, 1, 6, 1, 24, 5, 1, 2}, {8, 6, 16, 1, 12, 5, 1, 0}, {2, 80, 80, 80, 20, 3, 2, 1}, {2, 24, 24, 4, 16, 3, 1, 1},
		{2, 40, 60, 1, 16, 1, 1, 0}, {2, 40, 40, 1, 20, 1, 2, 0},
	} {
		nodes = append(nodes, Conv(s.Variable(c.n, c.c, c.size, c.size), s.Variable(c.m, c.c/c.groups, c.k, c.k),
			ConvSpec{Strides: []int{c.stride, c.stride}, PadLo: []int{c.pad, c.pad}, PadHi: []int{c.pad, c.pad}, Groups: c.groups}))
	}
	for _, channels := range []int{3, 20} {
		image := s.Variable(4, channels, 20, 20)
		filtered := Conv(image, s.Variable(channels, channels, 1, 1), ConvSpec{}) // channels are last
		for _, w := range []Window{{Size: []int{2, 2}, Strides: []int{2, 2}}, {Size: []int{3, 3}, PadLo: []int{1, 1}, PadHi: []int{1, 1}}} {
			nodes = append(nodes, WindowSum(image, w), WindowMax(image, w), WindowSum(filtered, w), WindowMax(filtered, w))
		}
	}
	return nodes
}

// sampleQuotient is the gradient quotient of a network, and its derivatives by the
// norms of the weights.
func sampleQuotient(s *Sampler) []*Node {
	var theta []*Node
	weight := func(shape ...int) *Node {
		theta = append(theta, s.Variable(shape...))
		return theta[len(theta)-1]
	}
	normal := func(x *Node, axes ...int) *Node {
		d := Sub(x, MeanKeep(x, axes...))
		return Div(d, Sqrt(Add(MeanKeep(Mul(d, d), axes...), s.Graph.Scalar(1e-5))))
	}
	same := ConvSpec{PadLo: []int{1, 1}, PadHi: []int{1, 1}}
	x := Conv(s.Variable(8, 3, 16, 16), weight(12, 3, 3, 3), same)
	x = ReLU(Add(normal(x, 0, 2, 3), weight(12, 1, 1)))
	x = Conv(WindowMax(x, Window{Size: []int{2, 2}, Strides: []int{2, 2}}), weight(20, 12, 3, 3), same)
	x = Conv(Tanh(x), weight(20, 1, 3, 3), ConvSpec{Strides: []int{2, 2}, PadLo: same.PadLo, PadHi: same.PadHi, Groups: 20})
	x = WindowSum(Logistic(x), Window{Size: []int{2, 2}})
	x = Dot(Reshape(x, 8, 180), weight(180, 64), false, false)
	x = LogSoftmax(Dot(Mul(normal(x, 1), weight(64)), weight(10, 64), false, true), 1)
	loss := Neg(Mean(TakeAlong(x, s.Index(10, 8, 1), 1), 0, 1))

	g := VJP([]*Node{loss}, []*Node{s.Graph.Scalar(1)}, theta)
	hg := JVP(g, theta, g)
	total := s.Graph.Scalar(0)
	for i, g := range g {
		total = Add(total, SumAll(Abs(Sub(Div(Sub(g, hg[i]), Add(g, s.Graph.Scalar(1e-5))), s.Graph.Scalar(1)))))
	}
	outputs := []*Node{loss, total}
	for i, slope := range VJP([]*Node{total}, []*Node{s.Graph.Scalar(1)}, theta) {
		product, _ := Inner(slope, theta[i])
		outputs = append(outputs, product)
	}
	return outputs
}
