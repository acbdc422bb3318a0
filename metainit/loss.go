package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// Loss is how an output of the model becomes one number.
type Loss string

// The losses. All but LossOutput and LossSum average over the batch and all positions.
const (
	LossAuto         Loss = "auto"          // chosen by what the output ends in and by its shape
	LossCrossEntropy Loss = "cross-entropy" // class logits against class labels or the probabilities of classes
	LossBCE          Loss = "bce"           // binary cross-entropy of logits behind a final Sigmoid
	LossMSE          Loss = "mse"           // squared distance from the target
	LossOutput       Loss = "output"        // the output itself
	LossSum          Loss = "sum"           // of the losses of several outputs; not to be chosen
)

// ParseLoss returns the loss of that name.
func ParseLoss(name string) (Loss, error) {
	all := []Loss{LossAuto, LossCrossEntropy, LossBCE, LossMSE, LossOutput}
	if l := Loss(name); slices.Contains(all, l) {
		return l, nil
	}
	return "", unknownName("loss", Loss(name), all...)
}

// loss is the loss of one output as a graph: the sum of terms over count.
type loss struct {
	output  *lower.Output
	kind    Loss
	reason  string
	terms   *autodiff.Node
	count   float64
	sources []source // of the target; none for LossOutput

	target  *autodiff.Node // nil for LossOutput
	classes int            // of the target's labels; 0 where it holds values
	binary  bool           // the target holds 0 and 1, or what is between
	spread  *int           // the axis along which the target holds the probabilities of classes; nil of others
	kept    *autodiff.Node // of labels some of which are left out: 1 or 0
	weighed bool           // by sample
	right   *autodiff.Node // how far the answers are right, 0 to 1; nil where the target holds values

	convert func(given *Array, put func(i int, target, kept float64)) error // data into elements of the variables target and kept
}

// newLoss builds the loss of an output of the lowered model. The target is noise if none is given.
func (p *Problem) newLoss(out *lower.Output, given *Array) (*loss, error) {
	l := &loss{output: out, kind: p.opt.lossOf(out.Name), reason: "chosen by " + p.opt.called("Loss")}
	switch {
	case l.kind == LossAuto:
		l.kind, l.reason = p.autoLoss(out)
	case len(p.lowered.Outputs) > 1:
		l.reason += fmt.Sprintf(" for the output %q", out.Name)
	}
	if l.kind == LossOutput && given != nil {
		return nil, fmt.Errorf("a target was given, but the loss (%s) needs none", l.kind)
	}
	err := l.build(p.lowered, p.opt, given)
	if err == nil && l.count == 0 {
		l.count = float64(max(l.terms.Size(), 1))
	}
	return l, err
}

func (l *loss) build(m *lower.Model, opt Options, given *Array) error {
	out := l.output
	z := out.Node
	if z.Size() == 0 {
		return fmt.Errorf("output %q of shape %v has no elements: there is nothing to take a loss of", out.Name, z.Shape())
	}
	if l.kind == LossCrossEntropy && isSoftmax(out) || l.kind == LossBCE && out.Tail == lower.TailSigmoid {
		z = out.Logits
	}
	switch l.kind {
	case LossCrossEntropy:
		axis, err := classAxis(m, out, opt)
		if err != nil {
			return err
		}
		return l.crossEntropy(z, axis, given, opt)
	case LossBCE:
		t, err := l.values(z.Shape(), given, true)
		if err != nil {
			return err
		}
		l.terms = autodiff.Sub(autodiff.Softplus(z), autodiff.Mul(t, z))
		half, zero := z.Graph().Scalar(0.5), z.Graph().Scalar(0)
		yes := autodiff.Sub(autodiff.LessEqual(half, t), half) // ½ or −½
		l.right = autodiff.Select(autodiff.Less(zero, autodiff.Mul(yes, z)), z.Graph().Scalar(1), zero)
	case LossMSE:
		t, err := l.values(z.Shape(), given, false)
		if err != nil {
			return err
		}
		d := autodiff.Sub(z, t)
		l.terms = autodiff.Mul(d, d)
	case LossOutput:
		l.terms = z
		if z.Size() != 1 {
			l.reason += fmt.Sprintf(" (the mean of its %d elements)", z.Size())
		}
	default:
		return fmt.Errorf("loss %q is unknown", l.kind)
	}
	return nil
}

func isSoftmax(out *lower.Output) bool {
	return out.Tail == lower.TailSoftmax || out.Tail == lower.TailLogSoftmax
}

