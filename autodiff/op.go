package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
	"onnx-metainit/autodiff/internal/program"
)

// Op numbers the primitives; it indexes the table.
type Op uint8

// The closed set of primitives.
const (
	OpVariable Op = iota
	OpConst

	OpNeg
	OpExp
	OpLog
	OpLog1p
	OpExpm1
	OpSqrt
	OpReciprocal
	OpTanh
	OpLogistic
	OpErf
	OpSin
	OpCos
	OpAsin
	OpAtan
	OpAsinh
	OpAbs
	OpSign
	OpFloor
	OpCeil
	OpRound
	OpReLU
	OpStop

	OpAdd
	OpSub
	OpMul
	OpDiv
	OpPow
	OpMax
	OpMin
	OpEqual
	OpLess
	OpLessEqual
	OpSelect

	OpBroadcast
	OpSum
	OpArgMax
	OpArgSort
	OpCumSum

	OpDot
	OpConv
	OpConvInput
	OpConvFilter
	OpWindowArgMax
	OpWindowSum
	OpWindowSpread
	OpWindowTake
	OpWindowScatter

	OpReshape
	OpTranspose
	OpSlice
	OpReverse
	OpPad
	OpConcat
	OpTake
	OpScatter
	OpTakeAlong
	OpScatterAlong

	opCount
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
