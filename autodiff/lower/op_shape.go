package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var shapeRows = []operator{
	{name: "Expand", since: 8, inputs: arity{2, 2}, lower: lowerExpand, known: []int{1}, moves: true, commutes: true},
	{name: "Flatten", since: 1, inputs: arity{1, 1}, lower: lowerFlatten, moves: true, commutes: true},
	{name: "Reshape", since: 1, inputs: arity{1, 2}, lower: lowerReshape, known: []int{1}, ignores: []string{"allowzero"}, moves: true,
		commutes: true},
	{name: "Shape", since: 1, inputs: arity{1, 1}, lower: lowerShape, known: []int{0}, noDerivative: discrete},
	{name: "Size", since: 1, inputs: arity{1, 1}, lower: lowerSize, known: []int{0}, noDerivative: discrete},
	{name: "Squeeze", since: 1, inputs: arity{1, 2}, lower: lowerSqueeze, known: []int{1}, moves: true, commutes: true},
	{name: "Tile", since: 6, inputs: arity{2, 2}, lower: lowerTile, known: []int{1}, moves: true, commutes: true},
	{name: "Transpose", since: 1, inputs: arity{1, 1}, lower: lowerTranspose, moves: true, commutes: true},
	{name: "Unsqueeze", since: 1, inputs: arity{1, 2}, lower: lowerUnsqueeze, known: []int{1}, moves: true, commutes: true},
}

// lowerShape gives the sizes of the axes from start up to end (opset 15).
func lowerShape(c *call) []value {
	shape := c.x(0).Shape()
	start, end := clampAxis(c.int("start", 0), len(shape)), clampAxis(c.int("end", len(shape)), len(shape))
	return []value{c.integers(shape[start:max(start, end)])}
}

func clampAxis(a, rank int) int {
	if a < 0 {
		a += rank
	}
	return min(max(a, 0), rank)
}

func lowerSize(c *call) []value {
	return one(c.scalar(float64(c.x(0).Size())), int64Type)
}

// lowerReshape: the shape is an attribute before opset 5. 0 keeps a size, −1 is what remains.
func lowerReshape(c *call) []value {
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
		if shape[i] < 0 || shape[i] > 0 && size > maxSize/shape[i] {
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
	return c.reshaped(shape...)
}

func lowerFlatten(c *call) []value {
	x := c.x(0)
	axis := c.int("axis", 1)
	if axis < 0 {
		axis += x.Rank()
	}
	if axis < 0 || axis > x.Rank() {
		c.fail("axis %d is outside the %d axes", c.int("axis", 1), x.Rank())
	}
	return c.reshaped(product(x.Shape()[:axis]), product(x.Shape()[axis:]))
}

func lowerTranspose(c *call) []value {
	x := c.x(0)
	perm, ok := c.ints("perm")
	if !ok {
		perm = count(0, x.Rank())
		slices.Reverse(perm)
	}
	return c.moved(
		func(x *autodiff.Node) *autodiff.Node { return autodiff.Transpose(x, perm...) },
		axisMoved(perm),
	)
}

// lowerSqueeze: the axes are an attribute before opset 13; without them, all of size 1 go.
func lowerSqueeze(c *call) []value {
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
	return c.reshaped(shape...)
}

// squeeze drops an axis of size 1.
func squeeze(x *autodiff.Node, axis int) *autodiff.Node {
	return autodiff.Reshape(x, slices.Delete(slices.Clone(x.Shape()), axis, axis+1)...)
}

// unsqueeze inserts an axis of size 1.
func unsqueeze(x *autodiff.Node, axis int) *autodiff.Node {
	return autodiff.Reshape(x, slices.Insert(slices.Clone(x.Shape()), axis, 1)...)
}

// lowerUnsqueeze: the axes are those of the result, an attribute before opset 13.
func lowerUnsqueeze(c *call) []value {
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
	return c.reshaped(shape...)
}

func lowerExpand(c *call) []value {
	x, shape := c.x(0), c.knownInts(1)
	return c.same(autodiff.BroadcastTo(x, autodiff.BroadcastShape(x.Shape(), shape)...))
}

func lowerTile(c *call) []value {
	x, repeats := c.x(0), c.knownInts(1)
	if len(repeats) != x.Rank() {
		c.fail("%d repeats %v for %d axes", len(repeats), repeats, x.Rank())
	}
	apart, full, joined := []int{}, []int{}, []int{}
	for i, d := range x.Shape() {
		if repeats[i] < 0 || repeats[i] > maxSize {
			c.fail("repeats %v are out of range", repeats)
		}
		apart = append(apart, 1, d)
		full = append(full, repeats[i], d)
		joined = append(joined, repeats[i]*d)
	}
	return c.same(autodiff.Reshape(autodiff.BroadcastTo(autodiff.Reshape(x, apart...), full...), joined...))
}
