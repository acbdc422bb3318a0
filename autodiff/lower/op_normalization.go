package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var normalizationRows = []operator{
	{name: "BatchNormalization", since: 1, inputs: arity{5, 5}, lower: lowerBatchNormalization,
		roles:   roles{1: {Affine, "scale"}, 2: {Affine, "bias"}, 3: {Statistic, "running mean"}, 4: {Statistic, "running variance"}},
		ignores: []string{"momentum"}},
	{name: "GroupNormalization", since: 18, inputs: arity{3, 3}, lower: lowerGroupNormalization,
		roles: roles{1: {Affine, "scale"}, 2: {Affine, "bias"}}, ignores: []string{"stash_type"}},
	{name: "InstanceNormalization", since: 1, inputs: arity{3, 3}, lower: lowerInstanceNormalization,
		roles: roles{1: {Affine, "scale"}, 2: {Affine, "bias"}}},
	{name: "LRN", since: 1, inputs: arity{1, 1}, lower: lowerLRN},
	{name: "LayerNormalization", since: 1, inputs: arity{2, 3}, lower: lowerLayerNormalization,
		roles: roles{1: {Affine, "scale"}, 2: {Affine, "bias"}}, ignores: []string{"stash_type"}},
	{name: "MeanVarianceNormalization", since: 1, inputs: arity{1, 1}, lower: lowerMeanVarianceNormalization},
	{name: "RMSNormalization", since: 23, inputs: arity{2, 2}, lower: lowerRMSNormalization, roles: roles{1: {Affine, "scale"}},
		ignores: []string{"stash_type"}},
}

// moments returns mean and variance over axes, kept at size 1: first the mean, then the mean of the squared deviations,
// which loses no digits where the mean is large.
func moments(x *autodiff.Node, axes ...int) (mean, deviation, variance *autodiff.Node) {
	mean = autodiff.MeanKeep(x, axes...)
	deviation = autodiff.Sub(x, mean)
	return mean, deviation, autodiff.MeanKeep(autodiff.Mul(deviation, deviation), axes...)
}

// inverseRoot is 1/√(v + ε).
func inverseRoot(v *autodiff.Node, epsilon float64) *autodiff.Node {
	return autodiff.Reciprocal(autodiff.Sqrt(shift(v, epsilon)))
}

// lowerBatchNormalization is the inference form, (x − mean)·scale/√(variance + ε) + bias with stored mean and variance, or
// the training form with those of the batch, which training_mode asks for since opset 14 and before it that the node
// names more results than one, unless is_test (before opset 7) is set, and Options.BatchNorm everywhere or where the stored
// ones are untrained. Results 1 and 2 are then the running mean and variance. There is one scale, bias, mean and variance
// for each channel, or before opset 9 with spatial = 0 for each activation [c spatial…].
func lowerBatchNormalization(c *call) []value {
	x := c.x(0)
	if x.Rank() < 2 {
		c.fail("needs a batch and a channel axis")
	}
	each, axes := []int{x.Shape()[1]}, append([]int{0}, count(2, x.Rank())...)
	if c.op.opset < 9 && !c.flag("spatial", true) {
		each, axes = x.Shape()[1:], []int{0}
	}
	aligned := func(i int) *autodiff.Node {
		if c.x(i).Size() != product(each) {
			c.fail("input %d has %d elements, expected %v", i, c.x(i).Size(), each)
		}
		shape := slices.Repeat([]int{1}, x.Rank()-1)
		copy(shape, each)
		return autodiff.Reshape(c.x(i), shape...)
	}
	// Stored statistics are measured, and no derivative goes to them; computed ones have theirs, each by itself.
	statistic := func(i int) *autodiff.Node {
		if c.in[i].moved != nil {
			return autodiff.Stop(aligned(i))
		}
		return aligned(i)
	}
	mean, variance := statistic(3), statistic(4)
	epsilon := c.float("epsilon", 1e-5)
	training := c.op.opset < 14 && c.results > 1 && slices.Contains(c.asked[1:], true)
	switch {
	case c.op.opset >= 14:
		training = c.flag("training_mode", false)
	case c.op.opset < 7 && c.flag("is_test", false):
		training = false
	}
	switch {
	case training:
	case c.batchNorm == BatchNormBatch, c.batchNorm == BatchNormUntrained && c.untrained():
		c.batchNorms++
		training = true
	}
	if !training {
		factor := autodiff.Mul(aligned(1), inverseRoot(variance, epsilon))
		return c.same(autodiff.Add(autodiff.Mul(autodiff.Sub(x, mean), factor), aligned(2)))
	}
	batchMean, deviation, batchVariance := moments(x, axes...)
	factor := autodiff.Mul(aligned(1), inverseRoot(batchVariance, epsilon))
	momentum := c.float("momentum", 0.9)
	running := func(i int, old, now *autodiff.Node) value {
		y := autodiff.Add(scale(old, momentum), scale(autodiff.Reshape(now, old.Shape()...), 1-momentum))
		return value{Node: autodiff.Reshape(y, c.x(i).Shape()...), DataType: c.in[i].DataType}
	}
	y := autodiff.Add(autodiff.Mul(deviation, factor), aligned(2))
	return append(c.same(y), running(3, mean, batchMean), running(4, variance, batchVariance))
}

// untrained reports whether the stored mean is 0 and the variance 1.
func (c *call) untrained() bool {
	for i, want := range map[int]float64{3: 0, 4: 1} {
		data, err := c.dataOf(c.in[i])
		if err != nil || slices.ContainsFunc(data, func(v float64) bool { return v != want }) {
			return false
		}
	}
	return true
}

