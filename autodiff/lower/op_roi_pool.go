package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

var roiPoolRows = []operator{
	{name: "MaxRoiPool", since: 1, inputs: arity{2, 2}, lower: lowerMaxRoiPool, known: []int{1}},
}

// lowerMaxRoiPool gives the maxima of bins of regions rois [r 5] (batch x1 y1 x2 y2) of planes x [n c h w], 0 for a bin
// that is empty: [r c height width]. Which elements a bin has depends on the regions, so they must be known while building.
func lowerMaxRoiPool(c *call) []value {
	x, rois := c.x(0), c.known(1)
	shape := x.Shape()
	if x.Rank() != 4 || x.Size() == 0 || c.x(1).Rank() != 2 || c.x(1).Shape()[1] != 5 {
		c.fail("expected an input [n c h w] and regions [r 5]")
	}
	pooled := c.intsOr("pooled_shape", 2, 1)
	if pooled[0] < 1 || pooled[1] < 1 {
		c.fail("attribute \"pooled_shape\" is %v", pooled)
	}
	n, channels, height, width := shape[0], shape[1], shape[2], shape[3]
	c.exactIndex([]int{n, height, width})
	count := len(rois) / 5
	if count > maxKnown/(pooled[0]*pooled[1]) {
		c.fail("%d regions of %v bins are too many", count, pooled)
	}
	var bins [][]int // the elements of each, in the planes of all batches below each other
	longest, total := 1, 0
	for r := range count {
		roi := rois[5*r : 5*r+5]
		batch := whole(roi[0])
		if batch < 0 || batch >= n {
			c.fail("region %d is of batch element %d of %d", r, batch, n)
		}
		rows := c.roiBins(roi[2], roi[4], pooled[0], height)
		columns := c.roiBins(roi[1], roi[3], pooled[1], width)
		for _, row := range rows {
			for _, column := range columns {
				var bin []int
				if total += (row[1] - row[0]) * (column[1] - column[0]); total > maxKnown {
					c.fail("the bins have more than %d elements", maxKnown)
				}
				for i := row[0]; i < row[1]; i++ {
					for j := column[0]; j < column[1]; j++ {
						bin = append(bin, (batch*height+i)*width+j)
					}
				}
				bins = append(bins, bin)
				longest = max(longest, len(bin))
			}
		}
	}
	if len(bins) > maxKnown/longest {
		c.fail("%d bins of up to %d elements are too many", len(bins), longest)
	}
	index, filled := make([]float64, 0, len(bins)*longest), make([]float64, len(bins))
	for b, bin := range bins {
		first := 0
		if len(bin) > 0 {
			first, filled[b] = bin[0], 1
		}
		for i := range longest {
			if i < len(bin) {
				index = append(index, float64(bin[i]))
			} else {
				index = append(index, float64(first))
			}
		}
	}
	planes := autodiff.Reshape(autodiff.Transpose(x, 1, 0, 2, 3), channels, n*height*width)
	y := autodiff.ReduceMax(autodiff.Take(planes, c.graph.Const(index, len(bins), longest), 1), 2)
	y = autodiff.Select(c.graph.Const(filled, len(bins)), y, c.scalar(0))
	y = autodiff.Reshape(y, append([]int{channels, count}, slices.Clone(pooled)...)...)
	return c.same(autodiff.Transpose(y, 1, 0, 2, 3))
}

// roiBins divides the region from start to end, scaled and rounded, into overlapping bins: the first element of each and
// the one behind its last, inside an axis of size elements.
func (c *call) roiBins(start, end float64, bins, size int) [][2]int {
	by := c.float("spatial_scale", 1)
	first, last := math.Round(start*by), math.Round(end*by)
	if !(math.Abs(first) < maxCount && math.Abs(last) < maxCount) {
		c.fail("a region from %v to %v is out of range", start, end)
	}
	length := max(last-first+1, 1) / float64(bins)
	list := make([][2]int, bins)
	for i := range list {
		lo := int(first + math.Floor(float64(i)*length))
		hi := int(first + math.Ceil(float64(i+1)*length))
		lo = min(max(lo, 0), size)
		list[i] = [2]int{lo, max(min(max(hi, 0), size), lo)}
	}
	return list
}
