package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var convRows = []operator{
	{name: "Conv", since: 1, inputs: arity{2, 3}, lower: lowerConv, factors: []int{0, 1}, roles: roles{2: {Affine, "bias"}},
		ignores: []string{"pads"}},
	{name: "ConvTranspose", since: 1, inputs: arity{2, 3}, lower: lowerConvTranspose, factors: []int{0, 1},
		roles: roles{2: {Affine, "bias"}}, ignores: []string{"pads"}},
}

// perChannel shapes a tensor with one element for each channel so that it broadcasts against [n c spatial…].
func perChannel(v *autodiff.Node, rank int) *autodiff.Node {
	shape := slices.Repeat([]int{1}, max(rank-1, 1))
	shape[0] = v.Size()
	return autodiff.Reshape(v, shape...)
}

// spatial returns the sizes of the spatial axes of [n c spatial…].
func (c *call) spatial(x *autodiff.Node) []int {
	if x.Rank() < 3 {
		c.fail("needs a batch, a channel and at least one spatial axis")
	}
	return x.Shape()[2:]
}

// geometry is how a window moves over the spatial axes.
type geometry struct {
	kernel, strides, dilations, lo, hi []int
}

// geometry reads the attributes that convolutions and poolings share. kernel is the window's size, and what attribute
// kernel_shape must be if it is there; nil takes it from that.
func (c *call) geometry(sizes, kernel []int) geometry {
	n := len(sizes)
	if given, ok := c.ints("kernel_shape"); ok || kernel == nil {
		if !ok {
			c.fail("attribute \"kernel_shape\" is missing")
		}
		if kernel != nil && !slices.Equal(kernel, given) {
			c.fail("attribute \"kernel_shape\" is %v, the filters' is %v", given, kernel)
		}
		kernel = c.intsOr("kernel_shape", n, 1)
	}
	g := geometry{kernel: kernel, strides: c.intsOr("strides", n, 1), dilations: c.intsOr("dilations", n, 1)}
	for i := range n {
		if g.kernel[i] < 1 || g.strides[i] < 1 || g.dilations[i] < 1 {
			c.fail("kernel %v, strides %v and dilations %v must be at least 1", g.kernel, g.strides, g.dilations)
		}
	}
	return g
}

// reach is the extent of the window along axis i.
func (g geometry) reach(i int) int { return (g.kernel[i]-1)*g.dilations[i] + 1 }

// pad fills in the padding: attribute pads, or what auto_pad asks for.
func (c *call) pad(g geometry, sizes []int) geometry {
	n := len(sizes)
	switch mode := c.text("auto_pad", "NOTSET"); mode {
	case "NOTSET", "":
		pads := c.intsOr("pads", 2*n, 0)
		g.lo, g.hi = pads[:n], pads[n:]
	case "VALID":
		g.lo, g.hi = make([]int, n), make([]int, n)
	case "SAME_UPPER", "SAME_LOWER":
		g.lo, g.hi = make([]int, n), make([]int, n)
		for i, size := range sizes {
			out := (size + g.strides[i] - 1) / g.strides[i]
			g.lo[i], g.hi[i] = halves(max((out-1)*g.strides[i]+g.reach(i)-size, 0), mode == "SAME_LOWER")
		}
	default:
		c.fail("attribute \"auto_pad\" is %q", mode)
	}
	return g
}

// halves divides a total into two, the greater half last unless told otherwise.
func halves(total int, greaterFirst bool) (int, int) {
	if greaterFirst {
		return total - total/2, total / 2
	}
	return total / 2, total - total/2
}

func (c *call) groups() int {
	g := c.int("group", 1)
	if g < 1 || g > maxCount {
		c.fail("attribute \"group\" is %d", g)
	}
	return g
}

func lowerConv(c *call) []value {
	x, w := c.x(0), c.x(1)
	sizes := c.spatial(x)
	if w.Rank() != x.Rank() {
		c.fail("input and filters need the same number of axes")
	}
	groups := c.groups()
	if x.Shape()[1] != w.Shape()[1]*groups {
		c.fail("the input has %d channels, the filters take %d in each of %d groups", x.Shape()[1], w.Shape()[1], groups)
	}
	g := c.pad(c.geometry(sizes, w.Shape()[2:]), sizes)
	y := autodiff.Conv(x, w, autodiff.ConvSpec{Strides: g.strides, PadLo: g.lo, PadHi: g.hi, Dilations: g.dilations, Groups: groups})
	return c.same(c.addBias(y, 2))
}

// addBias adds the optional input i, one element for each channel.
func (c *call) addBias(y *autodiff.Node, i int) *autodiff.Node {
	if c.absent(i) {
		return y
	}
	b := c.x(i)
	if b.Rank() != 1 || b.Size() != y.Shape()[1] {
		c.fail("the bias has shape %v, expected [%d]", b.Shape(), y.Shape()[1])
	}
	return autodiff.Add(y, perChannel(b, y.Rank()))
}

// lowerConvTranspose is the adjoint, by its input, of a convolution whose filters [c m/group k…] take the result
// [n m out…] to the input [n c spatial…].
func lowerConvTranspose(c *call) []value {
	x, w := c.x(0), c.x(1)
	sizes := c.spatial(x)
	n := len(sizes)
	if w.Rank() != x.Rank() || w.Shape()[0] != x.Shape()[1] {
		c.fail("input %v and filters %v do not fit", x.Shape(), w.Shape())
	}
	g := c.geometry(sizes, w.Shape()[2:])
	extra := c.intsOr("output_padding", n, 0)
	wanted, isWanted := c.ints("output_shape")
	if isWanted && len(wanted) == n+2 {
		wanted = wanted[2:]
	}
	if isWanted && len(wanted) != n {
		c.fail("attribute \"output_shape\" is %v, expected %d sizes", wanted, n)
	}
	mode := c.text("auto_pad", "NOTSET")
	if mode == "NOTSET" || mode == "VALID" || mode == "" {
		g = c.pad(g, sizes)
	} else {
		g.lo, g.hi = make([]int, n), make([]int, n)
	}
	out := make([]int, n)
	for i, size := range sizes {
		full := g.strides[i]*(size-1) + extra[i] + g.reach(i)
		switch {
		case isWanted:
			out[i] = wanted[i]
		case mode == "SAME_UPPER" || mode == "SAME_LOWER":
			out[i] = size * g.strides[i]
		default:
			out[i] = full - g.lo[i] - g.hi[i]
			continue
		}
		g.lo[i], g.hi[i] = halves(max(full-out[i], 0), mode != "SAME_UPPER")
		if out[i] > full {
			extra[i] += out[i] - full
		}
	}
	// A convolution drops what is left over at the end, but not a whole stride of it: spread over as many positions as
	// the strides reach, then crop or pad.
	spread, lo, hi := make([]int, n), make([]int, n+2), make([]int, n+2)
	for i, size := range sizes {
		spread[i] = g.strides[i]*(size-1) + g.reach(i)
		lo[2+i] = -g.lo[i]
		hi[2+i] = out[i] - spread[i] + g.lo[i]
		if size == 0 || out[i] < 0 {
			c.fail("the result would have size %d along spatial axis %d", out[i], i)
		}
	}
	y := autodiff.ConvInput(x, w, autodiff.ConvSpec{Strides: g.strides, Dilations: g.dilations, Groups: c.groups()}, spread)
	return c.same(c.addBias(autodiff.Pad(y, lo, hi, nil), 2))
}