// lowerLayerNormalization normalises over the axes from the given one on. The optional results are mean and 1/√(variance
// + ε).
func lowerLayerNormalization(c *call) []value {
	x := c.x(0)
	y, mean, factor := c.normalized(x, c.lastAxes(), 1, 2, c.float("epsilon", 1e-5))
	return append(c.same(autodiff.BroadcastTo(y, slices.Clone(x.Shape())...)),
		value{Node: mean, DataType: float32Type}, value{Node: factor, DataType: float32Type})
}

// lastAxes are those from attribute axis on, by default the last.
func (c *call) lastAxes() []int {
	return count(c.axis(c.int("axis", -1), c.x(0).Rank()), c.x(0).Rank())
}

// normalized is the layer normalization of x over axes with scale input gamma and, if it is there, bias input beta; with it the
// mean and 1/√(variance + ε).
func (c *call) normalized(x *autodiff.Node, axes []int, gamma, beta int, epsilon float64) (y, mean, factor *autodiff.Node) {
	mean, deviation, variance := moments(x, axes...)
	factor = inverseRoot(variance, epsilon)
	y = autodiff.Mul(autodiff.Mul(deviation, factor), c.x(gamma))
	if !c.absent(beta) {
		y = autodiff.Add(y, c.x(beta))
	}
	return y, mean, factor
}

func lowerRMSNormalization(c *call) []value {
	y, _ := c.rmsNormalized(c.x(0), c.lastAxes(), 1, c.float("epsilon", 1e-5))
	return c.same(y)
}

// rmsNormalized divides x by the root of the mean of its squares over axes, and multiplies it by input gamma; with it
// the factor that x was multiplied by.
func (c *call) rmsNormalized(x *autodiff.Node, axes []int, gamma int, epsilon float64) (y, factor *autodiff.Node) {
	factor = inverseRoot(autodiff.MeanKeep(autodiff.Mul(x, x), axes...), epsilon)
	return autodiff.Mul(autodiff.Mul(x, factor), c.x(gamma)), factor
}

func lowerInstanceNormalization(c *call) []value {
	x := c.x(0)
	c.spatial(x)
	_, deviation, variance := moments(x, count(2, x.Rank())...)
	y := autodiff.Mul(deviation, inverseRoot(variance, c.float("epsilon", 1e-5)))
	return c.same(autodiff.Add(autodiff.Mul(y, perChannel(c.x(1), x.Rank())), perChannel(c.x(2), x.Rank())))
}

// lowerGroupNormalization: scale and bias are one for each group in version 18, one for each channel since 21.
func lowerGroupNormalization(c *call) []value {
	x := c.x(0)
	groups := c.int("num_groups", 0)
	if x.Rank() < 2 || groups < 1 || x.Shape()[1]%groups != 0 {
		c.fail("attribute \"num_groups\" is %d", groups)
	}
	channels := x.Shape()[1]
	y := c.groupNormalized(x, groups)
	affine := func(i int) *autodiff.Node {
		v := c.x(i)
		if c.op.opset < 21 {
			spread := autodiff.BroadcastTo(autodiff.Reshape(v, groups, 1), groups, channels/groups)
			v = autodiff.Reshape(spread, channels)
		}
		return perChannel(v, x.Rank())
	}
	return c.same(autodiff.Add(autodiff.Mul(y, affine(1)), affine(2)))
}

// groupNormalized normalises each of so many groups of the channels of x [n c spatial…].
func (c *call) groupNormalized(x *autodiff.Node, groups int) *autodiff.Node {
	shape := slices.Clone(x.Shape())
	_, deviation, variance := moments(autodiff.Reshape(x, shape[0], groups, product(shape[1:])/groups), 2)
	return autodiff.Reshape(autodiff.Mul(deviation, inverseRoot(variance, c.float("epsilon", 1e-5))), shape...)
}

// lowerLRN divides by (bias + alpha/size · the sum of squares over size neighbouring channels)^beta.
func lowerLRN(c *call) []value {
	x := c.x(0)
	if x.Rank() < 2 {
		c.fail("needs a batch and a channel axis")
	}
	size := c.int("size", 1)
	if size < 1 || size > maxWindow {
		c.fail("attribute \"size\" is %d", size)
	}
	n, channels := x.Shape()[0], x.Shape()[1]
	inner := product(x.Shape()[2:])
	planes := autodiff.Reshape(autodiff.Mul(x, x), n, 1, channels, inner)
	sum := autodiff.WindowSum(planes, autodiff.Window{
		Size: []int{size, 1}, PadLo: []int{(size - 1) / 2, 0}, PadHi: []int{size / 2, 0},
	})
	base := shift(scale(autodiff.Reshape(sum, x.Shape()...), c.float("alpha", 1e-4)/float64(size)), c.float("bias", 1))
	return c.same(autodiff.Div(x, autodiff.Pow(base, c.scalar(c.float("beta", 0.75)))))
}

// lowerMeanVarianceNormalization divides the deviation by the standard deviation plus 1e-9, as ONNX defines it. Before
// opset 9 the axes are 0, 2 and 3, with across_channels axis 1 too, and normalize_variance = 0 leaves out the division.
func lowerMeanVarianceNormalization(c *call) []value {
	x := c.x(0)
	axes, ok := c.ints("axes")
	if !ok {
		axes = []int{0, 2, 3}
	}
	if c.op.opset < 9 {
		if c.flag("across_channels", false) {
			axes = []int{0, 1, 2, 3}
		}
		axes = slices.DeleteFunc(axes, func(a int) bool { return a >= x.Rank() })
	}
	_, deviation, variance := moments(x, c.axes(axes, x.Rank())...)
	if c.op.opset < 9 && !c.flag("normalize_variance", true) {
		return c.same(deviation)
	}
	return c.same(autodiff.Div(deviation, shift(autodiff.Sqrt(variance), 1e-9)))
}
