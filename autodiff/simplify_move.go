package autodiff

import "slices"

// splatLike returns a constant of another shape if all of x has one value.
func splatLike(x *Node, shape []int) *Node {
	if v, ok := x.Splat(); ok && x.op == OpBroadcast {
		return x.g.fill(v, shape)
	}
	return nil
}

func simplifyBroadcast(b broadcastAttr, x *Node) *Node {
	switch {
	case len(b.Shape) == x.Rank():
		return x
	case x.op == OpBroadcast:
		inner := x.attr.(broadcastAttr)
		axes := make([]int, len(inner.Axes))
		for i, axis := range inner.Axes {
			axes[i] = b.Axes[axis]
		}
		return Broadcast(x.in[0], b.Shape, axes)
	case x.op == OpConst && x.Size() == 1 && x.Rank() > 0:
		return x.g.fill(x.leaf.data[0], b.Shape)
	}
	return nil
}

func simplifySum(axes axesAttr, x *Node) *Node {
	if len(axes) == 0 {
		return x
	}
	if x.op == OpSum {
		rest := complement(x.attr.(axesAttr), x.in[0].Rank())
		merged := slices.Clone(x.attr.(axesAttr))
		for _, a := range axes {
			merged = append(merged, rest[a])
		}
		return Sum(x.in[0], merged...)
	}
	kept := complement(axes, x.Rank())
	if sizeOf(x.shape) == 0 {
		return nil
	}
	if ones := x.Size() / keptSize(x.shape, kept); ones == 1 {
		shape := make([]int, len(kept))
		for i, k := range kept {
			shape[i] = x.shape[k]
		}
		return Reshape(x, shape...)
	}
	if x.op == OpNeg {
		return Neg(Sum(x.in[0], axes...))
	}
	if c, y := scaled(x); y != x {
		return scale(c, Sum(y, axes...))
	}
	if x.op == OpBroadcast {
		return sumOfBroadcast(axes, x)
	}
	return nil
}

func keptSize(shape, kept []int) int {
	size := 1
	for _, k := range kept {
		size *= shape[k]
	}
	return size
}

// sumOfBroadcast sums the axes that x repeats by multiplication.
func sumOfBroadcast(axes axesAttr, x *Node) *Node {
	b := x.attr.(broadcastAttr)
	times := 1
	var inner, kept []int // axes of the operand that are summed; shape of what stays repeated
	var placed []int      // where the operand's remaining axes go
	for i, d := range x.shape {
		at := slices.Index(b.Axes, i)
		switch summed := slices.Contains(axes, i); {
		case summed && at < 0:
			times *= d
		case summed:
			inner = append(inner, at)
		default:
			if at >= 0 {
				placed = append(placed, len(kept))
			}
			kept = append(kept, d)
		}
	}
	if times == 1 {
		return nil
	}
	small := Mul(Sum(x.in[0], inner...), x.g.Scalar(float64(times)))
	return Broadcast(small, kept, placed)
}

func simplifyReshape(shape axesAttr, x *Node) *Node {
	switch {
	case slices.Equal(shape, x.shape):
		return x
	case x.op == OpReshape:
		return Reshape(x.in[0], shape...)
	}
	return splatLike(x, shape)
}

func simplifyTranspose(perm axesAttr, x *Node) *Node {
	if slices.Equal(perm, count(len(perm))) {
		return x
	}
	if x.op == OpTranspose {
		inner := x.attr.(axesAttr)
		both := make([]int, len(perm))
		for i, p := range perm {
			both[i] = inner[p]
		}
		return Transpose(x.in[0], both...)
	}
	shape := transposeShape(perm, []*Node{x})
	// Axes of size 1 move without moving elements.
	var order []int
	for _, p := range perm {
		if x.shape[p] != 1 {
			order = append(order, p)
		}
	}
	if slices.IsSorted(order) {
		return Reshape(x, shape...)
	}
	return splatLike(x, shape)
}

// simplifySlice takes what is a slice of a slice, or of one operand of a
// concatenation, from where that has it.
func simplifySlice(s sliceAttr, x *Node, shape []int) *Node {
	switch x.op {
	case OpSlice:
		inner := x.attr.(sliceAttr)
		starts, limits, steps := make([]int, len(shape)), make([]int, len(shape)), make([]int, len(shape))
		for i, size := range shape {
			starts[i] = inner.Starts[i] + s.Starts[i]*inner.Steps[i]
			steps[i] = inner.Steps[i] * s.Steps[i]
			limits[i] = starts[i] + max(size-1, 0)*steps[i] + min(size, 1)
		}
		return Slice(x.in[0], starts, limits, steps)
	case OpConcat:
		axis, ends := x.attr.(axisAttr).Axis, x.ends()
		k, _ := slices.BinarySearch(ends, s.Starts[axis]+1) // the operand that the first element is of
		if k == len(ends) || shape[axis] == 0 {
			return nil
		}
		before := ends[k] - x.in[k].shape[axis]
		if limit := s.Starts[axis] + (shape[axis]-1)*s.Steps[axis] + 1; limit <= ends[k] {
			starts, limits := slices.Clone(s.Starts), slices.Clone(s.Limits)
			starts[axis], limits[axis] = s.Starts[axis]-before, limit-before
			return Slice(x.in[k], starts, limits, s.Steps)
		}
	}
	return splatLike(x, shape)
}

// simplifyConcat takes slices that follow each other in one tensor as one slice.
func simplifyConcat(axis int, in []*Node) *Node {
	if in[0].op != OpSlice {
		return nil
	}
	first := in[0].attr.(sliceAttr)
	end := first.Limits[axis]
	for _, x := range in[1:] {
		if x.op != OpSlice || x.in[0] != in[0].in[0] {
			return nil
		}
		s := x.attr.(sliceAttr)
		for i := range x.shape {
			if i != axis && (s.Starts[i] != first.Starts[i] || s.Steps[i] != first.Steps[i]) {
				return nil
			}
		}
		if s.Starts[axis] != end || s.Steps[axis] != 1 || first.Steps[axis] != 1 {
			return nil
		}
		end = s.Limits[axis]
	}
	limits := slices.Clone(first.Limits)
	limits[axis] = end
	return Slice(in[0].in[0], first.Starts, limits, first.Steps)
}

// simplifyDot turns transposes of the last two axes into flags, and multiplies by the factors
// of what is a product.
func simplifyDot(d dotAttr, a, b *Node) *Node {
	if swapsMatrix(a) {
		return Dot(a.in[0], b, !d.TransA, d.TransB)
	}
	if swapsMatrix(b) {
		return Dot(a, b.in[0], d.TransA, !d.TransB)
	}
	return reassociate(d, a, b)
}

func swapsMatrix(x *Node) bool {
	if x.op != OpTranspose {
		return false
	}
	r := x.Rank()
	want := count(r)
	want[r-2], want[r-1] = r-1, r-2
	return slices.Equal(x.attr.(axesAttr), want)
}
