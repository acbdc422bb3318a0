package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// Warnings says what a run leaves as it is although it holds values, what may undo it, and what it perhaps should not
// tune, a sentence each: initializations in training_info that overwrite weights, sparse initializers, weights that are
// all zeros, several tensors, that no gradient reaches, or that only other outputs depend on, quantization, names that an
// exporter made up, Constant nodes of PyTorch's exports, and operator sets newer than those known or older than those that
// runtimes promise to run.
func (p *Problem) Warnings() []string {
	list := []string{}
	weights := map[string]string{} // names and other names of the weights
	for _, par := range p.counted {
		if par.rescaled() && par.Tensor.Place == onnxio.Initializer {
			for _, name := range append(slices.Clone(par.Tied), par.Name) {
				weights[name] = par.Name
			}
		}
	}
	switch opset := opset(p.model.Proto); {
	case opset > lower.NewestOpset:
		list = append(list, fmt.Sprintf("the model imports opset %d; its operators are taken for those of opset %d, the newest known", opset, lower.NewestOpset))
	case opset < lower.OldestOpset:
		list = append(list, fmt.Sprintf("the model is of opset %d, older than %d: what its output is may depend on who reads it; convert it with onnx.version_converter", opset, lower.OldestOpset))
	}
	for i, info := range p.model.Proto.GetTrainingInfo() {
		for _, binding := range info.GetInitializationBinding() {
			if name, ok := weights[binding.GetKey()]; ok {
				list = append(list, fmt.Sprintf("training_info %d initializes %q anew when training begins, which undoes what is tuned; remove this initialization_binding", i, name))
			}
		}
	}
	for _, s := range p.model.Proto.GetGraph().GetSparseInitializer() {
		list = append(list, fmt.Sprintf("the sparse initializer %q is left as it is; store it dense to have it tuned", s.GetValues().GetName()))
	}
	return slices.Concat(list, p.tieWarnings(), p.zeroWarnings(), p.stopWarnings(), p.exporterWarnings(), p.literalWarnings(), p.outputWarnings())
}

// opset returns the version of ONNX's own operators: that of the last import, 1 if there are no imports at all, as before
// they were introduced.
func opset(m *onnxpb.ModelProto) int64 {
	version := int64(lower.OldestOpset) // operators of other domains only
	if len(m.GetOpsetImport()) == 0 {
		version = 1
	}
	for _, o := range m.GetOpsetImport() {
		if d := o.GetDomain(); d == "" || d == "ai.onnx" {
			version = o.GetVersion()
		}
	}
	return version
}

// zeroWarnings names what would be weights if their elements were not all zero.
func (p *Problem) zeroWarnings() []string {
	var zero []string
	for _, par := range p.counted {
		if par.Reason == zeroNorm && len(withoutOnes(par.Shape)) > 1 {
			zero = append(zero, par.Name)
		}
	}
	if len(zero) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("all elements of %s are zero: there is no norm to tune, and no factor changes them", quoted(zero))}
}
