package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

var fourierRows = []operator{
	{name: "DFT", since: 17, inputs: arity{1, 3}, lower: lowerDFT, known: []int{1, 2}},
	{name: "STFT", since: 17, inputs: arity{2, 4}, lower: lowerSTFT, known: []int{1, 3}},
}

// lowerDFT transforms an axis of x […, 1 or 2], where the last axis has the real and, if there, the imaginary part. The
// axis is an attribute before opset 20.
func lowerDFT(c *call) []value {
	x := c.x(0)
	axis := c.int("axis", 1)
	if c.op.opset >= 20 {
		axis = -2
		if !c.absent(2) {
			axis = c.knownInt(2)
		}
	}
	axis = c.axis(axis, x.Rank())
	f := fourier{inverse: c.flag("inverse", false), onesided: c.flag("onesided", false), length: x.Shape()[axis]}
	if f.inverse && f.onesided {
		f.length = 2 * (f.length - 1)
	}
	if !c.absent(1) {
		f.length = c.knownInt(1)
	}
	return c.same(c.transform(x, axis, f))
}

// lowerSTFT transforms frames of a signal [b n], [b n 1] or [b n 2], each weighed by the window, to [b frames bins 2].
func lowerSTFT(c *call) []value {
	x, step := c.x(0), c.knownInt(1)
	if x.Rank() == 2 {
		x = autodiff.Reshape(x, append(slices.Clone(x.Shape()), 1)...)
	}
	if x.Rank() != 3 {
		c.fail("the signal has %d axes, expected [batch n 1] or [batch n 2]", x.Rank())
	}
	n := x.Shape()[1]
	f := fourier{onesided: c.flag("onesided", true), length: n}
	if !c.absent(2) {
		f.length = c.x(2).Size()
	}
	if !c.absent(3) {
		f.length = c.knownInt(3)
	}
	if !c.absent(2) && c.x(2).Size() != f.length {
		c.fail("the window has %d elements, the frames %d", c.x(2).Size(), f.length)
	}
	if step < 1 || f.length < 1 || f.length > n {
		c.fail("frames of %d elements, %d apart, of a signal of %d", f.length, step, n)
	}
	frames := 1 + (n-f.length)/step
	if frames > maxKnown/f.length {
		c.fail("%d frames of %d elements are too many", frames, f.length)
	}
	index := make([]float64, 0, frames*f.length)
	for i := range frames {
		for j := range f.length {
			index = append(index, float64(i*step+j))
		}
	}
	x = autodiff.Take(x, c.graph.Const(index, frames, f.length), 1)
	if !c.absent(2) {
		x = autodiff.Mul(x, autodiff.Reshape(c.x(2), f.length, 1))
	}
	return c.same(c.transform(x, 2, f))
}

// fourier is a discrete Fourier transform. Onesided, it leaves out the frequencies that are conjugates of others: of the
// result or, of an inverse, of the operand.
type fourier struct {
	length            int
	inverse, onesided bool
}

// transform transforms the numbers along an axis of x […, 1 or 2]; those that are missing count 0.
func (c *call) transform(x *autodiff.Node, axis int, f fourier) *autodiff.Node {
	last := x.Rank() - 1
	components := x.Shape()[last]
	if axis == last || components < 1 || components > 2 {
		c.fail("the last axis of %v must hold the real and imaginary parts, and be none of those that are transformed", x.Shape())
	}
	if f.length < 1 || f.length > maxKnown {
		c.fail("a transform of length %d", f.length)
	}
	if in := f.operands(); x.Shape()[axis] > in {
		x = autodiff.SliceAxis(x, axis, 0, in)
	}
	perm := slices.Delete(count(0, last+1), axis, axis+1)
	perm = slices.Insert(perm, last-1, axis) // […, axis, last]
	moved := autodiff.Transpose(x, perm...)
	shape := slices.Clone(moved.Shape()[:last-1])
	y := c.discrete(autodiff.Reshape(moved, product(shape), x.Shape()[axis], components), f)
	y = autodiff.Reshape(y, append(shape, y.Shape()[1:]...)...)
	back := make([]int, last+1)
	for i, p := range perm {
		back[p] = i
	}
	return autodiff.Transpose(y, back...)
}

// operands is how many numbers are transformed.
func (f fourier) operands() int {
	if f.onesided && f.inverse {
		return f.length/2 + 1
	}
	return f.length
}

// results is how many numbers come out, and of how many components.
func (f fourier) results() (n, components int) {
	switch {
	case f.onesided && f.inverse:
		return f.length, 1
	case f.onesided:
		return f.length/2 + 1, 2
	}
	return f.length, 2
}

// discrete transforms rows of x [rows n 1 or 2], by a product with one matrix or, if that is large and the length is no
// prime, in two steps.
func (c *call) discrete(x *autodiff.Node, f fourier) *autodiff.Node {
	rows, n, components := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	out, outComponents := f.results()
	width, size := n*components, out*outComponents
	if by := divisor(f.length); by > 1 && width > splitFrom/size {
		return c.split(x, f, by)
	}
	if width > maxKnown/size {
		c.fail("a transform of prime length %d is too large: its matrix has more than %d elements", f.length, maxKnown)
	}
	matrix := c.graph.Const(f.matrix(n, components, out, outComponents), width, size)
	return autodiff.Reshape(autodiff.Dot(autodiff.Reshape(x, rows, width), matrix, false, false), rows, out, outComponents)
}

// matrix returns [n·components, out·outComponents], by which the rows of numbers are multiplied.
func (f fourier) matrix(n, components, out, outComponents int) []float64 {
	m := make([]float64, n*components*out*outComponents)
	for j := range n {
		weight := 1.0
		if f.inverse {
			weight = 1 / float64(f.length)
			if f.onesided && j > 0 && 2*j != f.length {
				weight *= 2 // it stands for its conjugate too
			}
		}
		for k := range out {
			sin, cos := math.Sincos(2 * math.Pi * float64(j*k%f.length) / float64(f.length))
			if !f.inverse {
				sin = -sin
			}
			// (a + ib)(cos + i sin)
			entry := func(part, to int) *float64 { return &m[(j*components+part)*out*outComponents+k*outComponents+to] }
			*entry(0, 0) = weight * cos
			if outComponents == 2 {
				*entry(0, 1) = weight * sin
			}
			if components == 2 {
				*entry(1, 0) = -weight * sin
			}
			if components == 2 && outComponents == 2 {
				*entry(1, 1) = weight * cos
			}
		}
	}
	return m
}
