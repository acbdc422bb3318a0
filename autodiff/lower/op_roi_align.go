package lower

import (
	"math"

	"onnx-metainit/autodiff"
)

var roiAlignRows = []operator{
	{name: "RoiAlign", since: 10, inputs: arity{3, 3}, lower: lowerRoiAlign},
}

// lowerRoiAlign pools bins of regions rois [r 4] (x1 y1 x2 y2) of planes x [n c h w] into [r c height width]: the mean,
// or maximum, of samples on a regular grid in each bin. Without sampling_ratio their number depends on the sizes of the
// regions, which then must be known while building. Differentiable in x and in the regions.
func lowerRoiAlign(c *call) []value {
	x, rois := c.x(0), c.x(1)
	if x.Rank() != 4 || rois.Rank() != 2 || rois.Shape()[1] != 4 || c.x(2).Size() != rois.Shape()[0] || x.Size() == 0 {
		c.fail("expected an input [n c h w], regions [r 4] and r batch indices")
	}
	shape := x.Shape()
	n, channels, count := shape[0], shape[1], rois.Shape()[0]
	c.exactIndex([]int{n, shape[2], shape[3]})
	mode := c.text("mode", "avg")
	if mode != "avg" && mode != "max" {
		c.fail("attribute \"mode\" is %q, expected avg or max", mode)
	}
	h := c.roiAxis(1, c.int("output_height", 1), shape[2])
	w := c.roiAxis(0, c.int("output_width", 1), shape[3])
	full := []int{count, h.bins, w.bins, h.samples, w.samples}
	points := 1
	for _, d := range full {
		if d > 0 && points > maxUnpacked/d {
			c.fail("%v samples are too many", full)
		}
		points *= d
	}
	// The planes of all batches stand below each other.
	batch := autodiff.Reshape(c.index(2, n), count, 1, 1)
	for i := range h.taps {
		h.taps[i].index = autodiff.Add(h.taps[i].index, autodiff.Mul(batch, c.scalar(float64(shape[2]))))
	}
	planes := autodiff.Reshape(autodiff.Transpose(x, 1, 0, 2, 3), 1, channels, n*shape[2], shape[3])
	list := corners(planes, [][]linearTap{
		spread(h.taps, []int{count, h.bins, 1, h.samples, 1}, full), spread(w.taps, []int{count, 1, w.bins, 1, w.samples}, full),
	})
	y := list[0]
	for _, corner := range list[1:] {
		if mode == "max" {
			y = autodiff.Max(y, corner)
		} else {
			y = autodiff.Add(y, corner)
		}
	}
	y = autodiff.Reshape(y, channels, count, h.bins, w.bins, h.samples*w.samples)
	used := autodiff.Mul(autodiff.Reshape(h.share, h.share.Shape()[0], 1, h.samples, 1), autodiff.Reshape(w.share, w.share.Shape()[0], 1, 1, w.samples))
	used = autodiff.Reshape(used, used.Shape()[0], 1, 1, h.samples*w.samples)
	if mode == "max" {
		// Samples beyond those of a region repeat its last; a region without any gives 0.
		y = autodiff.Mul(autodiff.ReduceMax(y, 4), autodiff.Sign(autodiff.Sum(used, 3)))
	} else {
		y = autodiff.Sum(autodiff.Mul(y, used), 4)
	}
	return c.same(autodiff.Transpose(y, 1, 0, 2, 3))
}

// roiAxis is one axis of the bins of RoiAlign.
type roiAxis struct {
	bins, samples int            // of each region, of each bin
	taps          []linearTap    // [r bins samples]
	share         *autodiff.Node // [r samples] or [1 samples]: of each sample in the mean of its bin
}