// autoLoss chooses by the end of the graph first, by the shape of the output else.
func (p *Problem) autoLoss(out *lower.Output) (Loss, string) {
	shape := out.Node.Shape()
	like := p.realInput(func(in []int) bool { return slices.Equal(in, shape) })
	enlarged := p.realInput(func(in []int) bool { return enlarges(in, shape) })
	switch {
	case isSoftmax(out):
		return LossCrossEntropy, fmt.Sprintf("the output %q ends in %s: on the logits before it", out.Name, out.Tail)
	case out.Tail == lower.TailSigmoid:
		return LossBCE, fmt.Sprintf("the output %q ends in Sigmoid: on the logits before it", out.Name)
	case len(shape) == 0:
		return LossOutput, fmt.Sprintf("the output %q is a scalar: it is the loss", out.Name)
	case len(shape) == 1 && shape[0] == 1 && p.batchOfOne(out.Name):
		return LossMSE, fmt.Sprintf("the output %q of shape %v has a value for each element of the batch, which has one", out.Name, shape)
	case len(shape) == 1 && shape[0] == 1:
		return LossOutput, fmt.Sprintf("the output %q has one element: it is the loss", out.Name)
	case like != nil:
		return LossMSE, fmt.Sprintf("the output %q has the shape %v of the input %q", out.Name, shape, like.Name)
	case enlarged != nil:
		return LossMSE, fmt.Sprintf("the output %q has the shape %v of the input %q enlarged", out.Name, shape, enlarged.Name)
	case len(shape) == 1 || shape[1] == 1 && len(shape) != 3 || len(shape) == 3 && shape[2] == 1:
		return LossMSE, fmt.Sprintf("the output %q of shape %v has no axis of classes", out.Name, shape)
	}
	return LossCrossEntropy, fmt.Sprintf("the output %q of shape %v looks like class logits", out.Name, shape)
}

// realInput returns the first input of real numbers whose shape the function accepts, nil if there is none.
func (p *Problem) realInput(accepts func(shape []int) bool) *lower.Input {
	i := slices.IndexFunc(p.lowered.Inputs, func(in *lower.Input) bool { return in.DataType.IsFloat() && accepts(in.Shape) })
	if i < 0 {
		return nil
	}
	return p.lowered.Inputs[i]
}

// enlarges reports whether a shape is that of an image with both its axes enlarged by the same whole factor, as of
// super-resolution: [n c h w] or [n h w c].
func enlarges(image, shape []int) bool {
	if len(image) != 4 || len(shape) != 4 || shape[0] != image[0] {
		return false
	}
	for _, axes := range [][3]int{{2, 3, 1}, {1, 2, 3}} { // height, width, channels
		h, w, c := axes[0], axes[1], axes[2]
		factor := shape[h] / max(image[h], 1)
		if factor > 1 && shape[h] == factor*image[h] && shape[w] == factor*image[w] && shape[c] == image[c] {
			return true
		}
	}
	return false
}

// batchOfOne reports whether the one axis of an output, which has size 1, is the batch: that of all inputs with two axes or
// more has one element, and the file leaves both or none of the two free.
func (p *Problem) batchOfOne(output string) bool {
	free := make(map[string]bool) // whether the first axis is
	g := p.model.Proto.GetGraph()
	for _, info := range slices.Concat(g.GetInput(), g.GetValueInfo(), g.GetOutput()) {
		if dims := info.GetType().GetTensorType().GetShape().GetDim(); len(dims) > 0 {
			free[info.GetName()] = dims[0].GetDimValue() <= 0
		}
	}
	found := false
	for _, in := range p.lowered.Inputs {
		if len(in.Shape) < 2 {
			continue
		}
		if in.Shape[0] != 1 || free[in.Name] != free[output] {
			return false
		}
		found = true
	}
	return found
}

// classAxis returns the axis of the classes in the output, or in the logits if it ends in a softmax: the given one; that of
// the softmax; axis 1, as of images; or the last one, as of sequences. A tensor with three axes can be either: an input
// whose axis 2 has the output's size there speaks for [n classes positions], anything else for [n positions classes]. One
// with more is an image with its classes last if all axes between are of one size and an input's too.
func classAxis(m *lower.Model, out *lower.Output, opt Options) (int, error) {
	shape := out.Node.Shape()
	if isSoftmax(out) {
		shape = out.Logits.Shape()
	}
	rank, given := len(shape), opt.ClassAxis
	axis := 1
	switch {
	case given != nil && isSoftmax(out) && out.Apart:
		return 0, fmt.Errorf("output %q of shape %v has no axis of classes, since what follows its %s over axis %d of %v splits or joins that: leave out %s",
			out.Name, out.Node.Shape(), out.Tail, out.Axis, shape, opt.called("ClassAxis"))
	case given != nil:
		if axis = *given; axis < 0 {
			axis += rank
		}
	case isSoftmax(out):
		axis = out.Axis
	case rank == 3 && !keepsAxis2(m, shape), rank > 3 && channelsLast(m, shape):
		axis = rank - 1
	}
	if axis < 0 || axis >= rank {
		return 0, fmt.Errorf("output %q of shape %v has no axis %d for classes: choose another %s or %s",
			out.Name, shape, axis, opt.called("ClassAxis"), opt.called("Loss"))
	}
	if shape[axis] < 2 {
		return 0, fmt.Errorf("output %q of shape %v has %d class along axis %d: choose another %s or %s",
			out.Name, shape, shape[axis], axis, opt.called("ClassAxis"), opt.called("Loss"))
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
