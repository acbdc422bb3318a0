package program

import (
	"math"
	"math/rand/v2"
	"testing"

	"onnx-metainit/autodiff/internal/kernel"
)

// builder builds graphs of a few kinds of nodes, with values for their variables.
type builder struct {
	*Graph
	values map[Node][]float64
	rng    *rand.Rand
}

func newBuilder() *builder {
	return &builder{NewGraph(0, 0), make(map[Node][]float64), rand.New(rand.NewPCG(5, 1))}
}

// The operations of the builder.
const (
	opLeaf Op = iota
	opAdd
	opMul
	opSub
	opTanh
	opLogistic
	opExp
	opNeg
	opErf
	opSin
	opDot
	opSum
	opMove
)

func (b *builder) node(k Kind, operands ...Node) Node {
	k.Operands = len(operands)
	return b.Add(b.AddKind(&k), operands...)
}

func (b *builder) variable(shape ...int) Node {
	n := b.node(Kind{Name: "variable", Variable: true, Shape: shape})
	for range sizeOf(shape) {
		b.values[n] = append(b.values[n], b.rng.Float64()-0.5)
	}
	return n
}

// one is the constant 1 of a shape.
func (b *builder) one(shape ...int) Node {
	scalar := b.node(Kind{Name: "const", Constant: []float64{1}})
	return b.node(Kind{Name: "broadcast", Op: opMove, Shape: shape, View: func(x Layout) (Layout, bool) {
		return Layout{Shape: shape, Strides: make([]int, len(shape)), Offset: x.Offset}, true
	}}, scalar)
}

func (b *builder) unary(op Op, name string, cost int, f func(float64) float64, x Node) Node {
	loop64 := func(dst, a, _, _ []float64) {
		for i, v := range a {
			dst[i] = f(v)
		}
	}
	loop32 := func(dst, a, _, _ []float32) {
		for i, v := range a {
			dst[i] = float32(f(float64(v)))
		}
	}
	return b.node(Kind{Name: name, Op: op, Shape: b.shape(x), Cost: cost, Loops: Loops{F32: loop32, F64: loop64}}, x)
}

func (b *builder) tanh(x Node) Node { return b.unary(opTanh, "tanh", 6, math.Tanh, x) }
func (b *builder) exp(x Node) Node  { return b.unary(opExp, "exp", 3, math.Exp, x) }
func (b *builder) neg(x Node) Node {
	return b.unary(opNeg, "neg", 1, func(v float64) float64 { return -v }, x)
}
func (b *builder) erf(x Node) Node { return b.unary(opErf, "erf", 8, math.Erf, x) }
func (b *builder) sin(x Node) Node { return b.unary(opSin, "sin", 250, math.Sin, x) }
func (b *builder) logistic(x Node) Node {
	return b.unary(opLogistic, "logistic", 4, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }, x)
}

func (b *builder) binary(k Kind, f func(x, y float64) float64, x, y Node) Node {
	k.Cost, k.Shape = 1, b.shape(x)
	k.Loops.F64 = func(dst, a, c, _ []float64) {
		for i := range dst {
			dst[i] = f(a[i%len(a)], c[i%len(c)])
		}
	}
	k.Loops.F32 = func(dst, a, c, _ []float32) {
		for i := range dst {
			dst[i] = float32(f(float64(a[i%len(a)]), float64(c[i%len(c)])))
		}
	}
	return b.node(k, x, y)
}

func (b *builder) add(x, y Node) Node {
	return b.binary(Kind{Name: "add", Op: opAdd, Swaps: true, Adds: true}, func(x, y float64) float64 { return x + y }, x, y)
}
func (b *builder) sub(x, y Node) Node {
	return b.binary(Kind{Name: "sub", Op: opSub}, func(x, y float64) float64 { return x - y }, x, y)
}
func (b *builder) mul(x, y Node) Node {
	return b.binary(Kind{Name: "mul", Op: opMul, Swaps: true}, func(x, y float64) float64 { return x * y }, x, y)
}

// dot is the product of two matrices.
func (b *builder) dot(x, y Node) Node {
	m, k, n := b.shape(x)[0], b.shape(x)[1], b.shape(y)[1]
	return b.node(Kind{Name: "dot", Op: opDot, Shape: []int{m, n}, Kernel: dotKernel{m, k, n}, Accumulates: true, MultiplyAdds: int64(m * k * n)}, x, y)
}

// sum is the sum of all elements.
func (b *builder) sum(x Node) Node {
	axes := count(b.kind(x).rank())
	return b.node(Kind{Name: "sum", Op: opSum, Kernel: sumKernel{}, Sums: axes}, x)
}

