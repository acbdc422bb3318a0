package lower

import (
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

var contribNormalizationRows = []operator{
	{name: "EmbedLayerNormalization", domain: microsoft, since: 1, inputs: arity{1, 9}, lower: lowerEmbedLayerNormalization,
		ignores: []string{"mask_index_type"}},
	{name: "GroupNorm", domain: microsoft, since: 1, inputs: arity{3, 3}, lower: lowerGroupNorm,
		roles: roles{1: {Affine, "scale"}, 2: {Affine, "bias"}}},
	{name: "SimplifiedLayerNormalization", since: 1, inputs: arity{2, 2}, lower: lowerSimplifiedLayerNormalization,
		roles: roles{1: {Affine, "scale"}}, ignores: []string{"stash_type"}},
	{name: "SkipGroupNorm", domain: microsoft, since: 1, inputs: arity{4, 5}, lower: lowerGroupNorm,
		roles: roles{1: {Affine, "scale"}, 2: {Affine, "bias"}}},
	{name: "SkipLayerNormalization", domain: microsoft, since: 1, inputs: arity{3, 5}, lower: lowerSkipLayerNormalization,
		roles: roles{2: {Affine, "scale"}, 3: {Affine, "bias"}}},
	{name: "SkipSimplifiedLayerNormalization", domain: microsoft, since: 1, inputs: arity{3, 4},
		lower: lowerSkipSimplifiedLayerNormalization, roles: roles{2: {Affine, "scale"}}},
}

// lastAxis is the last axis of x.
func (c *call) lastAxis(x *autodiff.Node) []int {
	if x.Rank() == 0 {
		c.fail("needs at least one axis")
	}
	return []int{x.Rank() - 1}
}

// lowerSkipLayerNormalization normalises the sum of input, residual and bias; result 3 is that sum.
func lowerSkipLayerNormalization(c *call) []value {
	sum := c.residual(1, 4)
	y, _, _ := c.normalized(sum, c.lastAxis(sum), 2, 3, c.float("epsilon", 1e-12))
	return append(c.same(y), value{}, value{}, value{Node: sum, DataType: c.in[0].DataType})
}

// lowerSkipSimplifiedLayerNormalization is the same without mean and bias.
func lowerSkipSimplifiedLayerNormalization(c *call) []value {
	sum := c.residual(1, 3)
	y, _ := c.rmsNormalized(sum, c.lastAxis(sum), 2, c.float("epsilon", 1e-12))
	return append(c.same(y), value{}, value{}, value{Node: sum, DataType: c.in[0].DataType})
}

// residual adds input skip, broadcast, and input bias, if they are there, to the first.
func (c *call) residual(skip, bias int) *autodiff.Node {
	x := c.x(0)
	for _, i := range []int{skip, bias} {
		if !c.absent(i) {
			x = autodiff.Add(x, autodiff.BroadcastTo(c.x(i), x.Shape()...))
		}
	}
	return x
}

// lowerEmbedLayerNormalization is the first layer of BERT: the sum of the embeddings of words, positions and segments,
// normalised. Result 1 is how many elements of the mask are 1, result 2 the sum.
func lowerEmbedLayerNormalization(c *call) []value {
	ids := c.x(0)
	if ids.Rank() != 2 || c.x(2).Rank() != 2 || c.x(3).Rank() != 2 {
		c.fail("needs word numbers [batch sequence] and tables [rows channels]")
	}
	b, s := ids.Shape()[0], ids.Shape()[1]
	if c.absent(8) && s > c.x(3).Shape()[0] {
		c.fail("sequences of %d are longer than the %d positions that have an embedding", s, c.x(3).Shape()[0])
	}
	sum := c.angles(2, 0)
	if c.absent(8) {
		sum = autodiff.Add(sum, autodiff.SliceAxis(c.x(3), 0, 0, s))
	} else {
		sum = autodiff.Add(sum, c.angles(3, 8))
	}
	if !c.absent(1) {
		sum = autodiff.Add(sum, c.angles(4, 1))
	}
	kept := autodiff.BroadcastTo(c.scalar(0), b)
	if !c.absent(7) {
		kept = autodiff.Sum(autodiff.Equal(c.x(7), c.scalar(1)), 1)
	}
	y, _, _ := c.normalized(sum, c.lastAxis(sum), 5, 6, c.float("epsilon", 1e-12))
	t := c.in[2].DataType
	return append(one(y, t),
		value{Node: kept, DataType: onnxio.Int32}, value{Node: sum, DataType: t})
}

// lowerGroupNorm normalises groups of channels, with one scale and bias for each channel; SkipGroupNorm before that adds
// a residual [n … c] or [n c] and a bias, the sum being result 1.
func lowerGroupNorm(c *call) []value {
	x := c.x(0)
	if x.Rank() < 3 {
		c.fail("needs a batch, channels and at least one spatial axis")
	}
	last := c.flag("channels_last", true)
	first := func(v *autodiff.Node) *autodiff.Node {
		switch {
		case v.Rank() == 1:
			return perChannel(v, x.Rank())
		case v.Rank() == 2:
			return autodiff.Reshape(v, append(slices.Clone(v.Shape()), slices.Repeat([]int{1}, x.Rank()-2)...)...)
		case last:
			return channelsFirst(v)
		}
		return v
	}
	sum := first(x)
	for i := 3; i < len(c.in); i++ {
		if !c.absent(i) {
			sum = autodiff.Add(sum, autodiff.BroadcastTo(first(c.x(i)), sum.Shape()...))
		}
	}
	groups, channels := c.int("groups", 0), sum.Shape()[1]
	if groups < 1 || channels%groups != 0 {
		c.fail("attribute \"groups\" is %d for %d channels", groups, channels)
	}
	y := autodiff.Add(autodiff.Mul(c.groupNormalized(sum, groups), first(c.x(1))), first(c.x(2)))
	switch kind := c.int("activation", 0); kind {
	case 0:
	case 1:
		y = swish(y, 1)
	default:
		c.fail("attribute \"activation\" is %d, expected 0 for none or 1 for SiLU", kind)
	}
	if last {
		y, sum = channelsLast(y), channelsLast(sum)
	}
	return append(c.same(y), c.same(sum)...)
}

// lowerSimplifiedLayerNormalization is ONNX Runtime's name for RMSNormalization, in ONNX's own domain. Result 1 is the
// factor.
func lowerSimplifiedLayerNormalization(c *call) []value {
	y, factor := c.rmsNormalized(c.x(0), c.lastAxes(), 1, c.float("epsilon", 1e-5))
	return append(c.same(y), value{Node: factor, DataType: float32Type})
}
