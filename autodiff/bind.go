package autodiff

import (
	"slices"

	"onnx-metainit/autodiff/internal/kernel"
)

// The binders of this file connect rows of the table with kernels: each works
// out the sizes of one node, once.

func bindSum[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	shape := how.In[0].Permuted(n.in[0].shape)
	reduced := make([]bool, len(shape))
	for k, axis := range how.In[0].Axes(len(shape)) {
		reduced[k] = slices.Contains(n.attr.(axesAttr), axis)
	}
	return kernel.Sum(ws, dst, in[0], shape, reduced)
}

// around returns the sizes before, at and behind an axis.
func around(shape []int, axis int) (outer, size, inner int) {
	return sizeOf(shape[:axis]), shape[axis], sizeOf(shape[axis+1:])
}

func bindArgMax[T kernel.Float](n *Node, _ arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	outer, size, inner := around(n.in[0].shape, n.attr.(axisAttr).Axis)
	return kernel.ArgMax(ws, dst, in[0], outer, size, inner)
}

func bindArgSort[T kernel.Float](n *Node, _ arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	return kernel.ArgSort(ws, dst, in[0], n.shape[n.Rank()-1])
}

func bindCumSum[T kernel.Float](n *Node, _ arrangement, _ *kernel.Workspace[T], dst []T, in [][]T) func() {
	a := n.attr.(cumAttr)
	outer, size, inner := around(n.shape, a.Axis)
	return func() { kernel.CumSum(dst, in[0], outer, size, inner, a.Exclusive, a.Reverse) }
}

// gemm is a kernel for matrix products.
type gemm[T kernel.Float] func(ws *kernel.Workspace[T], p kernel.Products[T]) func()

func bindDot[T kernel.Float](gemm gemm[T]) binder[T] {
	return func(n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
		d, a, b, r := n.attr.(dotAttr), n.in[0], n.in[1], n.Rank()
		_, inner := swapIf(d.TransA, a.shape[r-2], a.shape[r-1])
		return gemm(ws, kernel.Products[T]{
			Count: sizeOf(n.shape[:r-2]), M: n.shape[r-2], N: n.shape[r-1], K: inner,
			A: kernel.Matrix[T]{Data: in[0], Stride: a.shape[r-1], Trans: d.TransA},
			B: kernel.Matrix[T]{Data: in[1], Stride: b.shape[r-1], Trans: d.TransB},
			C: dst, Stride: n.shape[r-1], Add: how.Add,
		})
	}
}

// bindSingle returns the binder of one product, given the binder of stacked ones.
func bindSingle(stacked stackedBinder[float32]) binder[float32] {
	return func(n *Node, how arrangement, ws *kernel.Workspace[float32], dst []float32, in [][]float32) func() {
		return stacked(n, ws, []kernel.Factor[float32]{{A: in[0], C: dst, Add: how.Add}}, in[1])
	}
}

// stackedDot is for matrices, without batch axes.
func stackedDot(n *Node, ws *kernel.Workspace[float32], factors []kernel.Factor[float32], b []float32) func() {
	d, a := n.attr.(dotAttr), n.in[0]
	_, inner := swapIf(d.TransA, a.shape[0], a.shape[1])
	return kernel.Gemm32Stacked(ws, kernel.StackedProduct{
		M: n.shape[0], N: n.shape[1], K: inner, Factors: factors, StrideA: a.shape[1], TransA: d.TransA,
		B: kernel.Matrix[float32]{Data: b, Stride: n.in[1].shape[1], Trans: d.TransB}, Stride: n.shape[1],
	})
}

func stackedConv(n *Node, ws *kernel.Workspace[float32], factors []kernel.Factor[float32], w []float32) func() {
	c := convSizes(false, n.attr.(convAttr).ConvSpec, n.in[0].shape, n.in[1].shape, n.shape)
	return kernel.ConvForwardCL(ws, c, factors, w)
}

