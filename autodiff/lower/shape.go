package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

// lowerShape gives the sizes of the axes from start up to end (opset 15).
func lowerShape(c *call) []Value {
	shape := c.x(0).Shape()
	start, end := clampAxis(c.int("start", 0), len(shape)), clampAxis(c.int("end", len(shape)), len(shape))
	return []Value{c.integers(shape[start:max(start, end)])}
}

func clampAxis(a, rank int) int {
	if a < 0 {
		a += rank
	}
	return min(max(a, 0), rank)
}

func lowerSize(c *call) []Value {
	return one(c.scalar(float64(c.x(0).Size())), int64Type)
}

// lowerReshape: the shape is an attribute before opset 5. 0 keeps a size, −1 is what remains.
func lowerReshape(c *call) []Value {
	x := c.x(0)
	given, ok := c.intsAt(1, "shape")
	if !ok {
		c.fail("the shape is missing")
	}
	shape := slices.Clone(given)
	rest, size := -1, 1
	for i, d := range shape {
		switch {
		case d == -1 && rest >= 0:
			c.fail("shape %v leaves two sizes open", given)
		case d == -1:
			rest = i
			continue
		case d == 0 && !c.flag("allowzero", false):
			if i >= x.Rank() {
				c.fail("shape %v keeps axis %d, which the input does not have", given, i)
			}
			shape[i] = x.Shape()[i]
		}
		if shape[i] < 0 || shape[i] > 0 && size > (1<<40)/shape[i] {
			c.fail("shape %v is out of range", given)
		}
		size *= shape[i]
	}
	if rest >= 0 {
		if size == 0 || x.Size()%size != 0 {
			c.fail("shape %v does not fit %d elements", given, x.Size())
		}
		shape[rest] = x.Size() / size
	}
	return c.same(autodiff.Reshape(x, shape...))
}

func lowerFlatten(c *call) []Value {
	x := c.x(0)
	axis := c.int("axis", 1)
	if axis < 0 {
		axis += x.Rank()
	}
	if axis < 0 || axis > x.Rank() {
		c.fail("axis %d is outside the %d axes", c.int("axis", 1), x.Rank())
	}
	return c.same(autodiff.Reshape(x, product(x.Shape()[:axis]), product(x.Shape()[axis:])))
}

func lowerTranspose(c *call) []Value {
	x := c.x(0)
	perm, ok := c.ints("perm")
	if !ok {
		perm = count(0, x.Rank())
		slices.Reverse(perm)
	}
	return c.same(autodiff.Transpose(x, perm...))
}

// lowerSqueeze: the axes are an attribute before opset 13; without them, all of size 1 go.
func lowerSqueeze(c *call) []Value {
	x := c.x(0)
	given, ok := c.intsAt(1, "axes")
	axes := c.axes(given, x.Rank())
	var shape []int
	for i, d := range x.Shape() {
		switch {
		case ok && !slices.Contains(axes, i) || !ok && d != 1:
			shape = append(shape, d)
		case d != 1:
			c.fail("axis %d has size %d and cannot be squeezed", i, d)
		}
	}
	return c.same(autodiff.Reshape(x, shape...))
}

// lowerUnsqueeze: the axes are those of the result, an attribute before opset 13.
func lowerUnsqueeze(c *call) []Value {
	x := c.x(0)
	given, ok := c.intsAt(1, "axes")
	if !ok {
		c.fail("the axes are missing")
	}
	axes := c.axes(given, x.Rank()+len(given))
	shape := make([]int, x.Rank()+len(axes))
	rest := x.Shape()
	for i := range shape {
		if slices.Contains(axes, i) {
			shape[i] = 1
		} else {
			shape[i], rest = rest[0], rest[1:]
		}
	}
	return c.same(autodiff.Reshape(x, shape...))
}

func lowerExpand(c *call) []Value {
	x, shape := c.x(0), c.knownInts(1)
	return c.same(autodiff.BroadcastTo(x, c.broadcast(x.Shape(), shape)...))
}

// broadcast is NumPy's broadcasting of two shapes.
func (c *call) broadcast(a, b []int) []int {
	out := make([]int, max(len(a), len(b)))
	for i := range out {
		da, db := 1, 1
		if j := i - (len(out) - len(a)); j >= 0 {
			da = a[j]
		}
		if j := i - (len(out) - len(b)); j >= 0 {
			db = b[j]
		}
		switch {
		case da == db || db == 1:
			out[i] = da
		case da == 1:
			out[i] = db
		default:
			c.fail("shapes %v and %v do not broadcast", a, b)
		}
	}
	return out
}

