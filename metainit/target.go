package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
)

// Labels that frameworks leave out of the mean: that of PyTorch's losses, and that of masks whose elements are bytes.
const (
	ignoredLabel = -100
	ignoredByte  = 255
)

// crossEntropy builds the loss of logits z with the classes along an axis, as torch.nn.functional.cross_entropy has it:
//
//	−log softmax(z)[label], the mean over all labels but those to be ignored
//	−Σ t log softmax(z), over the classes, the mean over all other axes
//
// for labels in the shape of z without the axis, or probabilities t in the shape of z: one-hot and soft targets. With Options.Data
// other batches may leave out labels.
func (l *loss) crossEntropy(z *autodiff.Node, axis int, given *Array, opt Options) error {
	shape := slices.Delete(slices.Clone(z.Shape()), axis, axis+1)
	if given != nil && !sameButOnes(given.Shape, shape) && sameButOnes(given.Shape, z.Shape()) {
		t, err := l.values(z.Shape(), given, true)
		if err != nil {
			return err
		}
		l.terms = autodiff.Neg(autodiff.Sum(autodiff.Mul(t, autodiff.LogSoftmax(z, axis)), axis))
		l.right = autodiff.Sum(autodiff.Mul(t, answer(z, axis)), axis)
		l.spread = &axis
		return nil
	}
	if given != nil && !sameButOnes(given.Shape, shape) {
		return fmt.Errorf("the target has shape %v, the loss (%s) needs %v of class labels, or %v of their probabilities%s", given.Shape, l.kind, shape, z.Shape(), given.origin())
	}
	classes := z.Shape()[axis]
	labels := source{node: z.Graph().Variable("target", shape...), draw: uniform(classes)}
	l.target, l.classes = labels.node, classes
	index := slices.Insert(slices.Clone(shape), axis, 1)
	at := autodiff.Reshape(labels.node, index...)
	l.terms = autodiff.CrossEntropy(z, labels.node, axis)
	l.sources = []source{labels}
	l.right = autodiff.TakeAlong(answer(z, axis), at, axis)
	l.convert = func(given *Array, put func(i int, y, kept float64)) error {
		return classLabels(given, classes, opt, put)
	}
	if given == nil {
		return nil
	}
	y, kept := make([]float64, len(given.Data)), make([]float64, len(given.Data))
	err := l.convert(given, func(i int, label, k float64) {
		y[i], kept[i] = label, k
		l.count += k
	})
	if err != nil {
		return err
	}
	if len(y) > 0 && l.count == 0 {
		return fmt.Errorf("target: all %d elements are left out of the mean: give some that are classes from 0 to %d%s", len(y), classes-1, opt.ignoredToo())
	}
	l.sources[0].fixed = y
	if l.count < float64(len(y)) || opt.Data != nil {
		mask := source{node: z.Graph().Variable("kept", index...), fixed: kept}
		l.sources, l.kept = append(l.sources, mask), mask.node
		l.terms = autodiff.Mul(l.terms, mask.node)
		l.right = autodiff.Mul(l.right, mask.node)
	}
	return nil
}

// classLabels puts class labels as the graph takes them, and where they are kept: 1, or 0 where they are left out of the mean.
func classLabels(given *Array, classes int, opt Options, put func(i int, label, kept float64)) error {
	for i, v := range given.Data {
		switch {
		case !allFinite(v):
			return fmt.Errorf("target: element %d is %v: give finite data", i, v)
		case ignored(v, opt.IgnoreIndex, given.Bytes && classes <= ignoredByte):
			put(i, 0, 0)
			continue
		case v != float64(int(v)) || v < 0 || v >= float64(classes):
			return fmt.Errorf("target: element %d is %v, not a class from 0 to %d%s", i, v, classes-1, opt.ignoredToo())
		}
		put(i, v, 1)
	}
	return nil
}

// answer is 1 for the class with the greatest logit along an axis, a part of that for each of several, and 0 for others.
func answer(z *autodiff.Node, axis int) *autodiff.Node {
	kept := slices.Clone(z.Shape())
	kept[axis] = 1
	greatest := autodiff.Reshape(autodiff.ReduceMax(z, axis), kept...)
	hit := autodiff.Select(autodiff.LessEqual(greatest, z), z.Graph().Scalar(1), z.Graph().Scalar(0))
	return autodiff.Div(hit, autodiff.SumKeep(hit, axis))
}

// ignored reports whether a label is left out: the chosen one, or without that −100, and with bytes 255.
func ignored(label float64, chosen *int, bytes bool) bool {
	if chosen != nil {
		return label == float64(*chosen)
	}
	return label == ignoredLabel || bytes && label == ignoredByte
}

func (o Options) ignoredToo() string {
	if o.IgnoreIndex != nil {
		return fmt.Sprintf(", nor %d, the %s", *o.IgnoreIndex, o.called("IgnoreIndex"))
	}
	return "; " + o.called("IgnoreIndex") + " leaves one out of the mean"
}

// values returns a target of numbers of the given shape, from 0 to 1 if they are probabilities.
func (l *loss) values(shape []int, given *Array, probabilities bool) (*autodiff.Node, error) {
	t := source{node: l.output.Node.Graph().Variable("target", shape...), draw: normal}
	if probabilities {
		t.draw = uniform(2)
	}
	l.sources = []source{t}
	l.target, l.binary = t.node, probabilities
	l.convert = func(given *Array, put func(i int, y, kept float64)) error { return numbers(given, probabilities, put) }
	if given == nil {
		return t.node, nil
	}
	if !sameButOnes(given.Shape, shape) {
		return nil, fmt.Errorf("the target has shape %v, the loss (%s) needs %v%s", given.Shape, l.kind, shape, given.origin())
	}
	l.sources[0].fixed = given.Data
	return t.node, l.convert(given, func(int, float64, float64) {})
}

// numbers puts values as the graph takes them.
func numbers(given *Array, probabilities bool, put func(i int, value, kept float64)) error {
	for i, v := range given.Data {
		switch {
		case !allFinite(v):
			return fmt.Errorf("target: element %d is %v: give finite data", i, v)
		case probabilities && (v < 0 || v > 1):
			return fmt.Errorf("target: element %d is %v, not a probability from 0 to 1", i, v)
		}
		put(i, v, 1)
	}
	return nil
}
