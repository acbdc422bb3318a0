package autodiff_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/exprgraph"
)

// TestRandomGraphs composes random graphs of all primitives and compares three
// ways to compute them and a gradient: the planned program, Gorgonia's
// TapeMachine, and the walk of Evaluate.
func TestRandomGraphs(t *testing.T) {
	seen := make(map[autodiff.Op]bool)
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			c := newComposer(seed)
			for range 250 {
				c.grow()
			}
			outputs := c.outputs()
			mark(seen, make(map[*autodiff.Node]bool), outputs)
			want, err := autodiff.Evaluate(outputs, c.s.Values)
			if err != nil {
				t.Fatal(err)
			}
			if loss := want[0][0]; math.IsNaN(loss) || math.IsInf(loss, 0) {
				t.Fatalf("the loss is %g: choose tamer steps", loss)
			}
			for _, threads := range []int{1, 2} {
				agree(t, fmt.Sprintf("program with %d threads", threads), outputs, want, c.program(t, outputs, threads))
			}
			agree(t, "TapeMachine", outputs, want, c.tape(t, outputs))
		})
	}
	for op := autodiff.OpNeg; op <= autodiff.OpScatterAlong; op++ {
		if !seen[op] {
			t.Errorf("no random graph holds primitive %d", op)
		}
	}
}

func agree(t *testing.T, name string, nodes []*autodiff.Node, want, got [][]float64) {
	t.Helper()
	for i, n := range nodes {
		for k, w := range want[i] {
			if math.Abs(got[i][k]-w) > 1e-12*math.Abs(w) || math.IsNaN(got[i][k]) != math.IsNaN(w) {
				t.Fatalf("%s: element %d of %v is %g, want %g", name, k, n, got[i][k], w)
			}
		}
	}
}

// composer grows a graph from the samples of all primitives.
type composer struct {
	s    *autodiff.Sampler
	rng  *rand.Rand
	pool []*autodiff.Node
}

func newComposer(seed uint64) *composer {
	c := &composer{s: autodiff.NewSampler(seed), rng: rand.New(rand.NewPCG(seed, 2))}
	for op := autodiff.OpNeg; op <= autodiff.OpScatterAlong; op++ {
		c.pool = append(c.pool, c.s.Samples(op)...)
	}
	return c
}

// grow adds one random step; operands that do not fit each other are drawn
// again.
func (c *composer) grow() {
	for {
		var n *autodiff.Node
		step := steps[c.rng.IntN(len(steps))]
		if err := autodiff.Maybe(func() { n = step(c) }); err == nil && n.Size() <= 256 {
			c.pool = append(c.pool, n)
			return
		}
	}
}

// pick draws a node, late ones more often, so that graphs grow deep.
func (c *composer) pick() *autodiff.Node {
	n := len(c.pool)
	return c.pool[max(c.rng.IntN(n), c.rng.IntN(n))]
}

// along picks a node and one of its axes, which is not empty.
func (c *composer) along() (x *autodiff.Node, axis int) {
	for {
		if x = c.pick(); x.Size() > 0 && x.Rank() > 0 {
			return x, c.rng.IntN(x.Rank())
		}
	}
}

// outputs are a scalar that half of the nodes go into, its derivatives, and
// random nodes.
func (c *composer) outputs() []*autodiff.Node {
	loss := c.s.Graph.Scalar(0)
	for _, n := range c.pool {
		if c.flip() {
			loss = autodiff.Add(loss, autodiff.SumAll(autodiff.Sin(n)))
		}
	}
	xs := slices.SortedFunc(maps.Keys(c.s.Values), func(a, b *autodiff.Node) int { return a.ID() - b.ID() })
	nodes := append([]*autodiff.Node{loss}, autodiff.Grad(loss, xs)...)
	for range 20 {
		nodes = append(nodes, c.pick())
	}
	return nodes
}

// mark records the primitives that nodes are computed by.
func mark(seen map[autodiff.Op]bool, visited map[*autodiff.Node]bool, nodes []*autodiff.Node) {
	for _, n := range nodes {
		if !visited[n] {
			visited[n], seen[n.Op()] = true, true
			mark(seen, visited, n.Operands())
		}
	}
}

