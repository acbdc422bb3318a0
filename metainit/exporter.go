package metainit

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio/onnxpb"
)

// exporterWarnings names the weights of a PyTorch export that the training script does not have, since the exporter computed them
// from others, and says how to export the model without that: a sentence for each of the two exporters.
//
// The older one, TorchScript, names what it folds after the operator that uses it, "onnx::Conv_193"; first versions by the
// number alone. The newer one, dynamo, names it "val_12"; convolutions with batch normalization keep their names, and the
// node tells of the rule that made it.
func (p *Problem) exporterWarnings() []string {
	if p.model.Proto.GetProducerName() != "pytorch" {
		return nil
	}
	var script, dynamo []string
	conv := false
	for _, par := range p.rescaled() {
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
	var list []string
	warn := func(what []string, call string) {
		if len(what) > 0 {
			list = append(list, fmt.Sprintf("PyTorch's exporter %s: torch.onnx.export(..., %s keeps names and batch normalization", strings.Join(what, ", and "), call))
		}
	}
	warn(folded(script, conv), "do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE) of a model in eval()")
	warn(folded(dynamo, slices.ContainsFunc(p.model.Proto.GetGraph().GetNode(), fusesBatchNorm)), "dynamo=True, optimize=False)")
	return list
}

// folded says what an exporter did.
func folded(made []string, batchNorm bool) []string {
	var list []string
	if len(made) > 0 {
		list = append(list, fmt.Sprintf("made %s of other tensors and named them itself", quoted(made)))
	}
	if batchNorm {
		list = append(list, "folded batch normalization into convolutions")
	}
	return list
}

// fusesBatchNorm reports whether a rule of onnxscript's optimizer, which the dynamo exporter runs, made the node of one and
// a batch normalization behind it.
func fusesBatchNorm(n *onnxpb.NodeProto) bool {
	return slices.ContainsFunc(n.GetMetadataProps(), func(e *onnxpb.StringStringEntryProto) bool {
		return e.GetKey() == "pkg.onnxscript.rewriter.rule_name" && strings.HasPrefix(e.GetValue(), "FuseBatchNorm")
	})
}

// filled reports whether the dynamo exporter names after its own values what holds one number everywhere: "ones_like_2" of
// the program's code, or "val_7" where an operator asks for a scale and bias and the module has none. A parameter that the
// exporter reshaped is a "val_" too, but never where the operator itself takes it as it is.
func filled(name string, kinds lower.Kind) bool {
	kind, number := cutNumber(name)
	if kind == "val_" && number != "" {
		return kinds == lower.Affine
	}
	return slices.Contains(fillers, strings.TrimSuffix(kind, "_"))
}

// fillers are PyTorch's functions that fill a tensor with one number.
var fillers = []string{"full", "full_like", "new_full", "new_ones", "new_zeros", "ones", "ones_like", "zeros", "zeros_like"}

// cutNumber returns a name without the digits at its end, and those.
func cutNumber(name string) (rest, number string) {
	rest = strings.TrimRight(name, "0123456789")
	return rest, name[len(rest):]
}
