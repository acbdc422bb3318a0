package lower

import (
	"slices"

	"onnx-metainit/autodiff"
)

var lossRows = []operator{
	{name: "NegativeLogLikelihoodLoss", since: 12, inputs: arity{2, 3}, lower: lowerNegativeLogLikelihoodLoss,
		roles: roles{2: {Fixed, "class weights"}}},
	{name: "SoftmaxCrossEntropyLoss", since: 12, inputs: arity{2, 3}, lower: lowerSoftmaxCrossEntropyLoss,
		roles: roles{2: {Fixed, "class weights"}}},
}

// lowerSoftmaxCrossEntropyLoss is the negative log-likelihood of the log-softmax over axis 1, which is its second result.
func lowerSoftmaxCrossEntropyLoss(c *call) []value {
	log := autodiff.LogSoftmax(c.x(0), c.axis(1, c.x(0).Rank()))
	return append(c.same(c.nll(log)), value{Node: log, DataType: c.in[0].DataType})
}

func lowerNegativeLogLikelihoodLoss(c *call) []value { return c.same(c.nll(c.x(0))) }

// nll picks −x at the target class (axis 1 of [n classes …], targets [n …]), weighs it by the class, and reduces. A
// target equal to ignore_index weighs nothing.
func (c *call) nll(x *autodiff.Node) *autodiff.Node {
	if x.Rank() < 2 || c.x(1).Rank() != x.Rank()-1 {
		c.fail("needs scores [n classes …] and targets [n …]")
	}
	classes := x.Shape()[1]
	var ignore *float64
	if c.has("ignore_index") {
		label := float64(c.int("ignore_index", 0))
		ignore = &label
	}
	c.labels(1, classes, ignore)
	target := c.x(1)
	weight := autodiff.BroadcastTo(c.scalar(1), slices.Clone(target.Shape())...)
	var ignored *autodiff.Node
	if ignore != nil {
		ignored = autodiff.Equal(target, c.scalar(*ignore))
		weight = autodiff.Not(ignored)
		target = autodiff.Select(ignored, c.scalar(0), target)
	}
	if !c.absent(2) {
		if c.x(2).Rank() != 1 || c.x(2).Size() != classes {
			c.fail("%v class weights for %d classes", c.x(2).Shape(), classes)
		}
		weight = autodiff.Mul(weight, autodiff.Take(c.x(2), target, 0))
	}
	picked := squeeze(autodiff.TakeAlong(x, unsqueeze(target, 1), 1), 1)
	if ignored != nil { // class 0 was picked, which may be impossible: −∞
		picked = autodiff.Select(ignored, c.scalar(0), picked)
	}
	loss := autodiff.Neg(autodiff.Mul(picked, weight))
	switch reduction := c.text("reduction", "mean"); reduction {
	case "none":
		return loss
	case "sum":
		return autodiff.SumAll(loss)
	case "mean":
		return autodiff.Div(autodiff.SumAll(loss), autodiff.SumAll(weight))
	default:
		c.fail("attribute \"reduction\" is %q, expected none, sum or mean", reduction)
	}
	return nil
}
