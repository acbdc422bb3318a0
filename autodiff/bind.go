package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
)

// The binders of this file connect rows of the table with kernels: each works
// out the sizes of one node, once, and returns the call. Operands are
// contiguous.

func bindSum[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	shape := at.in[0].permuted(n.in[0].shape)
	reduced := make([]bool, len(shape))
	for k, axis := range at.in[0].axes(len(shape)) {
		reduced[k] = slices.Contains(n.attr.(axesAttr), axis)
	}
	return func(dst []T, in [][]T) { kernel.Sum(threads, dst, in[0], shape, reduced) }
}

// around returns the sizes before, at and behind an axis.
func around(shape []int, axis int) (outer, size, inner int) {
	return sizeOf(shape[:axis]), shape[axis], sizeOf(shape[axis+1:])
}

func bindArgMax[T kernel.Float](n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	outer, size, inner := around(n.in[0].shape, n.attr.(axisAttr).Axis)
	return func(dst []T, in [][]T) { kernel.ArgMax(threads, dst, in[0], outer, size, inner) }
}

func bindCumSum[T kernel.Float](n *Node, _ arrangement, _ int) func(dst []T, in [][]T) {
	a := n.attr.(cumAttr)
	outer, size, inner := around(n.shape, a.Axis)
	return func(dst []T, in [][]T) { kernel.CumSum(dst, in[0], outer, size, inner, a.Exclusive, a.Reverse) }
}

// gemm is a kernel for matrix products.
type gemm[T kernel.Float] func(threads, m, n, k int, a, b kernel.Matrix[T], c []T, ldc int, accumulate bool)

func bindDot[T kernel.Float](gemm gemm[T]) func(n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	return func(n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
		return boundDot(gemm, n, at, threads)
	}
}

func boundDot[T kernel.Float](gemm gemm[T], n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	d, a, b, r := n.attr.(dotAttr), n.in[0], n.in[1], n.Rank()
	batch, rows, cols := sizeOf(n.shape[:r-2]), n.shape[r-2], n.shape[r-1]
	strideA, strideB := a.shape[r-1], b.shape[r-1]
	inner := strideA
	if d.TransA {
		inner = a.shape[r-2]
	}
	sizeA, sizeB := rows*inner, inner*cols
	perProduct := threads
	if batch >= threads {
		perProduct = 1
	}
	return func(dst []T, in [][]T) {
		kernel.Parallel(threads, batch, 1+(1<<16)/max(rows*cols*inner, 1), func(lo, hi int) {
			for i := lo; i < hi; i++ {
				gemm(perProduct, rows, cols, inner,
					kernel.Matrix[T]{Data: in[0][i*sizeA:], Stride: strideA, Trans: d.TransA},
					kernel.Matrix[T]{Data: in[1][i*sizeB:], Stride: strideB, Trans: d.TransB},
					dst[i*rows*cols:], cols, at.add)
			}
		})
	}
}

// bindSingle makes a binder of one for several products: of just one.
func bindSingle(wide wideBinder) func(n *Node, at arrangement, threads int) func(dst []float32, in [][]float32) {
	return func(n *Node, at arrangement, threads int) func(dst []float32, in [][]float32) {
		call, factors := wide(n, threads), make([]kernel.Factor[float32], 1)
		return func(dst []float32, in [][]float32) {
			factors[0] = kernel.Factor[float32]{A: in[0], C: dst, Add: at.add}
			call(factors, in[1])
		}
	}
}

// wideDot is for matrices: there is no batch.
func wideDot(n *Node, threads int) func(factors []kernel.Factor[float32], b []float32) {
	d, a := n.attr.(dotAttr), n.in[0]
	rows, cols, stride := n.shape[0], n.shape[1], a.shape[1]
	_, inner := swapIf(d.TransA, a.shape[0], a.shape[1])
	strideB := n.in[1].shape[1]
	return func(factors []kernel.Factor[float32], b []float32) {
		kernel.Gemm32Wide(threads, rows, cols, inner, factors, stride, d.TransA,
			kernel.Matrix[float32]{Data: b, Stride: strideB, Trans: d.TransB}, cols)
	}
}

