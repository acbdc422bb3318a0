package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// Warnings says what a run leaves as it is although it holds values, what may undo it, and what it perhaps should not
// tune, a sentence each: initializations in training_info that overwrite weights, sparse initializers, weights that are
// several tensors, Constant nodes of PyTorch's exports, and operator sets newer than those known.
func (p *Problem) Warnings() []string {
	list := []string{}
	weights := map[string]string{} // names and other names of the weights
	for _, par := range p.counted {
		if par.tuned() && par.Tensor.Place == onnxio.Initializer {
			for _, name := range append(slices.Clone(par.Tied), par.Name) {
				weights[name] = par.Name
			}
		}
	}
	for _, o := range p.model.Proto.GetOpsetImport() {
		if d := o.GetDomain(); (d == "" || d == "ai.onnx") && o.GetVersion() > lower.NewestOpset {
			list = append(list, fmt.Sprintf("the model imports opset %d; its operators are taken for those of opset %d, the newest known", o.GetVersion(), lower.NewestOpset))
		}
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
	return slices.Concat(list, p.tieWarnings(), p.literalWarnings())
}
