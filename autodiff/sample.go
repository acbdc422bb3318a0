package autodiff

func sampleReal1(f func(*Node) *Node) func(*Sampler) []*Node {
	return func(s *Sampler) []*Node { return []*Node{f(s.Variable(3, 4)), f(s.Variable())} }
}

func samplePositive1(f func(*Node) *Node) func(*Sampler) []*Node {
	return func(s *Sampler) []*Node { return []*Node{f(s.Positive(3, 4)), f(s.Positive())} }
}

func sampleFraction1(f func(*Node) *Node) func(*Sampler) []*Node {
	return func(s *Sampler) []*Node { return []*Node{f(s.Fraction(3, 4)), f(s.Fraction())} }
}

func sampleReal2(f func(a, b *Node) *Node) func(*Sampler) []*Node {
	return func(s *Sampler) []*Node {
		return []*Node{
			f(s.Variable(3, 4), s.Variable(3, 4)),
			f(s.Variable(2, 1, 3), s.Variable(4, 1)),
			f(s.Variable(), s.Variable(3)),
		}
	}
}

func samplePositive2(f func(a, b *Node) *Node) func(*Sampler) []*Node {
	return func(s *Sampler) []*Node {
		return []*Node{f(s.Positive(3, 4), s.Positive(3, 4)), f(s.Positive(2, 1), s.Positive(3))}
	}
}

func sampleSelect(s *Sampler) []*Node {
	return []*Node{
		Select(s.Index(2, 3, 4), s.Variable(3, 4), s.Variable(3, 4)),
		Select(Less(s.Variable(3, 4), s.Variable(4)), s.Variable(4), s.Variable(3, 1)),
	}
}

func sampleBroadcast(s *Sampler) []*Node {
	return []*Node{
		Broadcast(s.Variable(3), []int{2, 3, 4}, []int{1}),
		Broadcast(s.Variable(), []int{2, 2}, nil),
		BroadcastTo(s.Variable(2, 1, 3), 4, 2, 5, 3),
	}
}

func sampleSum(s *Sampler) []*Node {
	x := s.Variable(2, 3, 4)
	return []*Node{Sum(x, 0), Sum(x, 1), Sum(x, 2), Sum(x, 0, 2), SumAll(x), Sum(s.Variable(2, 3, 2, 3), 0, 2)}
}

func sampleArgMax(s *Sampler) []*Node {
	x := s.Variable(2, 3, 4)
	return []*Node{ArgMax(x, 0), ArgMax(x, 1), ArgMax(x, 2)}
}

func sampleArgSort(s *Sampler) []*Node {
	return []*Node{ArgSort(s.Variable(2, 3, 4)), ArgSort(s.Variable(5))}
}

func sampleCumSum(s *Sampler) []*Node {
	x := s.Variable(2, 3, 2)
	return []*Node{CumSum(x, 1, false, false), CumSum(x, 0, true, false), CumSum(x, 2, false, true), CumSum(x, 1, true, true)}
}

func sampleDot(s *Sampler) []*Node {
	a, at := s.Variable(2, 3, 4), s.Variable(2, 4, 3)
	b, bt := s.Variable(2, 4, 5), s.Variable(2, 5, 4)
	return []*Node{Dot(a, b, false, false), Dot(at, b, true, false), Dot(a, bt, false, true), Dot(at, bt, true, true),
		Dot(s.Variable(2, 3), s.Variable(3, 2), false, false)}
}

// sampleSpecs are convolutions with everything that can differ: input channels,
// output channels, input sizes, filter sizes, spec.
var sampleSpecs = []struct {
	c, m int
	x, k []int
	spec ConvSpec
}{
	{2, 3, []int{5}, []int{3}, ConvSpec{}},
	{2, 2, []int{5, 4}, []int{3, 2}, ConvSpec{Strides: []int{2, 1}, PadLo: []int{1, 0}, PadHi: []int{1, 1}}},
	{4, 2, []int{5, 6}, []int{2, 2}, ConvSpec{Dilations: []int{2, 3}, Groups: 2}},
	{2, 2, []int{3, 2, 3}, []int{2, 2, 2}, ConvSpec{Strides: []int{1, 1, 2}, PadHi: []int{0, 1, 1}, Groups: 2}},
}

func sampleConv(s *Sampler) (nodes []*Node) {
	for _, c := range sampleSpecs {
		x := s.Variable(append([]int{2, c.c}, c.x...)...)
		w := s.Variable(append([]int{c.m, c.c / max(c.spec.Groups, 1)}, c.k...)...)
		nodes = append(nodes, Conv(x, w, c.spec))
	}
	return nodes
}

func sampleConvInput(s *Sampler) (nodes []*Node) {
	for _, y := range sampleConv(s) {
		x, w := y.in[0], y.in[1]
		nodes = append(nodes, ConvInput(s.Variable(y.shape...), w, y.attr.(convAttr).ConvSpec, x.shape[2:]))
	}
	return nodes
}