func lowerTile(c *call) []Value {
	x, repeats := c.x(0), c.knownInts(1)
	if len(repeats) != x.Rank() {
		c.fail("%d repeats %v for %d axes", len(repeats), repeats, x.Rank())
	}
	apart, full, joined := []int{}, []int{}, []int{}
	for i, d := range x.Shape() {
		if repeats[i] < 0 || repeats[i] > 1<<40 {
			c.fail("repeats %v are out of range", repeats)
		}
		apart = append(apart, 1, d)
		full = append(full, repeats[i], d)
		joined = append(joined, repeats[i]*d)
	}
	return c.same(autodiff.Reshape(autodiff.BroadcastTo(autodiff.Reshape(x, apart...), full...), joined...))
}

// lowerConstantOfShape: the value is a tensor with one element, by default a float 0.
func lowerConstantOfShape(c *call) []Value {
	value, ok := c.tensorAttribute("value", false)
	if !ok {
		value = Value{Node: c.scalar(0), DataType: float32Type}
	}
	if value.Node.Size() != 1 {
		c.fail("attribute \"value\" has %d elements, expected 1", value.Node.Size())
	}
	shape := c.knownInts(0)
	return one(autodiff.BroadcastTo(autodiff.Reshape(value.Node), shape...), value.DataType)
}

func lowerRange(c *call) []Value {
	start, limit, delta := c.known(0), c.known(1), c.known(2)
	if len(start) != 1 || len(limit) != 1 || len(delta) != 1 {
		c.fail("start, limit and delta need one element each")
	}
	if delta[0] == 0 {
		c.fail("delta is 0")
	}
	steps := (limit[0] - start[0]) / delta[0]
	if !(steps <= maxKnown) {
		c.fail("%v elements are too many for a table that is made while building", steps)
	}
	n := 0
	for float64(n) < steps {
		n++
	}
	x := autodiff.Add(autodiff.Mul(c.iota(n), c.scalar(delta[0])), c.scalar(start[0]))
	return c.same(x)
}

func lowerConcat(c *call) []Value {
	// Version 1 joins along axis 1 unless told otherwise; later ones need the attribute.
	axis := c.axis(c.int("axis", 1), c.x(0).Rank())
	xs := make([]*autodiff.Node, len(c.in))
	for i := range xs {
		xs[i] = c.x(i)
	}
	return c.same(autodiff.Concat(axis, xs...))
}

// lowerSplit: the sizes are an attribute before opset 13, then an input; without them the parts are equal, the last one
// smaller if num_outputs (opset 18) does not divide the size.
func lowerSplit(c *call) []Value {
	x := c.x(0)
	axis := c.axis(c.int("axis", 0), x.Rank())
	size := x.Shape()[axis]
	parts, ok := c.intsAt(1, "split")
	if !ok {
		n := c.int("num_outputs", c.results)
		if n != c.results {
			c.fail("attribute \"num_outputs\" is %d, the node has %d outputs", n, c.results)
		}
		part := (size + n - 1) / n
		for start := 0; len(parts) < n; start += part {
			parts = append(parts, max(min(part, size-start), 0))
		}
	}
	var out []Value
	start := 0
	for _, n := range parts {
		if n < 0 || n > size-start {
			c.fail("parts %v do not fit axis %d of size %d", parts, axis, size)
		}
		out = append(out, c.same(autodiff.SliceAxis(x, axis, start, start+n))...)
		start += n
	}
	if start != size {
		c.fail("parts %v do not fill axis %d of size %d", parts, axis, size)
	}
	return out
}

