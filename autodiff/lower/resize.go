package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

// resizing is what says how Resize maps the elements of an axis.
type resizing struct {
	mode, coordinates, nearest string
	cubic                      float64
	excludeOutside             bool
}

// tap is one of the elements that each element of the result is a weighted sum of.
type tap struct {
	index  []float64
	weight []float64
}

// lowerResize resizes axes one after the other: for every element of the result some elements of the input are picked
// and weighed, which is linear. Version 10 and Upsample place the elements by index/scale.
func lowerResize(c *call) []Value {
	x := c.x(0)
	r := resizing{
		mode:           c.text("mode", "nearest"),
		coordinates:    c.text("coordinate_transformation_mode", "half_pixel"),
		nearest:        c.text("nearest_mode", "round_prefer_floor"),
		cubic:          c.float("cubic_coeff_a", -0.75),
		excludeOutside: c.flag("exclude_outside", false),
	}
	scalesAt, sizesAt := 2, 3
	if c.op.opset < 11 {
		r.coordinates, r.nearest, scalesAt, sizesAt = "asymmetric", "floor", 1, -1
	}
	if c.flag("antialias", false) {
		c.fail("attribute \"antialias\" is not supported")
	}
	axes := count(0, x.Rank())
	if given, ok := c.ints("axes"); ok {
		axes = c.axes(given, x.Rank())
	}
	scales, sizes := c.scaling(x, axes, scalesAt, sizesAt)
	for i, a := range axes {
		if sizes[i] != x.Shape()[a] || scales[i] != 1 {
			x = c.resizeAxis(x, a, sizes[i], scales[i], r)
		}
	}
	return c.same(x)
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
			if !(s > 0 && s < 1<<20) {
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
			c.fail("attribute \"keep_aspect_ratio_policy\" is %q", policy)
		}
		for i, a := range axes {
			scales[i] = scale
			sizes[i] = int(math.Floor(scale*float64(x.Shape()[a]) + 0.5))
		}
	}
	return scales, sizes
}

func (c *call) resizeAxis(x *autodiff.Node, axis, size int, scale float64, r resizing) *autodiff.Node {
	n := x.Shape()[axis]
	if n == 0 || size > maxKnown {
		c.fail("axis %d of size %d cannot be resized to %d", axis, n, size)
	}
	at := make([]float64, size)
	for i := range at {
		at[i] = c.coordinate(r.coordinates, float64(i), float64(n), float64(size), scale)
	}
	var sum *autodiff.Node
	for _, t := range c.taps(r, at, n) {
		y := autodiff.Take(x, c.graph.Const(t.index, size), axis)
		if t.weight != nil {
			shape := slices.Repeat([]int{1}, x.Rank())
			shape[axis] = size
			y = autodiff.Mul(y, c.graph.Const(t.weight, shape...))
		}
		if sum == nil {
			sum = y
		} else {
			sum = autodiff.Add(sum, y)
		}
	}
	return sum
}

// coordinate returns where element i of the result lies in the input, of sizes out and in.
func (c *call) coordinate(mode string, i, in, out, scale float64) float64 {
	switch mode {
	case "half_pixel":
		return (i+0.5)/scale - 0.5
	case "half_pixel_symmetric":
		adjust := out / (scale * in)
		return in/2*(1-adjust) + (i+0.5)/scale - 0.5
	case "pytorch_half_pixel":
		if out > 1 {
			return (i+0.5)/scale - 0.5
		}
		return 0
	case "align_corners":
		if out > 1 {
			return i * (in - 1) / (out - 1)
		}
		return 0
	case "asymmetric":
		return i / scale
	}
	c.fail("attribute \"coordinate_transformation_mode\" %q is not supported", mode)
	return 0
}

func (c *call) taps(r resizing, at []float64, n int) []tap {
	switch r.mode {
	case "nearest":
		t := tap{index: make([]float64, len(at))}
		for i, x := range at {
			t.index[i] = inside(c.nearest(r.nearest, x), n)
		}
		return []tap{t}
	case "linear", "bilinear", "trilinear":
		return weigh(at, n, 0, 2, false, func(d float64) float64 { return max(0, 1-math.Abs(d)) })
	case "cubic":
		a := r.cubic
		return weigh(at, n, -1, 4, r.excludeOutside, func(d float64) float64 {
			d = math.Abs(d)
			switch {
			case d <= 1:
				return ((a+2)*d-(a+3))*d*d + 1
			case d < 2:
				return ((a*d-5*a)*d+8*a)*d - 4*a
			}
			return 0
		})
	}
	c.fail("attribute \"mode\" %q is not supported", r.mode)
	return nil
}

func (c *call) nearest(mode string, x float64) float64 {
	switch mode {
	case "round_prefer_floor":
		return math.Ceil(x - 0.5)
	case "round_prefer_ceil":
		return math.Floor(x + 0.5)
	case "floor":
		return math.Floor(x)
	case "ceil":
		return math.Ceil(x)
	}
	c.fail("attribute \"nearest_mode\" is %q", mode)
	return 0
}

// weigh returns count taps from ⌊x⌋ + first on, weighed by the distance. Elements outside are those at the edge, or with
// exclude count nothing.
func weigh(at []float64, n, first, count int, exclude bool, f func(distance float64) float64) []tap {
	taps := make([]tap, count)
	for k := range taps {
		taps[k] = tap{make([]float64, len(at)), make([]float64, len(at))}
	}
	for i, x := range at {
		total := 0.0
		for k := range taps {
			j := math.Floor(x) + float64(first+k)
			w := f(x - j)
			if exclude && (j < 0 || j > float64(n-1)) {
				w = 0
			}
			taps[k].index[i], taps[k].weight[i] = inside(j, n), w
			total += w
		}
		for k := range taps {
			if exclude {
				taps[k].weight[i] /= total
			}
		}
	}
	return taps
}

func inside(i float64, n int) float64 { return min(max(i, 0), float64(n-1)) }
