package program

import "onnx-metainit/autodiff/internal/kernel"

// typed picks the kernels of one precision.
type typed[T kernel.Float] struct {
	scalars bool // loops take operands of one element for repeated ones
	compile bool // loops can be compiled
	loop    func(l Loops) func(dst, a, b, c []T)
	bind    func(k Kernel) func(how Arrangement, ws *kernel.Workspace[T], dst []T, in [][]T) func()
	stacked func(k Kernel) func(ws *kernel.Workspace[T], factors []kernel.Factor[T], second []T) func() // nil: no step is stacked
}

var single32 = typed[float32]{
	scalars: true,
	compile: true,
	loop:    func(l Loops) func(dst, a, b, c []float32) { return l.F32 },
	bind: func(k Kernel) func(Arrangement, *kernel.Workspace[float32], []float32, [][]float32) func() {
		return k.Bind32
	},
	stacked: func(k Kernel) func(*kernel.Workspace[float32], []kernel.Factor[float32], []float32) func() {
		return k.BindStacked
	},
}

var double64 = typed[float64]{
	loop: func(l Loops) func(dst, a, b, c []float64) { return l.F64 },
	bind: func(k Kernel) func(Arrangement, *kernel.Workspace[float64], []float64, [][]float64) func() {
		return k.Bind64
	},
}