func wideConv(n *Node, threads int) func(factors []kernel.Factor[float32], w []float32) {
	c := convSizes(false, n.attr.(convAttr).ConvSpec, n.in[0].shape, n.in[1].shape, n.shape)
	return func(factors []kernel.Factor[float32], w []float32) { kernel.ConvForwardCL(c, threads, factors, w) }
}

func wideConvInput(n *Node, threads int) func(factors []kernel.Factor[float32], w []float32) {
	c := convSizes(false, n.attr.(convAttr).ConvSpec, n.shape, n.in[1].shape, n.in[0].shape)
	return func(factors []kernel.Factor[float32], w []float32) { kernel.ConvInputCL(c, threads, factors, w) }
}

// convSizes gives kernels the sizes of a convolution of x with w to y.
func convSizes(add bool, s ConvSpec, x, w, y []int) *kernel.Conv {
	return &kernel.Conv{
		N: x[0], C: x[1], M: y[1], Groups: s.Groups, Add: add,
		X: three(x[2:], 1), K: three(w[2:], 1), Y: three(y[2:], 1),
		Stride: three(s.Strides, 1), Pad: three(s.PadLo, 0), Dilated: three(s.Dilations, 1),
	}
}

// three pads a list of up to three sizes in front.
func three(list []int, v int) [3]int {
	out := [3]int{v, v, v}
	copy(out[3-len(list):], list)
	return out
}

// convolution is a kernel of the family: it computes one of x, w and y of the
// other two.
type convolution[T kernel.Float] func(c *kernel.Conv, threads int, dst, a, b []T)

func bindConv[T kernel.Float](conv convolution[T]) func(n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	return func(n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
		c := convSizes(at.add, n.attr.(convAttr).ConvSpec, n.in[0].shape, n.in[1].shape, n.shape)
		return func(dst []T, in [][]T) { conv(c, threads, dst, in[0], in[1]) }
	}
}

func bindConvInput[T kernel.Float](conv convolution[T]) func(n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	return func(n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
		c := convSizes(at.add, n.attr.(convAttr).ConvSpec, n.shape, n.in[1].shape, n.in[0].shape)
		return func(dst []T, in [][]T) { conv(c, threads, dst, in[0], in[1]) }
	}
}

func bindConvFilter[T kernel.Float](conv convolution[T]) func(n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	return func(n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
		c := convSizes(at.add, n.attr.(convAttr).ConvSpec, n.in[0].shape, n.shape, n.in[1].shape)
		return func(dst []T, in [][]T) { conv(c, threads, dst, in[0], in[1]) }
	}
}

// windowSizes gives kernels the sizes of a pooling of x to y.
func windowSizes(w Window, x, y []int, at arrangement) *kernel.Window {
	return &kernel.Window{
		N: x[0], C: x[1], Last: at.out != nil, X: three(x[2:], 1), K: three(w.Size, 1), Y: three(y[2:], 1),
		Stride: three(w.Strides, 1), Pad: three(w.PadLo, 0), Dilated: three(w.Dilations, 1),
	}
}

func bindWindowArgMax[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	w := windowSizes(n.attr.(windowAttr).Window, n.in[0].shape, n.shape, at)
	return func(dst []T, in [][]T) { kernel.WindowArgMax(w, threads, dst, in[0]) }
}

func bindWindowSum[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	w := windowSizes(n.attr.(windowAttr).Window, n.in[0].shape, n.shape, at)
	return func(dst []T, in [][]T) { kernel.WindowSum(w, threads, dst, in[0]) }
}

func bindWindowSpread[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	w := windowSizes(n.attr.(windowAttr).Window, n.shape, n.in[0].shape, at)
	return func(dst []T, in [][]T) { kernel.WindowSpread(w, threads, dst, in[0]) }
}