// transpose swaps the two axes of a matrix.
func (b *builder) transpose(x Node) Node {
	shape := []int{b.shape(x)[1], b.shape(x)[0]}
	return b.node(Kind{Name: "transpose", Op: opMove, Shape: shape, View: func(x Layout) (Layout, bool) {
		return Layout{Shape: shape, Strides: []int{x.Strides[1], x.Strides[0]}, Offset: x.Offset}, true
	}}, x)
}

type dotKernel struct{ m, k, n int }

func (d dotKernel) Stacks() string { return "" }

func (d dotKernel) BindStacked(*kernel.Workspace[float32], []kernel.Factor[float32], []float32) func() {
	panic("not stacked")
}

func (d dotKernel) Bind32(how Arrangement, ws *kernel.Workspace[float32], dst []float32, in [][]float32) func() {
	return kernel.Gemm32(ws, products(d, how, dst, in))
}

func (d dotKernel) Bind64(how Arrangement, ws *kernel.Workspace[float64], dst []float64, in [][]float64) func() {
	return kernel.Gemm(ws, products(d, how, dst, in))
}

func products[T kernel.Float](d dotKernel, how Arrangement, dst []T, in [][]T) kernel.Products[T] {
	return kernel.Product(d.m, d.n, d.k, kernel.Matrix[T]{Data: in[0], Stride: d.k}, kernel.Matrix[T]{Data: in[1], Stride: d.n}, dst, d.n, how.Add)
}

type sumKernel struct{}

func (sumKernel) Stacks() string { return "" }

func (sumKernel) BindStacked(*kernel.Workspace[float32], []kernel.Factor[float32], []float32) func() {
	panic("not stacked")
}

func (sumKernel) Bind32(_ Arrangement, ws *kernel.Workspace[float32], dst []float32, in [][]float32) func() {
	return kernel.Sum(ws, dst, in[0], []int{len(in[0])}, []bool{true})
}

func (sumKernel) Bind64(_ Arrangement, ws *kernel.Workspace[float64], dst []float64, in [][]float64) func() {
	return kernel.Sum(ws, dst, in[0], []int{len(in[0])}, []bool{true})
}

// walk computes the outputs of work node by node.
func (w *work) walk(t *testing.T, variables map[Node][]float64) [][]float64 {
	t.Helper()
	ws := kernel.NewWorkspace[float64](1)
	known := make(map[Node][]float64)
	for _, n := range w.nodes {
		k := w.kind(n)
		in := make([][]float64, k.Operands)
		for i, x := range w.in(n) {
			if in[i] = known[x]; in[i] == nil {
				t.Fatalf("node %d comes before %d", n, x)
			}
		}
		dst := make([]float64, w.size(n))
		switch {
		case k.Variable:
			dst = variables[n]
		case k.Operands == 0:
			dst = k.Constant
		case k.View != nil:
			l, _ := k.View(layoutOf(w.shape(w.operand(n, 0))))
			kernel.Copy(ws, dst, layoutOf(k.Shape), in[0], l)()
		case k.Elementwise():
			k.Loops.F64(dst, in[0], in[len(in)-1], nil)
		default:
			k.Kernel.Bind64(RowMajor(len(in)), ws, dst, in)()
		}
		known[n] = dst
	}
	var values [][]float64
	for _, n := range w.outputs {
		values = append(values, known[n])
	}
	return values
}

// layered returns layers of products and functions with what reads their results in the opposite order, as gradients do, and sums
// of products that their kernels add up.
func layered(b *builder, layers int) []Node {
	x := b.variable(6, 8)
	var weights, results []Node
	for i := range layers {
		w := b.variable(8, 8)
		weights = append(weights, w)
		h := b.dot(x, w)
		if i%2 == 0 {
			x = b.tanh(h)
		} else {
			x = b.mul(h, b.logistic(h))
		}
		results = append(results, x)
	}
	outputs := []Node{b.sum(b.mul(x, x))}
	dy := x
	for i := layers - 1; i >= 0; i-- {
		slope := b.sub(b.one(6, 8), b.mul(results[i], results[i]))
		dy = b.mul(dy, slope)
		gradient := b.dot(b.transpose(results[i]), dy)
		outputs = append(outputs, b.sum(b.mul(gradient, weights[i])))
		dy = b.add(b.dot(dy, b.transpose(weights[i])), b.dot(results[i], weights[i]))
	}
	return append(outputs, dy)
}
