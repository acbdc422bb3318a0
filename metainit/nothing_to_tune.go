package metainit

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/onnxio"
)

// nothingToMeasure is the error of a problem without parameters, with the reason as far as it is known.
func (p *Problem) nothingToMeasure() error {
	to, advice := p.goals()
	if p.byName() {
		return fmt.Errorf("%s and %s leave no float weight that has a differentiable path to %s: %w", p.opt.called("Params"), p.opt.called("Freeze"), to, ErrNothingToTune)
	}
	return fmt.Errorf("no float weight has a differentiable path to %s (%d float tensors looked at%s%s): %w",
		to, len(p.parameters)+len(p.lowered.Constants)+len(p.unused), advice, p.whyNone(), ErrNothingToTune)
}

// goals names the outputs that a path should lead to: all of the model's where nobody has chosen. The advice, behind "; ", is
// to choose, if there are several.
func (p *Problem) goals() (to, advice string) {
	var names []string
	if len(p.opt.Outputs) > 0 {
		for _, o := range p.lowered.Outputs {
			names = append(names, fmt.Sprintf("%q", o.Name))
		}
	} else {
		for _, o := range p.model.Proto.GetGraph().GetOutput() {
			names = append(names, fmt.Sprintf("%q", o.GetName()))
		}
	}
	if len(names) > 1 {
		return "any of the outputs " + strings.Join(names, ", "), "; " + p.opt.called("Outputs") + " takes any tensor of the graph"
	}
	return "the output " + names[0], ""
}

// nothingToRescale is the error of a problem that has parameters, but none whose norm can change.
func (p *Problem) nothingToRescale() error {
	var zero []string
	for _, par := range p.counted {
		if par.Reason == zeroNorm {
			zero = append(zero, par.Name)
		}
	}
	switch {
	case len(zero) > 0:
		return fmt.Errorf("the norms of %s are 0, and no other weight with two or more axes reaches the loss: %w", quoted(zero), ErrNothingToTune)
	case p.byName():
		return fmt.Errorf("%s and %s leave no weight with two or more axes that reaches the loss: %w", p.opt.called("Params"), p.opt.called("Freeze"), ErrNothingToTune)
	}
	return fmt.Errorf("no weight with two or more axes reaches the loss%s: %w", p.whyNone(), ErrNothingToTune)
}

// whyNone says, behind "; ", why no weight reaches the output. It is "" if nothing is known of it.
func (p *Problem) whyNone() string {
	stops := p.stops()
	switch {
	case len(stops) > 0:
		return fmt.Sprintf("; %v: %s", stops[0], p.opt.advice(stops[0].nodes[0]))
	case storesWeights(p.model):
		return ""
	case storesQuantized(p.model):
		return "; the weights are stored as whole numbers, which cannot be rescaled: export the model before it is quantized"
	}
	return "; the file stores no weights: if they are inputs, export the model with them (PyTorch: export_params=True)"
}

// byName reports whether Params or Freeze made a constant of what reaches the loss.
func (p *Problem) byName() bool {
	return slices.ContainsFunc(p.parameters, func(par *Parameter) bool {
		return par.Reason == p.opt.frozen() || par.Reason == p.opt.notNamed()
	})
}

// storesQuantized reports whether the main graph has an initializer with two axes or more whose elements are whole numbers
// of 8 bits or less.
func storesQuantized(m *onnxio.Model) bool {
	return slices.ContainsFunc(m.Tensors, func(t *onnxio.Tensor) bool {
		switch t.DataType {
		case onnxio.Int8, onnxio.Uint8, onnxio.Int4, onnxio.Uint4:
			return t.Place == onnxio.Initializer && len(t.Shape) > 1
		}
		return false
	})
}

// quoted lists names: the first three, and how many more there are.
func quoted(names []string) string {
	const shown = 3
	list := make([]string, 0, shown)
	for _, name := range names[:min(len(names), shown)] {
		list = append(list, fmt.Sprintf("%q", name))
	}
	text := strings.Join(list, ", ")
	if more := len(names) - len(list); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