func stackedConvInput(n *Node, ws *kernel.Workspace[float32], factors []kernel.Factor[float32], w []float32) func() {
	c := convSizes(false, n.attr.(convAttr).ConvSpec, n.shape, n.in[1].shape, n.in[0].shape)
	return kernel.ConvInputCL(ws, c, factors, w)
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
type convolution[T kernel.Float] func(ws *kernel.Workspace[T], c *kernel.Conv, dst, a, b []T) func()

func bindConv[T kernel.Float](conv convolution[T]) binder[T] {
	return func(n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
		c := convSizes(how.Add, n.attr.(convAttr).ConvSpec, n.in[0].shape, n.in[1].shape, n.shape)
		return conv(ws, c, dst, in[0], in[1])
	}
}

func bindConvInput[T kernel.Float](conv convolution[T]) binder[T] {
	return func(n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
		c := convSizes(how.Add, n.attr.(convAttr).ConvSpec, n.shape, n.in[1].shape, n.in[0].shape)
		return conv(ws, c, dst, in[0], in[1])
	}
}

func bindConvFilter[T kernel.Float](conv convolution[T]) binder[T] {
	return func(n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
		c := convSizes(how.Add, n.attr.(convAttr).ConvSpec, n.in[0].shape, n.shape, n.in[1].shape)
		return conv(ws, c, dst, in[0], in[1])
	}
}

// windowSizes gives kernels the sizes of a pooling of x to y.
func windowSizes(w Window, x, y []int, how arrangement) *kernel.Window {
	return &kernel.Window{
		N: x[0], C: x[1], Last: how.Out != nil, X: three(x[2:], 1), K: three(w.Size, 1), Y: three(y[2:], 1),
		Stride: three(w.Strides, 1), Pad: three(w.PadLo, 0), Dilated: three(w.Dilations, 1),
	}
}

func bindWindowArgMax[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	w := windowSizes(n.attr.(windowAttr).Window, n.in[0].shape, n.shape, how)
	return kernel.WindowArgMax(ws, w, dst, in[0])
}

func bindWindowSum[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	w := windowSizes(n.attr.(windowAttr).Window, n.in[0].shape, n.shape, how)
	return kernel.WindowSum(ws, w, dst, in[0])
}

func bindWindowSpread[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	w := windowSizes(n.attr.(windowAttr).Window, n.shape, n.in[0].shape, how)
	return kernel.WindowSpread(ws, w, dst, in[0])
}

func bindWindowTake[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	x := n.in[0].shape
	w := windowSizes(Window{}, x, n.shape, how)
	take := kernel.WindowTake(ws, w, dst, in[0], in[1])
	return func() {
		checkIndices("windowtake", in[1], sizeOf(x[2:]))
		take()
	}
}

func bindWindowScatter[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	w := windowSizes(Window{}, n.shape, n.in[0].shape, how)
	scatter := kernel.WindowScatter(ws, w, dst, in[0], in[1])
	return func() {
		checkIndices("windowscatter", in[1], sizeOf(n.shape[2:]))
		scatter()
	}
}

func bindPad[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	p, x := n.attr.(padAttr), n.in[0]
	from, to := how.In[0].Dense(x.shape), how.Out.Dense(n.shape)
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
	inside := kernel.Copy(ws, dst, to, in[0], from)
	return func() {
		clear(dst)
		inside()
	}
}

func bindConcat[T kernel.Float](n *Node, how arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	axis := n.attr.(axisAttr).Axis
	whole := how.Out.Dense(n.shape)
	parts, start := make([]kernel.Part[T], len(n.in)), 0
	for i, x := range n.in {
		to := layout{Shape: x.shape, Strides: whole.Strides, Offset: start * whole.Strides[axis]}
		parts[i] = kernel.Part[T]{To: to, From: in[i], View: how.In[i].Dense(x.shape)}
		start += x.shape[axis]
	}
	return kernel.CopyParts(ws, dst, parts)
}

func bindTake[T kernel.Float](n *Node, _ arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	outer, size, inner := around(n.in[0].shape, n.attr.(axisAttr).Axis)
	take := kernel.Take(ws, dst, in[0], in[1], outer, size, inner)
	return func() {
		checkIndices("take", in[1], size)
		take()
	}
}

func bindScatter[T kernel.Float](n *Node, _ arrangement, _ *kernel.Workspace[T], dst []T, in [][]T) func() {
	outer, size, inner := around(n.shape, n.attr.(axisAttr).Axis)
	return func() {
		checkIndices("scatter", in[1], size)
		kernel.Scatter(dst, in[0], in[1], outer, size, inner)
	}
}

func bindTakeAlong[T kernel.Float](n *Node, _ arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	axis := n.attr.(axisAttr).Axis
	outer, size, inner := around(n.in[0].shape, axis)
	take := kernel.TakeAlong(ws, dst, in[0], in[1], outer, size, n.shape[axis], inner)
	return func() {
		checkIndices("takealong", in[1], size)
		take()
	}
}

func bindScatterAlong[T kernel.Float](n *Node, _ arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func() {
	axis := n.attr.(axisAttr).Axis
	outer, size, inner := around(n.shape, axis)
	scatter := kernel.ScatterAlong(ws, dst, in[0], in[1], outer, size, n.in[0].shape[axis], inner)
	return func() {
		checkIndices("scatteralong", in[1], size)
		scatter()
	}
}

// checkIndices fails if an index is not in range: indices can come from the
// user's data, and kernels do not check them.
func checkIndices[T kernel.Float](op string, index []T, size int) {
	if bad, ok := kernel.Indices(index, size); !ok {
		fail(op, "index %v is not a whole number from 0 to %d", bad, size-1)
	}
}
