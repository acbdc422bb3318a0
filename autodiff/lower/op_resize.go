package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

var resizeRows = []operator{
	{name: "Resize", since: 10, inputs: arity{1, 4}, lower: lowerResize, known: []int{1, 2, 3},
		ignores: []string{"keep_aspect_ratio_policy"}},
	{name: "Upsample", since: 1, inputs: arity{1, 2}, lower: lowerResize, known: []int{1}},
}

// resizing is what says how Resize maps the elements of an axis.
type resizing struct {
	mode, coordinates, nearest string
	cubic                      float64
	excludeOutside, antialias  bool
	extrapolation              float64 // what stands outside the region, with tf_crop_and_resize
}

// mapping is how one axis of n elements becomes one of size elements.
type mapping struct {
	n, size int
	scale   float64
	region  [2]float64 // with tf_crop_and_resize: the part of the axis that is seen, 0 to 1 being all
}

// lowerResize resizes axes one after the other: for every element of the result some elements of the input are picked
// and weighed, which is linear. Version 10 and Upsample place the elements by index/scale,
// and take the nearest below, or above where an axis becomes shorter, as ONNX Runtime does. It also is the one to follow for
// whole numbers: they are truncated, with antialias rounded.
func lowerResize(c *call) []value {
	x := c.x(0)
	r := resizing{
		mode:           c.text("mode", "nearest"),
		coordinates:    c.text("coordinate_transformation_mode", "half_pixel"),
		nearest:        c.text("nearest_mode", "round_prefer_floor"),
		cubic:          c.float("cubic_coeff_a", -0.75),
		excludeOutside: c.flag("exclude_outside", false),
		antialias:      c.flag("antialias", false),
		extrapolation:  c.float("extrapolation_value", 0),
	}
	scalesAt, sizesAt := 2, 3
	if c.op.opset < 11 {
		r.coordinates, r.nearest, scalesAt, sizesAt = "asymmetric", "floor or ceil", 1, -1
	}
	axes := count(0, x.Rank())
	if given, ok := c.ints("axes"); ok {
		axes = c.axes(given, x.Rank())
	}
	scales, sizes := c.scaling(x, axes, scalesAt, sizesAt)
	regions := c.regions(r, len(axes))
	for i, a := range axes {
		m := mapping{x.Shape()[a], sizes[i], scales[i], regions[i]}
		if m.size != m.n || m.scale != 1 || m.region != [2]float64{0, 1} {
			x = c.resizeAxis(x, a, m, r)
		}
	}
	switch {
	case !isInteger(c.in[0].DataType) || r.mode == "nearest":
	case r.antialias:
		x = autodiff.Round(x)
	default:
		x = truncate(x)
	}
	return c.same(x)
}

// regions returns the part of each of the axes that is seen: input 1 has all starts, then all ends.
func (c *call) regions(r resizing, axes int) [][2]float64 {
	regions := slices.Repeat([][2]float64{{0, 1}}, axes)
	if r.coordinates != "tf_crop_and_resize" {
		return regions
	}
	var given []float64
	for _, v := range c.known(1) {
		given = append(given, exactAttribute(float32(v)))
	}
	if len(given) != 2*axes {
		c.fail("the region has %d numbers, expected a start and an end for each of %d axes", len(given), axes)
	}
	for i := range regions {
		regions[i] = [2]float64{given[i], given[axes+i]}
		if !(math.Abs(given[i]) < maxCount && math.Abs(given[axes+i]) < maxCount) {
			c.fail("the region from %v to %v is out of range", given[i], given[axes+i])
		}
	}
	return regions
}

