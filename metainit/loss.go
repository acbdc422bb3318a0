package metainit

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// Loss is how the model's output becomes one number.
type Loss string

// The losses. All but LossOutput average over the batch and all positions.
const (
	LossAuto         Loss = "auto"          // chosen by what the output ends in and by its shape
	LossCrossEntropy Loss = "cross-entropy" // class logits against class labels
	LossBCE          Loss = "bce"           // binary cross-entropy of logits behind a final Sigmoid
	LossMSE          Loss = "mse"           // squared distance from the target
	LossOutput       Loss = "output"        // the output itself
)

// ParseLoss returns the loss of that name.
func ParseLoss(name string) (Loss, error) {
	all := []Loss{LossAuto, LossCrossEntropy, LossBCE, LossMSE, LossOutput}
	if l := Loss(name); slices.Contains(all, l) {
		return l, nil
	}
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = string(l)
	}
	return "", fmt.Errorf("loss %q is not one of %s", name, strings.Join(names, ", "))
}

// loss is a loss as a graph. The target is a variable of the given shape;
// classes is their number where it holds labels, 0 where it holds values.
type loss struct {
	kind    Loss
	reason  string
	terms   *autodiff.Node // what node is the mean of
	node    *autodiff.Node
	target  *autodiff.Node // nil for LossOutput
	classes int
	binary  bool // the target holds 0 and 1
}

func newLoss(m *lower.Model, opt Options) (*loss, error) {
	out := m.Output
	l := &loss{kind: opt.Loss, reason: "chosen by --loss"}
	if l.kind == "" || l.kind == LossAuto {
		l.kind, l.reason = autoLoss(out)
	}
	z := out.Node
	if z.Size() == 0 {
		return nil, fmt.Errorf("output %q of shape %v has no elements: there is nothing to take a loss of", out.Name, z.Shape())
	}
	if l.kind == LossCrossEntropy && (out.Tail == "Softmax" || out.Tail == "LogSoftmax") ||
		l.kind == LossBCE && out.Tail == "Sigmoid" {
		z = out.Logits
	}
	g := m.Graph
	switch l.kind {
	case LossCrossEntropy:
		axis, err := classAxis(m, opt.ClassAxis)
		if err != nil {
			return nil, err
		}
		l.classes = z.Shape()[axis]
		shape := slices.Delete(slices.Clone(z.Shape()), axis, axis+1)
		l.target = g.Variable("target", shape...)
		index := autodiff.Reshape(l.target, slices.Insert(slices.Clone(shape), axis, 1)...)
		picked := autodiff.TakeAlong(autodiff.LogSoftmax(z, axis), index, axis)
		l.terms = autodiff.Neg(picked)
	case LossBCE:
		l.binary = true
		l.target = g.Variable("target", z.Shape()...)
		l.terms = autodiff.Sub(autodiff.Softplus(z), autodiff.Mul(l.target, z))
	case LossMSE:
		l.target = g.Variable("target", z.Shape()...)
		d := autodiff.Sub(z, l.target)
		l.terms = autodiff.Mul(d, d)
	case LossOutput:
		l.terms = z
		if z.Size() != 1 {
			l.reason += fmt.Sprintf(" (the mean of its %d elements)", z.Size())
		}
	default:
		return nil, fmt.Errorf("loss %q is unknown", l.kind)
	}
	l.node = mean(l.terms, autodiff.PortionCount(l.terms))
	return l, nil
}

// mean averages over all elements, in portions of the first axis if what they are
// computed of can be cut so.
func mean(x *autodiff.Node, portions int) *autodiff.Node {
	sum := autodiff.SumAll(x)
	if portions > 1 {
		if parts := autodiff.Portions(x, 0, portions); parts != nil {
			sum = autodiff.SumAll(parts[0])
			for _, part := range parts[1:] {
				sum = autodiff.Add(sum, autodiff.SumAll(part))
			}
		}
	}
	return autodiff.Div(sum, x.Graph().Scalar(float64(max(x.Size(), 1))))
}

// autoLoss chooses by the end of the graph first, by the shape of the output
// else.
func autoLoss(out *lower.Output) (Loss, string) {
	shape := out.Node.Shape()
	switch {
	case out.Tail == "Softmax" || out.Tail == "LogSoftmax":
		return LossCrossEntropy, fmt.Sprintf("the output %q ends in %s: on the logits before it", out.Name, out.Tail)
	case out.Tail == "Sigmoid":
		return LossBCE, fmt.Sprintf("the output %q ends in Sigmoid: on the logits before it", out.Name)
	case len(shape) == 0:
		return LossOutput, fmt.Sprintf("the output %q is a scalar: it is the loss", out.Name)
	case len(shape) == 1 && shape[0] == 1:
		return LossOutput, fmt.Sprintf("the output %q has one element: it is the loss", out.Name)
	case len(shape) == 1 || shape[1] == 1 && len(shape) != 3 || len(shape) == 3 && shape[2] == 1:
		return LossMSE, fmt.Sprintf("the output %q of shape %v has no axis of classes", out.Name, shape)
	}
	return LossCrossEntropy, fmt.Sprintf("the output %q of shape %v looks like class logits", out.Name, shape)
}

// classAxis returns the axis of the classes: the given one; that of a final
// softmax; axis 1, as of images; or the last one, as of sequences. A tensor with
// three axes can be either: an input whose axis 2 has the output's size there
// speaks for [n classes positions], anything else for [n positions classes]. One
// with more is an image with its classes last if all axes between are of one size
// and an input's too.
func classAxis(m *lower.Model, given *int) (int, error) {
	out := m.Output
	shape := out.Node.Shape()
	if out.Tail == "Softmax" || out.Tail == "LogSoftmax" {
		shape = out.Logits.Shape()
	}
	rank := len(shape)
	axis := 1
	switch {
	case given != nil:
		if axis = *given; axis < 0 {
			axis += rank
		}
	case out.Tail == "Softmax" || out.Tail == "LogSoftmax":
		axis = out.Axis
	case rank == 3 && !keepsAxis2(m, shape), rank > 3 && channelsLast(m, shape):
		axis = rank - 1
	}
	if axis < 0 || axis >= rank {
		return 0, fmt.Errorf("output %q of shape %v has no axis %d for classes: choose another --class-axis or --loss",
			out.Name, shape, axis)
	}
	if shape[axis] < 2 {
		return 0, fmt.Errorf("output %q of shape %v has %d class along axis %d: choose another --class-axis or --loss",
			out.Name, shape, shape[axis], axis)
	}
	return axis, nil
}

func channelsLast(m *lower.Model, out []int) bool {
	last := len(out) - 1
	for _, size := range out[2:last] {
		if size != out[1] {
			return false
		}
	}
	return out[last] != out[1] && slices.ContainsFunc(m.Inputs, func(in *lower.Input) bool {
		return len(in.Shape) == len(out) && slices.Equal(in.Shape[1:last], out[1:last]) && in.Shape[last] != out[1]
	})
}

func keepsAxis2(m *lower.Model, out []int) bool {
	for _, in := range m.Inputs {
		if len(in.Shape) == 3 && in.Shape[2] == out[2] && in.Shape[1] != out[1] {
			return true
		}
	}
	return false
}
