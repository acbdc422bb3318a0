package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/program"
)

// Primitive is all that is known of one operation.
//
// Its derivative is given in one of two forms. An elementwise primitive has
// partial: the derivative of the result by operand i, elementwise, and gate if it
// selects. A linear one has transpose: the adjoint of its dependence on operand i,
// applied to dy. A primitive with neither (comparisons, indices, Stop) has the
// derivative zero.
type Primitive struct {
	Name  string
	Arity int // number of operands; −1: any

	// shape checks the operands and returns the shape of the result.
	shape func(a attr, in []*Node) []int

	partial   func(n *Node, i int) *Node
	gate      func(n *Node, i int) gate // where it is closed, the derivative is 0; nil: nowhere
	byResult  bool                      // partial is a function of the result alone
	transpose func(n *Node, i int, dy *Node) *Node

	// linear lists the operands that the result is linear in. With joint it is
	// linear in all of them at once, as in a+b; without, in each while the
	// others are fixed, as in a·b.
	linear []int
	joint  bool

	// curved reports whether f″ ≠ 0, where that depends on which operands are constants;
	// nil: where there is a partial and no gate, as what selects is straight.
	curved func(n *Node) bool

	// How Inner finds ⟨u, w⟩ from the operands of u: as the sum of ±⟨operand, w⟩ with these
	// signs; or, with turns, as the scalar product of the operand with the transpose of w,
	// which costs nothing.
	signs []float64
	turns bool

	// Of a product: how many multiply-adds one takes, and the fan-in and fan-out of one by
	// operand i, a matrix or filters.
	multiplyAdds func(n *Node) int64
	fans         func(n *Node, i int) (in, out int)

	commutes bool // operands 0 and 1 may be swapped
	poles    bool // the result may be infinite or NaN though the operands are finite

	// The kernel, in one of three forms: an elementwise loop over equally long
	// blocks, a view of the operand's memory, or a call bound to a node.
	block kernels
	cost  int // what the float32 loop takes, in additions, see BenchmarkLoops of package kernel; 0 stands for 1
	view  func(n *Node, x layout) (layout, bool)
	bind  binders
	with  map[Op]kernels // elementwise loops that apply another primitive first, by that: they save writing and reading its result

	stacked stackedBinder[float32] // a float32 kernel for several products with the second operand in common, or nil

	// arrange says in which orders the float32 kernel takes its operands and
	// gives its result; nil: row by row.
	arrange func(n *Node, have []order) arrangement

	// portion says how a portion of the result comes from portions of the operands: see
	// portion_rules.go. Elementwise primitives need no rule; others without have no portions.
	portion func(n *Node, by split, portions int) (attr, []split, bool)

	// samples builds nodes of the primitive for the derivative and kernel
	// checks.
	samples func(s *Sampler) []*Node
}

// Primitive returns the row of the table that describes the node's operation.
func (n *Node) Primitive() *Primitive { return &n.g.table[n.op] }

// gate is a selection between a node and 0: Select(mask, x, 0) if it is open where the
// mask is not 0, else Select(mask, 0, x). ReLU, Max, Min, Abs and each branch of Select
// are gates to derivatives. What is infinite or NaN behind a closed gate must not pass it,
// as it would by 0·∞: gates select, and never multiply.
type gate struct {
	mask *Node
	open bool
}

// kernels are the float32 and float64 forms of an elementwise loop
// dst[i] = f(a[i], b[i], c[i]); absent operands are nil.
type kernels = program.Loops

// binders bind the kernel of one node to contiguous operands.
type binders struct {
	f32 binder[float32]
	f64 binder[float64]
}

// binder returns a call that computes dst, the value of n, of the operands.
type binder[T kernel.Float] func(n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func()

// stackedBinder binds the products of several first operands with the second of n, b.
type stackedBinder[T kernel.Float] func(n *Node, ws *kernel.Workspace[T], factors []kernel.Factor[T], b []T) func()

// shapeOf returns the shape of what the primitive computes of operands.
func (p *Primitive) shapeOf(a attr, in []*Node) []int {
	if p.Elementwise() {
		return sameShape(a, in) // not through the row, so that the list of most operands needs no memory
	}
	return p.shape(a, slices.Clone(in))
}

func sameShape(_ attr, in []*Node) []int {
	for _, x := range in[1:] {
		if !slices.Equal(x.shape, in[0].shape) {
			fail("elementwise", "shapes %v and %v differ", in[0].shape, x.shape)
		}
	}
	return in[0].shape
}

func leafShape(attr, []*Node) []int { panic("leaves are not applied") }

// Elementwise reports whether the primitive computes each element of its result
// from the same element of each operand.
func (p *Primitive) Elementwise() bool { return p.block.F64 != nil }

// Product reports whether the primitive is a product of matrices or a convolution.
func (p *Primitive) Product() bool { return p.multiplyAdds != nil }

// loopCost is what an elementwise primitive's float32 loop takes, in additions.
func (p *Primitive) loopCost() int { return max(p.cost, 1) }

// Differentiable reports whether the primitive's derivative can differ from
// zero.
func (p *Primitive) Differentiable() bool { return p.partial != nil || p.transpose != nil }

// linearIn returns the operands that n is linear in: all of them where the
// number of operands is free.
func (n *Node) linearIn() []int {
	p := n.Primitive()
	if p.Arity >= 0 || p.transpose == nil {
		return p.linear
	}
	all := make([]int, len(n.in))
	for i := range all {
		all[i] = i
	}
	return all
}

// isLinearIn reports whether operand is one of linearIn, without listing them.
func isLinearIn(n *Node, operand int) bool {
	p := n.Primitive()
	return p.Arity < 0 && p.transpose != nil || slices.Contains(p.linear, operand)
}