func (c *composer) program(t *testing.T, outputs []*autodiff.Node, threads int) (values [][]float64) {
	t.Helper()
	prog, err := autodiff.Compile(outputs, autodiff.Options{Precision: autodiff.Float64, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	for x, v := range c.s.Values {
		prog.Write(x, 0, v)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for _, n := range outputs {
		values = append(values, prog.Read(n))
	}
	return values
}

func (c *composer) tape(t *testing.T, outputs []*autodiff.Node) (values [][]float64) {
	t.Helper()
	g, err := exprgraph.New(outputs...)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Let(c.s.Values); err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	for _, n := range outputs {
		v, err := g.Value(n)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

// steps build a node from random ones. They keep values tame: what can grow goes
// through a bounded function, and what has a pole stays away from it.
var steps = []func(c *composer) *autodiff.Node{
	func(c *composer) *autodiff.Node { return autodiff.Neg(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Exp(autodiff.Tanh(c.pick())) },
	func(c *composer) *autodiff.Node { return autodiff.Log(c.positive()) },
	func(c *composer) *autodiff.Node { return autodiff.Log1p(c.positive()) },
	func(c *composer) *autodiff.Node { return autodiff.Expm1(autodiff.Sin(c.pick())) },
	func(c *composer) *autodiff.Node { return autodiff.Sqrt(c.positive()) },
	func(c *composer) *autodiff.Node { return autodiff.Reciprocal(c.positive()) },
	func(c *composer) *autodiff.Node { return autodiff.Logistic(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Erf(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Cos(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Abs(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Sign(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Floor(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Ceil(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Round(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Stop(c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.ReLU(c.pick()) },

	func(c *composer) *autodiff.Node { return autodiff.Tanh(autodiff.Add(c.pick(), c.pick())) },
	func(c *composer) *autodiff.Node { return autodiff.Tanh(autodiff.Sub(c.pick(), c.pick())) },
	func(c *composer) *autodiff.Node { return autodiff.Sin(autodiff.Mul(c.pick(), c.pick())) },
	func(c *composer) *autodiff.Node { return autodiff.Tanh(autodiff.Div(c.pick(), c.positive())) },
	func(c *composer) *autodiff.Node { return autodiff.Pow(c.positive(), autodiff.Tanh(c.pick())) },
	func(c *composer) *autodiff.Node { return autodiff.Max(c.pick(), c.pick()) },
	func(c *composer) *autodiff.Node { return autodiff.Min(c.pick(), c.pick()) },
	func(c *composer) *autodiff.Node {
		return autodiff.Equal(autodiff.Round(c.pick()), autodiff.Round(c.pick()))
	},
	func(c *composer) *autodiff.Node {
		return autodiff.Select(autodiff.LessEqual(c.pick(), c.pick()), c.pick(), c.pick())
	},

	func(c *composer) *autodiff.Node { x, axis := c.along(); return autodiff.Tanh(autodiff.Sum(x, axis)) },
	func(c *composer) *autodiff.Node { x, axis := c.along(); return autodiff.ReduceMax(x, axis) },
	func(c *composer) *autodiff.Node { x, axis := c.along(); return autodiff.MeanKeep(x, axis) },
	func(c *composer) *autodiff.Node { x, axis := c.along(); return autodiff.Softmax(x, axis) },
	func(c *composer) *autodiff.Node {
		x, axis := c.along()
		return autodiff.Tanh(autodiff.CumSum(x, axis, c.flip(), c.flip()))
	},
	func(c *composer) *autodiff.Node { // y and a view of y, which nothing else reads
		x, axis := c.along()
		y := autodiff.Sin(x)
		return autodiff.Tanh(autodiff.Add(y, autodiff.Reverse(y, axis)))
	},
	func(c *composer) *autodiff.Node { return autodiff.Tanh(autodiff.MatMul(c.pick(), c.pick())) },
	func(c *composer) *autodiff.Node {
		return autodiff.Tanh(autodiff.Dot(c.pick(), c.pick(), c.flip(), c.flip()))
	},
	func(c *composer) *autodiff.Node { return autodiff.Tanh(c.conv()) },
	func(c *composer) *autodiff.Node { return autodiff.WindowMax(c.pick(), c.window()) },
	func(c *composer) *autodiff.Node { return autodiff.Tanh(autodiff.WindowSum(c.pick(), c.window())) },

	func(c *composer) *autodiff.Node { x := c.pick(); return autodiff.Reshape(x, x.Size()) },
	func(c *composer) *autodiff.Node { x := c.pick(); return autodiff.Transpose(x, c.rng.Perm(x.Rank())...) },
	func(c *composer) *autodiff.Node { x, axis := c.along(); return autodiff.Reverse(x, axis) },
	func(c *composer) *autodiff.Node {
		x := c.pick()
		starts, steps := make([]int, x.Rank()), make([]int, x.Rank())
		for i := range starts {
			starts[i], steps[i] = c.rng.IntN(2), 1+c.rng.IntN(2)
		}
		return autodiff.Slice(x, starts, x.Shape(), steps)
	},
	func(c *composer) *autodiff.Node {
		x := c.pick()
		lo, hi, interior := make([]int, x.Rank()), make([]int, x.Rank()), make([]int, x.Rank())
		for i := range lo {
			lo[i], hi[i], interior[i] = c.rng.IntN(3)-1, c.rng.IntN(3)-1, c.rng.IntN(2)
		}
		return autodiff.Pad(x, lo, hi, interior)
	},
	func(c *composer) *autodiff.Node { x, axis := c.along(); return autodiff.Concat(axis, x, c.pick(), x) },
	func(c *composer) *autodiff.Node {
		x, axis := c.along()
		return autodiff.Take(x, c.s.Index(x.Shape()[axis], 2), axis)
	},
	func(c *composer) *autodiff.Node {
		x, axis := c.along()
		return autodiff.TakeAlong(x, c.s.Index(x.Shape()[axis], x.Shape()...), axis)
	},
}

func (c *composer) flip() bool { return c.rng.IntN(2) == 0 }

// positive returns a node above 0.3.
func (c *composer) positive() *autodiff.Node {
	x := autodiff.Tanh(c.pick())
	return autodiff.Add(autodiff.Mul(x, x), c.s.Graph.Scalar(0.3))
}

// conv puts a new filter on a random node, which fits if it has 3 to 5 axes.
func (c *composer) conv() *autodiff.Node {
	x := c.pick()
	for x.Rank() < 3 {
		x = c.pick()
	}
	filter := []int{2 * x.Shape()[1], 1}
	for range x.Rank() - 2 {
		filter = append(filter, 1+c.rng.IntN(2))
	}
	return autodiff.Conv(x, c.s.Variable(filter...), autodiff.ConvSpec{Groups: x.Shape()[1]})
}

func (c *composer) window() autodiff.Window {
	sizes := [][]int{{2}, {2, 1}, {1, 2, 2}}
	return autodiff.Window{Size: sizes[c.rng.IntN(len(sizes))]}
}
