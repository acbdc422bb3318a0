package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var scatterRows = []operator{
	{name: "Scatter", since: 9, inputs: arity{3, 3}, lower: lowerScatterElements,
		roles: roles{0: {FixedUniform, "target"}, 2: {FixedUniform, "updates"}}},
	{name: "ScatterElements", since: 11, inputs: arity{3, 3}, lower: lowerScatterElements,
		roles: roles{0: {FixedUniform, "target"}, 2: {FixedUniform, "updates"}}},
	{name: "ScatterND", since: 11, inputs: arity{3, 3}, lower: lowerScatterND,
		roles: roles{0: {FixedUniform, "target"}, 2: {FixedUniform, "updates"}}},
}

// maxLayers bounds how many updates of one element a scatter combines one after the other.
const maxLayers = 256

// scattering is how updates go over data. spread takes a tensor of the shape of the updates to where they go, zero
// elsewhere, adding those that meet.
type scattering struct {
	data, updates *autodiff.Node
	spread        func(u *autodiff.Node) *autodiff.Node
	layers        []*autodiff.Node // masks over the updates: in each, no two go to the same element
	known         bool             // the layers are as few as the indices allow
}

// scatter combines the updates with the data. Without a reduction the last of those that meet stays, if the indices are
// known; if not, ONNX leaves the result open.
func (c *call) scatter(s scattering) *autodiff.Node {
	var combine func(a, b *autodiff.Node) *autodiff.Node
	switch reduction := c.text("reduction", "none"); reduction {
	case "add":
		return autodiff.Add(s.data, s.spread(s.updates))
	case "none":
		if !s.known || len(s.layers) > maxLayers {
			s.layers = []*autodiff.Node{c.scalar(1)}
		}
		combine = func(_, b *autodiff.Node) *autodiff.Node { return b }
	case "mul":
		combine = autodiff.Mul
	case "max":
		combine = autodiff.Max
	case "min":
		combine = autodiff.Min
	default:
		c.fail("attribute \"reduction\" is %q, expected none, add, mul, max or min", reduction)
	}
	if len(s.layers) > maxLayers {
		c.fail("up to %d updates of one element cannot be combined, the limit is %d", len(s.layers), maxLayers)
	}
	y := s.data
	for _, mask := range s.layers {
		mask = autodiff.BroadcastTo(mask, slices.Clone(s.updates.Shape())...)
		update := s.spread(autodiff.Select(mask, s.updates, c.scalar(0)))
		y = autodiff.Select(s.spread(mask), combine(y, update), y)
	}
	return y
}

// layers returns masks of the given shape for updates whose targets are the elements of index; ok if they are known.
// same(i) distinguishes updates that have equal indices but never meet.
func (c *call) layers(index *autodiff.Node, shape []int, same func(i int) int) (masks []*autodiff.Node, ok bool) {
	if c.text("reduction", "none") == "add" {
		return nil, false // nothing to keep apart
	}
	targets, ok := c.folded.peek(index)
	if !ok || len(targets) > maxKnown {
		return nil, false
	}
	type target struct {
		index float64
		line  int
	}
	met := make(map[target]int)
	level, levels := make([]int, len(targets)), 0
	for i, t := range targets {
		key := target{t, same(i)}
		level[i] = met[key]
		met[key]++
		levels = max(levels, met[key])
	}
	if levels == 1 {
		return []*autodiff.Node{c.scalar(1)}, true
	}
	if levels > maxLayers {
		return make([]*autodiff.Node, levels), true
	}
	if levels*len(targets) > maxKnown {
		return nil, false
	}
	for l := range levels {
		mask := make([]float64, len(targets))
		for i := range mask {
			if level[i] == l {
				mask[i] = 1
			}
		}
		masks = append(masks, c.graph.Const(mask, shape...))
	}
	return masks, true
}

// oneByOne returns a mask for each element along an axis, that broadcasts over rank axes.
func (c *call) oneByOne(n, axis, rank int) []*autodiff.Node {
	masks := make([]*autodiff.Node, n)
	if n > maxLayers {
		return masks
	}
	shape := slices.Repeat([]int{1}, rank)
	shape[axis] = n
	for i := range masks {
		mask := make([]float64, n)
		mask[i] = 1
		masks[i] = c.graph.Const(mask, shape...)
	}
	return masks
}

func lowerScatterElements(c *call) []value {
	data, updates := c.x(0), c.x(2)
	axis := c.axis(c.int("axis", 0), data.Rank())
	n := data.Shape()[axis]
	index := c.index(1, n)
	if !slices.Equal(index.Shape(), updates.Shape()) || index.Rank() != data.Rank() {
		c.fail("indices and updates need the same shape, with as many axes as the data")
	}
	lo, hi := make([]int, data.Rank()), make([]int, data.Rank())
	for i, d := range data.Shape() {
		if i != axis {
			hi[i] = d - updates.Shape()[i]
			if hi[i] < 0 {
				c.fail("the updates are larger than the data along axis %d", i)
			}
		}
	}
	inner := product(index.Shape()[axis+1:])
	along := inner * index.Shape()[axis]
	s := scattering{data: data, updates: updates, spread: func(u *autodiff.Node) *autodiff.Node {
		return autodiff.Pad(autodiff.ScatterAlong(u, index, axis, n), lo, hi, nil)
	}}
	s.layers, s.known = c.layers(index, index.Shape(), func(i int) int { return i/along*inner + i%inner })
	if !s.known {
		s.layers = c.oneByOne(index.Shape()[axis], axis, index.Rank())
	}
	return c.same(c.scatter(s))
}

func lowerScatterND(c *call) []value {
	data, index, updates := c.x(0), c.x(1), c.x(2)
	if index.Rank() == 0 {
		c.fail("indices need at least one axis")
	}
	k := index.Shape()[index.Rank()-1]
	if k > data.Rank() {
		c.fail("indices of %d axes into shape %v", k, data.Shape())
	}
	n, rest := product(data.Shape()[:k]), data.Shape()[k:]
	picks := product(index.Shape()[:index.Rank()-1])
	flat := autodiff.Reshape(c.flatIndex(index, data.Shape()), picks)
	s := scattering{data: data, spread: func(rows *autodiff.Node) *autodiff.Node {
		return autodiff.Reshape(autodiff.Scatter(rows, flat, 0, n), slices.Clone(data.Shape())...)
	}}
	s.updates = autodiff.Reshape(updates, append([]int{picks}, rest...)...)
	shape := slices.Repeat([]int{1}, s.updates.Rank())
	shape[0] = picks
	s.layers, s.known = c.layers(flat, shape, func(int) int { return 0 })
	if !s.known {
		s.layers = c.oneByOne(picks, 0, len(shape))
	}
	return c.same(c.scatter(s))
}
