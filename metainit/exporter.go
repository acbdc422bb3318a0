package metainit

import (
	"fmt"
	"strings"
)

// exporterWarnings says which weights of a PyTorch export have names that no training script knows, since the exporter made
// the tensors itself by folding constants, and how to export the model so that they keep theirs.
func (p *Problem) exporterWarnings() []string {
	if p.model.Proto.GetProducerName() != "pytorch" {
		return nil
	}
	var script, dynamo []string
	conv := false
	for _, par := range p.tuned() {
		kind, number := cutNumber(par.Name)
		switch {
		case number == "":
		case kind == "" || strings.HasPrefix(kind, "onnx::"):
			script = append(script, par.Name)
			conv = conv || kind == "onnx::Conv_"
		case kind == "val_":
			dynamo = append(dynamo, par.Name)
		}
	}
	const made = "PyTorch's exporter made %s of other tensors%s, and their names up: "
	var list []string
	if len(script) > 0 {
		folded := ""
		if conv {
			folded = ", batch normalization folded into convolutions"
		}
		list = append(list, fmt.Sprintf(made+"torch.onnx.export(..., do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE) of a model in eval() keeps them apart", quoted(script), folded))
	}
	if len(dynamo) > 0 {
		list = append(list, fmt.Sprintf(made+"torch.onnx.export(..., dynamo=True, optimize=False) keeps them as they are", quoted(dynamo), ""))
	}
	return list
}

// cutNumber returns a name without the digits at its end, and those.
func cutNumber(name string) (rest, number string) {
	rest = strings.TrimRight(name, "0123456789")
	return rest, name[len(rest):]
}