func sampleConvFilter(s *Sampler) (nodes []*Node) {
	for _, y := range sampleConv(s) {
		x, w := y.in[0], y.in[1]
		nodes = append(nodes, ConvFilter(x, s.Variable(y.shape...), y.attr.(convAttr).ConvSpec, w.shape[2:]))
	}
	return nodes
}

var sampleWindows = []struct {
	x []int
	w Window
}{
	{[]int{6}, Window{Size: []int{2}, Strides: []int{2}}},
	{[]int{5, 4}, Window{Size: []int{3, 2}, Strides: []int{2, 1}, PadLo: []int{1, 1}, PadHi: []int{1, 0}}},
	{[]int{5, 5}, Window{Size: []int{2, 2}, Dilations: []int{2, 3}}},
	{[]int{2, 3, 3}, Window{Size: []int{2, 2, 1}, PadHi: []int{0, 1, 0}}},
}

func sampleWindow(f func(*Node, Window) *Node) func(*Sampler) []*Node {
	return func(s *Sampler) (nodes []*Node) {
		for _, c := range sampleWindows {
			nodes = append(nodes, f(s.Variable(append([]int{2, 2}, c.x...)...), c.w))
		}
		return nodes
	}
}

func sampleWindowSpread(s *Sampler) (nodes []*Node) {
	for _, c := range sampleWindows {
		_, out := c.w.normal("sample", s.Variable(append([]int{1, 1}, c.x...)...))
		dy := s.Variable(append([]int{2, 2}, out...)...)
		w, _ := c.w.normal("sample", dy)
		nodes = append(nodes, windowSpread(dy, w, c.x))
	}
	return nodes
}

func sampleWindowTake(s *Sampler) []*Node {
	return []*Node{
		windowTake(s.Variable(2, 2, 3, 4), s.Index(12, 2, 2, 2, 2)),
		WindowMax(s.Variable(2, 2, 5), Window{Size: []int{3}, Strides: []int{2}, PadLo: []int{1}}),
	}
}

func sampleWindowScatter(s *Sampler) []*Node {
	return []*Node{windowScatter(s.Variable(2, 2, 2, 2), s.Index(12, 2, 2, 2, 2), []int{3, 4})}
}

func sampleReshape(s *Sampler) []*Node {
	return []*Node{Reshape(s.Variable(2, 6), 3, 4), Reshape(s.Variable(12, 2), 3, 4, 2), Reshape(Transpose(s.Variable(2, 3, 4), 0, 2, 1), 8, 3),
		Reshape(Transpose(s.Variable(2, 3, 4), 2, 0, 1), 6, 4)}
}

func sampleTranspose(s *Sampler) []*Node {
	return []*Node{Transpose(s.Variable(2, 3, 4), 2, 0, 1), Transpose(s.Variable(2, 3), 1, 0)}
}

func sampleSlice(s *Sampler) []*Node {
	x := s.Variable(4, 7)
	return []*Node{Slice(x, []int{1, 0}, []int{3, 7}, []int{1, 3}), Slice(x, []int{0, 2}, []int{4, 6}, []int{2, 2}),
		SliceAxis(x, 1, 3, 3)}
}

func sampleReverse(s *Sampler) []*Node {
	return []*Node{Reverse(s.Variable(2, 3, 2), 1), Reverse(s.Variable(2, 3), 0, 1)}
}

func samplePad(s *Sampler) []*Node {
	x := s.Variable(3, 4)
	return []*Node{
		Pad(x, []int{1, 0}, []int{1, 0}, nil),
		Pad(x, []int{1, 0}, []int{0, 2}, nil),
		Pad(x, []int{-1, 2}, []int{1, -1}, []int{2, 1}),
		Pad(x, []int{0, -2}, []int{-1, 0}, []int{1, 0}),
	}
}

func sampleConcat(s *Sampler) []*Node {
	a := s.Variable(2, 3)
	return []*Node{Concat(0, a, s.Variable(1, 3), a), Concat(1, a, s.Variable(2, 2))}
}

func sampleTake(s *Sampler) []*Node {
	x := s.Variable(3, 4)
	return []*Node{Take(x, s.Index(3, 2, 2), 0), Take(x, s.Index(4, 5), 1)}
}

func sampleScatter(s *Sampler) []*Node {
	return []*Node{Scatter(s.Variable(2, 2, 4), s.Index(3, 2, 2), 0, 3), Scatter(s.Variable(3, 5), s.Index(4, 5), 1, 4)}
}

func sampleTakeAlong(s *Sampler) []*Node {
	x := s.Variable(3, 4)
	return []*Node{TakeAlong(x, s.Index(3, 2, 4), 0), TakeAlong(x, s.Index(4, 3, 5), 1)}
}

func sampleScatterAlong(s *Sampler) []*Node {
	return []*Node{ScatterAlong(s.Variable(2, 4), s.Index(3, 2, 4), 0, 3), ScatterAlong(s.Variable(3, 5), s.Index(4, 3, 5), 1, 4)}
}