// scaling returns the factor and the new size for each of the axes. Version 7 of Upsample has the factors as attribute,
// version 1 those of height and width.
func (c *call) scaling(x *autodiff.Node, axes []int, scalesAt, sizesAt int) (scales []float64, sizes []int) {
	switch {
	case sizesAt >= 0 && !c.absent(sizesAt) && c.x(sizesAt).Size() > 0:
		sizes = c.knownInts(sizesAt)
	case !c.absent(scalesAt):
		for _, s := range c.known(scalesAt) {
			scales = append(scales, exactAttribute(float32(s)))
		}
	case c.has("scales"):
		scales = c.floats("scales")
	case c.has("height_scale"):
		scales = []float64{1, 1, c.float("height_scale", 1), c.float("width_scale", 1)}
	default:
		c.fail("needs scales or sizes")
	}
	if max(len(sizes), len(scales)) != len(axes) {
		c.fail("%d scales and %d sizes for %d axes", len(scales), len(sizes), len(axes))
	}
	if scales != nil {
		sizes = make([]int, len(axes))
		for i, s := range scales {
			if !(s > 0 && s < maxFactor) {
				c.fail("scale %v is out of range", s)
			}
			// Runtimes compute this in float32.
			sizes[i] = int(math.Floor(float64(float32(x.Shape()[axes[i]]) * float32(s))))
		}
		return scales, sizes
	}
	scales = make([]float64, len(axes))
	for i, n := range sizes {
		if n < 1 || x.Shape()[axes[i]] < 1 {
			c.fail("sizes %v of shape %v", sizes, x.Shape())
		}
		scales[i] = float64(n) / float64(x.Shape()[axes[i]])
	}
	if policy := c.text("keep_aspect_ratio_policy", "stretch"); policy != "stretch" {
		var scale float64
		switch policy {
		case "not_larger":
			scale = slices.Min(scales)
		case "not_smaller":
			scale = slices.Max(scales)
		default:
			c.fail("attribute \"keep_aspect_ratio_policy\" is %q, expected stretch, not_larger or not_smaller", policy)
		}
		for i, a := range axes {
			scales[i] = scale
			sizes[i] = int(math.Floor(scale*float64(x.Shape()[a]) + 0.5))
		}
	}
	return scales, sizes
}

func (c *call) resizeAxis(x *autodiff.Node, axis int, m mapping, r resizing) *autodiff.Node {
	if m.n == 0 || m.size > maxKnown {
		c.fail("axis %d of size %d cannot be resized to %d", axis, m.n, m.size)
	}
	at := make([]float64, m.size)
	for i := range at {
		at[i] = c.coordinate(r.coordinates, float64(i), m)
	}
	shape := slices.Repeat([]int{1}, x.Rank())
	shape[axis] = m.size
	var y *autodiff.Node
	if taps := c.taps(r, at, m); len(taps) <= 4 {
		y = c.weighedOneByOne(x, axis, taps, shape)
	} else {
		y = c.weighedTogether(x, axis, taps)
	}
	if r.coordinates != "tf_crop_and_resize" {
		return y
	}
	inside := make([]float64, m.size)
	for i, x := range at {
		if x >= 0 && x <= float64(m.n-1) {
			inside[i] = 1
		}
	}
	return autodiff.Select(c.graph.Const(inside, shape...), y, c.scalar(r.extrapolation))
}

// coordinate returns the position in the input of element i of the result.
func (c *call) coordinate(mode string, i float64, m mapping) float64 {
	in, out := float64(m.n), float64(m.size)
	switch mode {
	case "half_pixel":
		return (i+0.5)/m.scale - 0.5
	case "half_pixel_symmetric":
		adjust := out / (m.scale * in)
		return in/2*(1-adjust) + (i+0.5)/m.scale - 0.5
	case "pytorch_half_pixel":
		if out > 1 {
			return (i+0.5)/m.scale - 0.5
		}
		return 0
	case "align_corners":
		if out > 1 {
			return i * (in - 1) / (out - 1)
		}
		return 0
	case "asymmetric":
		return i / m.scale
	case "tf_crop_and_resize":
		start, end := m.region[0]*(in-1), m.region[1]*(in-1)
		if out > 1 {
			return start + i*(end-start)/(out-1)
		}
		return (start + end) / 2
	case "tf_half_pixel_for_nn":
		return (i + 0.5) / m.scale
	}
	c.fail("attribute \"coordinate_transformation_mode\" is %q, which ONNX does not define", mode)
	return 0
}