// lowerSlice: starts, ends and axes are attributes before opset 10. Positions count from the end if negative and are
// clamped; a negative step goes backwards.
func lowerSlice(c *call) []Value {
	x := c.x(0)
	starts, ok1 := c.intsAt(1, "starts")
	ends, ok2 := c.intsAt(2, "ends")
	if !ok1 || !ok2 {
		c.fail("starts or ends are missing")
	}
	axes, ok := c.intsAt(3, "axes")
	if !ok {
		axes = count(0, len(starts))
	}
	var steps []int
	if !c.absent(4) {
		steps = c.knownInts(4)
	} else {
		steps = slices.Repeat([]int{1}, len(starts))
	}
	if len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		c.fail("starts %v, ends %v, axes %v and steps %v differ in length", starts, ends, axes, steps)
	}
	lo, hi, by := make([]int, x.Rank()), slices.Clone(x.Shape()), slices.Repeat([]int{1}, x.Rank())
	var backwards []int
	for i, a := range c.axes(axes, x.Rank()) {
		n, start, end, step := x.Shape()[a], starts[i], ends[i], steps[i]
		if start < 0 {
			start += n
		}
		if end < 0 {
			end += n
		}
		switch {
		case step == 0:
			c.fail("a step is 0")
		case step > 0:
			start, end = min(max(start, 0), n), min(max(end, 0), n)
		default:
			// Backwards from start down to end+1 is forwards in the reversed axis.
			backwards = append(backwards, a)
			start, end = n-1-min(max(start, -1), n-1), n-1-min(max(end, -1), n-1)
			step = -step
		}
		lo[a], hi[a], by[a] = start, max(start, end), min(step, 1<<40)
	}
	return c.same(autodiff.Slice(autodiff.Reverse(x, backwards...), lo, hi, by))
}

// lowerEyeLike has ones on diagonal k.
func lowerEyeLike(c *call) []Value {
	shape := c.x(0).Shape()
	if len(shape) != 2 {
		c.fail("needs 2 axes")
	}
	eye := autodiff.Equal(c.diagonals(shape), c.scalar(float64(c.int("k", 0))))
	return one(eye, DataType(c.int("dtype", int(c.in[0].DataType))))
}

// diagonals returns column − row at each place of a matrix of the given last two sizes.
func (c *call) diagonals(shape []int) *autodiff.Node {
	rows, columns := shape[len(shape)-2], shape[len(shape)-1]
	return autodiff.Sub(c.iota(columns), autodiff.Reshape(c.iota(rows), rows, 1))
}

// lowerTrilu keeps the part above (upper, the default) or below diagonal k.
func lowerTrilu(c *call) []Value {
	x, k := c.x(0), 0
	if x.Rank() < 2 {
		c.fail("needs at least 2 axes")
	}
	if !c.absent(1) {
		k = c.knownInt(1)
	}
	d, kept := c.diagonals(x.Shape()), c.scalar(float64(k))
	mask := autodiff.LessEqual(kept, d)
	if !c.flag("upper", true) {
		mask = autodiff.LessEqual(d, kept)
	}
	return c.same(autodiff.Select(mask, x, c.scalar(0)))
}

// lowerDepthToSpace moves channels into blocks: depth-column-row order by default, column-row-depth with mode CRD.
func lowerDepthToSpace(c *call) []Value {
	x, b := c.x(0), c.blockSize()
	s := x.Shape()
	n, depth, h, w := s[0], s[1]/(b*b), s[2], s[3]
	if depth*b*b != s[1] {
		c.fail("%d channels cannot be divided into blocks of %d×%d", s[1], b, b)
	}
	var y *autodiff.Node
	switch mode := c.text("mode", "DCR"); mode {
	case "DCR":
		y = autodiff.Transpose(autodiff.Reshape(x, n, b, b, depth, h, w), 0, 3, 4, 1, 5, 2)
	case "CRD":
		y = autodiff.Transpose(autodiff.Reshape(x, n, depth, b, b, h, w), 0, 1, 4, 2, 5, 3)
	default:
		c.fail("attribute \"mode\" is %q, expected DCR or CRD", mode)
	}
	return c.same(autodiff.Reshape(y, n, depth, h*b, w*b))
}

// lowerSpaceToDepth is the inverse, with the same orders.
func lowerSpaceToDepth(c *call) []Value {
	x, b := c.x(0), c.blockSize()
	s := x.Shape()
	n, depth, h, w := s[0], s[1], s[2]/b, s[3]/b
	if h*b != s[2] || w*b != s[3] {
		c.fail("%d×%d cannot be divided into blocks of %d×%d", s[2], s[3], b, b)
	}
	perm := []int{0, 3, 5, 1, 2, 4}
	if c.text("mode", "DCR") == "CRD" {
		perm = []int{0, 1, 3, 5, 2, 4}
	}
	y := autodiff.Transpose(autodiff.Reshape(x, n, depth, h, b, w, b), perm...)
	return c.same(autodiff.Reshape(y, n, depth*b*b, h, w))
}

func (c *call) blockSize() int {
	b := c.int("blocksize", 0)
	if b < 1 || b > 1<<15 {
		c.fail("attribute \"blocksize\" is %d", b)
	}
	if c.x(0).Rank() != 4 {
		c.fail("needs 4 axes")
	}
	return b
}
