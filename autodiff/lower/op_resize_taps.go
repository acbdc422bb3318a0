package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

// tap is one of the elements that each element of the result is a weighted sum of.
type tap struct {
	index  []float64
	weight []float64 // nil: all 1
}

// weighedOneByOne adds up the taps along an axis; shape is how numbers for each element of the axis broadcast.
func (c *call) weighedOneByOne(x *autodiff.Node, axis int, taps []tap, shape []int) *autodiff.Node {
	var sum *autodiff.Node
	for _, t := range taps {
		y := autodiff.Take(x, c.graph.Const(t.index, len(t.index)), axis)
		if t.weight != nil {
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

// weighedTogether is weighedOneByOne for many taps: all are picked at once.
func (c *call) weighedTogether(x *autodiff.Node, axis int, taps []tap) *autodiff.Node {
	size := len(taps[0].index)
	var index, weight []float64
	for i := range size {
		for _, t := range taps {
			index, weight = append(index, t.index[i]), append(weight, t.weight[i])
		}
	}
	shape := slices.Repeat([]int{1}, x.Rank()+1)
	shape[axis], shape[axis+1] = size, len(taps)
	picked := autodiff.Take(x, c.graph.Const(index, size, len(taps)), axis)
	return autodiff.Sum(autodiff.Mul(picked, c.graph.Const(weight, shape...)), axis+1)
}

// taps returns the elements of the input, with their weights, that the elements at the given positions are made of. With antialias, an axis that
// becomes shorter is seen through a kernel as much wider.
func (c *call) taps(r resizing, at []float64, m mapping) []tap {
	n, shrink := m.n, 1.0
	if r.antialias && m.scale < 1 {
		shrink = m.scale
	}
	antialiased := func(support float64, kernel func(float64) float64) []tap {
		reach := support / shrink
		if shrink < 1 && reach*float64(len(at)+1) > maxKnown/4 {
			c.fail("resizing an axis of %d elements to %d with antialias is too large", n, m.size)
		}
		first := int(math.Floor(-reach)) + 1
		exclude := r.excludeOutside && (shrink < 1 || r.mode == "cubic")
		return weigh(at, n, first, 2-2*first, exclude, shrink < 1, func(d float64) float64 { return kernel(d * shrink) })
	}
	switch r.mode {
	case "nearest":
		t := tap{index: make([]float64, len(at))}
		for i, x := range at {
			// Halves are met exactly, whatever the last digits.
			t.index[i] = inside(c.nearest(r.nearest, float64(float32(x)), m.scale), n)
		}
		return []tap{t}
	case "linear", "bilinear", "trilinear":
		return antialiased(1, func(d float64) float64 { return max(0, 1-math.Abs(d)) })
	case "cubic":
		a := r.cubic
		return antialiased(2, func(d float64) float64 {
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
	c.fail("attribute \"mode\" is %q, expected nearest, linear or cubic", r.mode)
	return nil
}

func (c *call) nearest(mode string, x, scale float64) float64 {
	switch mode {
	case "floor or ceil":
		if scale < 1 {
			return math.Ceil(x)
		}
		return math.Floor(x)
	case "round_prefer_floor":
		return math.Ceil(x - 0.5)
	case "round_prefer_ceil":
		return math.Floor(x + 0.5)
	case "floor":
		return math.Floor(x)
	case "ceil":
		return math.Ceil(x)
	}
	c.fail("attribute \"nearest_mode\" is %q, expected round_prefer_floor, round_prefer_ceil, floor or ceil", mode)
	return 0
}

// weigh returns count taps from ⌊x⌋ + first on, weighed by the distance. Elements outside are those at the edge, or with
// exclude count nothing. With exclude or normalized, weights add up to 1.
func weigh(at []float64, n, first, count int, exclude, normalized bool, f func(distance float64) float64) []tap {
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
			if (exclude || normalized) && total != 0 {
				taps[k].weight[i] /= total
			}
		}
	}
	return taps
}

func inside(i float64, n int) float64 { return min(max(i, 0), float64(n-1)) }