// roiAxis reads the axis of the regions whose start and end are columns first and first+2, over size elements.
func (c *call) roiAxis(first, bins, size int) roiAxis {
	if bins < 1 || bins > maxKnown {
		c.fail("%d bins", bins)
	}
	rois := c.x(1)
	count := rois.Shape()[0]
	column := func(i int) *autodiff.Node {
		x := autodiff.Reshape(autodiff.SliceAxis(rois, 1, i, i+1), count)
		return scale(x, c.float("spatial_scale", 1))
	}
	start, end := column(first), column(first+2)
	extent := autodiff.Sub(end, start)
	half := c.op.opset >= 16 && c.text("coordinate_transformation_mode", "half_pixel") == "half_pixel"
	if half {
		start = shift(start, -0.5)
	} else {
		extent = autodiff.Max(extent, c.scalar(1))
	}
	a := roiAxis{bins: bins, samples: c.int("sampling_ratio", 0)}
	extent = scale(extent, 1/float64(bins))
	var inBin *autodiff.Node // [r samples] or [1 samples]: where in the bin, from 0 to 1
	if a.samples > 0 {
		if a.samples > maxKnown/max(bins*count, 1) {
			c.fail("%d samples in each of %d bins of %d regions are too many", a.samples, bins, count)
		}
		inBin = scale(shift(autodiff.Reshape(c.iota(a.samples), 1, a.samples), 0.5), 1/float64(a.samples))
		a.share = autodiff.BroadcastTo(c.scalar(1/float64(a.samples)), 1, a.samples)
	} else {
		inBin = c.adaptive(&a, first, half)
	}
	bin := autodiff.Reshape(c.iota(bins), 1, bins, 1)
	at := autodiff.Add(bin, autodiff.Reshape(inBin, inBin.Shape()[0], 1, a.samples))
	at = autodiff.Add(autodiff.Reshape(start, count, 1, 1), autodiff.Mul(autodiff.Reshape(extent, count, 1, 1), at))
	inside := between(at, -1, float64(size))
	at = clamp(at, 0, float64(size-1))
	low := autodiff.Floor(at)
	f := autodiff.Sub(at, low)
	high := autodiff.Min(shift(low, 1), c.scalar(float64(size-1)))
	a.taps = []linearTap{
		{low, autodiff.Mul(inside, autodiff.Sub(c.scalar(1), f))},
		{high, autodiff.Mul(inside, f)},
	}
	return a
}

// adaptive takes as many samples in a bin as it is long, rounded up.
func (c *call) adaptive(a *roiAxis, first int, half bool) *autodiff.Node {
	rois := c.known(1)
	lengths := make([]float64, len(rois)/4)
	for i := range lengths {
		lengths[i] = (rois[4*i+first+2] - rois[4*i+first]) * c.float("spatial_scale", 1)
		if !half {
			lengths[i] = max(lengths[i], 1)
		}
		lengths[i] /= float64(a.bins)
	}
	a.samples = 1
	for _, l := range lengths {
		if !(math.Abs(l) < maxBinLength) {
			c.fail("a bin has length %v", l)
		}
		a.samples = max(a.samples, int(math.Ceil(l)))
	}
	if a.samples > maxKnown/max(a.bins*len(lengths), 1) {
		c.fail("%d samples in each of %d bins of %d regions are too many", a.samples, a.bins, len(lengths))
	}
	var at, share []float64
	for _, l := range lengths {
		n := max(int(math.Ceil(l)), 0)
		for i := range a.samples {
			of := float64(max(n, 1))
			at = append(at, (float64(max(min(i, n-1), 0))+0.5)/of)
			if i < n {
				share = append(share, 1/of)
			} else {
				share = append(share, 0)
			}
		}
	}
	a.share = c.graph.Const(share, len(lengths), a.samples)
	return c.graph.Const(at, len(lengths), a.samples)
}

// spread repeats taps, whose elements are those of shape, over all samples: [1 p].
func spread(taps []linearTap, shape, full []int) []linearTap {
	over := func(x *autodiff.Node) *autodiff.Node {
		return autodiff.Reshape(autodiff.BroadcastTo(autodiff.Reshape(x, shape...), full...), 1, product(full))
	}
	out := make([]linearTap, len(taps))
	for i, t := range taps {
		out[i] = linearTap{over(t.index), over(t.weight)}
	}
	return out
}
