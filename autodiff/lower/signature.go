package lower

import (
	"slices"
	"strings"

	"onnx-metainit/onnxio/onnxpb"
)

// signature is what PyTorch's dynamo exporter says of the tensors that it stores: in the metadata of the graph, which are
// parameters of the module and which are buffers, that is, part of it but not trained; in that of a value, which tensors its
// optimizer computed it of.
type signature struct {
	kinds  map[string]string   // PARAMETER, BUFFER or CONSTANT_TENSOR by the tensor's name in the module
	inputs map[string]string   // names in the module by those in the program, p_fc_weight; none if the nodes do not tell their calls
	of     map[string][]string // the tensors that a tensor was folded of
	stored map[string]bool     // the names of the tensors of the file
}

// readSignature reads the lines p_fc_weight: PARAMETER target='fc.weight'. A graph without them has a signature that knows
// nothing.
func readSignature(g *onnxpb.GraphProto) signature {
	s := signature{kinds: make(map[string]string), inputs: make(map[string]string), of: make(map[string][]string), stored: make(map[string]bool)}
	for line := range strings.Lines(property(g.GetMetadataProps(), "pkg.torch.export.ExportedProgram.graph_signature")) {
		input, rest, ok := strings.Cut(line, ": ")
		kind, target, targeted := strings.Cut(rest, " target='")
		if name, _, closed := strings.Cut(target, "'"); ok && targeted && closed {
			s.kinds[name], s.inputs[input] = kind, name
		}
	}
	if len(s.kinds) == 0 {
		return s
	}
	if !slices.ContainsFunc(g.GetNode(), func(n *onnxpb.NodeProto) bool { return len(arguments(n)) > 0 }) {
		clear(s.inputs)
	}
	for _, t := range g.GetInitializer() {
		s.stored[t.GetName()] = true
	}
	for _, v := range g.GetValueInfo() {
		if list := listed(property(v.GetMetadataProps(), "pkg.onnxscript.optimizer.folded_from")); len(list) > 0 {
			s.of[v.GetName()] = list
		}
	}
	if !s.stores("PARAMETER") {
		// So it is of a Keras model on PyTorch, which computes with its parameters behind the exporter's back: they are the constants.
		for name, kind := range s.kinds {
			if kind == "CONSTANT_TENSOR" {
				s.kinds[name] = "PARAMETER"
			}
		}
	}
	return s
}

// stores reports whether a tensor of a kind is in the file, or one that was folded of it.
func (s signature) stores(kind string) bool {
	for name := range s.stored {
		if s.kinds[name] == kind || slices.ContainsFunc(s.of[name], func(source string) bool { return s.kinds[source] == kind }) {
			return true
		}
	}
	return false
}

// codeMade is what a tensor is that the program's code fills with numbers.
const codeMade = "made of numbers in the program's code"

// tells reports whether the file has such metadata.
func (s signature) tells() bool { return len(s.inputs) > 0 }

// untrained says what a tensor is that is no parameter and was not made of one, "" if it is one or nothing is known.
func (s signature) untrained(name string) string {
	switch s.kinds[name] {
	case "BUFFER":
		return "a buffer of the module"
	case "CONSTANT_TENSOR":
		return "a tensor that the module holds beside its parameters"
	case "PARAMETER":
		return ""
	}
	for _, source := range s.of[name] {
		if s.kinds[source] == "PARAMETER" {
			return ""
		}
	}
	if len(s.of[name]) > 0 {
		return codeMade
	}
	return ""
}

// parameter returns which parameter a stored tensor is for a call of the program with such arguments, "" if it is made of numbers
// there; ok is false if nothing is known. The tensor is itself where an argument is, or is what it was folded of; elsewhere
// it stands for an equal one, which the exporter did not store. A call with no argument but one activation takes no parameter.
func (s signature) parameter(name string, arguments []string) (parameter string, ok bool) {
	if !s.tells() || len(arguments) == 0 {
		return "", false
	}
	var others []string
	fixed := len(arguments) == 1
	for _, a := range arguments {
		target, held := s.inputs[a]
		switch {
		case a == name || held && (target == name || slices.Contains(s.of[name], target)):
			return name, true
		case held && s.kinds[target] == "PARAMETER" && !s.stored[target]:
			others = append(others, target)
		case held:
			fixed = !s.stored[target]
		}
	}
	for _, target := range others {
		if lastPart(target) == lastPart(s.origin(name)) {
			return target, true
		}
	}
	switch {
	case len(others) > 0:
		return others[0], true
	case fixed:
		return "", true
	}
	return name, true
}

// origin returns the parameter that a tensor was folded of, its own name if it was not.
func (s signature) origin(name string) string {
	for _, source := range s.of[name] {
		if s.kinds[source] == "PARAMETER" {
			return source
		}
	}
	return name
}

// lastPart returns what a parameter is called in its module: weight, of encoder.0.weight.
func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// arguments returns the names among the arguments of the call in the program that a node comes from: x and p_fc_weight, of
// call_function[target=torch.ops.aten.linear.default](args = (%x, %p_fc_weight), kwargs = {}). A node that the optimizer
// fused of several has none: its tensors come from more than one call.
func arguments(n *onnxpb.NodeProto) []string {
	if strings.Contains(property(n.GetMetadataProps(), "pkg.onnxscript.rewriter.rule_name"), "Fuse") {
		return nil
	}
	_, text, _ := strings.Cut(property(n.GetMetadataProps(), "pkg.torch.onnx.fx_node"), "](args = ")
	var list []string
	for i, part := range strings.Split(text, "%") {
		if end := strings.IndexAny(part, ",)] "); i > 0 && end > 0 {
			list = append(list, part[:end])
		}
	}
	return list
}

// property returns the value of an entry of metadata, "" if there is none.
func property(list []*onnxpb.StringStringEntryProto, key string) string {
	for _, p := range list {
		if p.GetKey() == key {
			return p.GetValue()
		}
	}
	return ""
}

// listed splits a list as Python prints it: ['a', 'b'].
func listed(text string) []string {
	text = strings.Trim(text, "[]")
	if text == "" {
		return nil
	}
	list := strings.Split(text, ", ")
	for i, s := range list {
		list[i] = strings.Trim(s, "'")
	}
	return list
}