func bindWindowTake[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	x := n.in[0].shape
	w := windowSizes(Window{}, x, n.shape, at)
	return func(dst []T, in [][]T) {
		checkIndices("windowtake", in[1], sizeOf(x[2:]))
		kernel.WindowTake(w, threads, dst, in[0], in[1])
	}
}

func bindWindowScatter[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	w := windowSizes(Window{}, n.shape, n.in[0].shape, at)
	return func(dst []T, in [][]T) {
		checkIndices("windowscatter", in[1], sizeOf(n.shape[2:]))
		kernel.WindowScatter(w, threads, dst, in[0], in[1])
	}
}

func bindPad[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	p, x := n.attr.(padAttr), n.in[0]
	from, to := at.in[0].dense(x.shape), at.out.dense(n.shape)
	from.Shape = slices.Clone(x.shape)
	for i, d := range x.shape {
		// Of element k at lo + k·step, those inside [0, size) are copied.
		step := p.Interior[i] + 1
		first, last := kernel.Reach(p.Lo[i], step, n.shape[i], d)
		from.Offset += first * from.Strides[i]
		from.Shape[i] = last - first
		to.Offset += (p.Lo[i] + first*step) * to.Strides[i]
		to.Strides[i] *= step
	}
	to.Shape = from.Shape
	empty := sizeOf(from.Shape) == 0
	return func(dst []T, in [][]T) {
		clear(dst)
		if !empty {
			kernel.Copy(threads, dst, to, in[0], from)
		}
	}
}

func bindConcat[T kernel.Float](n *Node, at arrangement, threads int) func(dst []T, in [][]T) {
	axis := n.attr.(axisAttr).Axis
	whole := at.out.dense(n.shape)
	to, from, start := make([]layout, len(n.in)), make([]layout, len(n.in)), 0
	for i, x := range n.in {
		from[i] = at.in[i].dense(x.shape)
		to[i] = layout{Shape: x.shape, Strides: whole.Strides, Offset: start * whole.Strides[axis]}
		start += x.shape[axis]
	}
	return func(dst []T, in [][]T) {
		for i, x := range in {
			if len(x) > 0 {
				kernel.Copy(threads, dst, to[i], x, from[i])
			}
		}
	}
}

func bindTake[T kernel.Float](n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	outer, size, inner := around(n.in[0].shape, n.attr.(axisAttr).Axis)
	return func(dst []T, in [][]T) {
		checkIndices("take", in[1], size)
		kernel.Take(threads, dst, in[0], in[1], outer, size, inner)
	}
}

func bindScatter[T kernel.Float](n *Node, _ arrangement, _ int) func(dst []T, in [][]T) {
	outer, size, inner := around(n.shape, n.attr.(axisAttr).Axis)
	return func(dst []T, in [][]T) {
		checkIndices("scatter", in[1], size)
		kernel.Scatter(dst, in[0], in[1], outer, size, inner)
	}
}

func bindTakeAlong[T kernel.Float](n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	axis := n.attr.(axisAttr).Axis
	outer, size, inner := around(n.in[0].shape, axis)
	return func(dst []T, in [][]T) {
		checkIndices("takealong", in[1], size)
		kernel.TakeAlong(threads, dst, in[0], in[1], outer, size, n.shape[axis], inner)
	}
}

func bindScatterAlong[T kernel.Float](n *Node, _ arrangement, threads int) func(dst []T, in [][]T) {
	axis := n.attr.(axisAttr).Axis
	outer, size, inner := around(n.shape, axis)
	return func(dst []T, in [][]T) {
		checkIndices("scatteralong", in[1], size)
		kernel.ScatterAlong(threads, dst, in[0], in[1], outer, size, n.in[0].shape[axis], inner)
	}
}

// checkIndices refuses indices that a kernel would follow out of its slices:
// they can come from data that the user gives.
func checkIndices[T kernel.Float](op string, index []T, size int) {
	if bad, ok := kernel.Indices(index, size); !ok {
		fail(op, "index %v is not a whole number from 0 to %d", bad, size-1)
	}
}
