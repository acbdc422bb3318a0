package lower

import (
	"strings"

	"onnx-metainit/onnxio/onnxpb"
)

// signature is what PyTorch's dynamo exporter says of the tensors that it stores: in the metadata of the graph, which are
// parameters of the module and which are buffers, that is, part of it but not trained; in that of a value, which tensors its
// optimizer computed it of.
type signature struct {
	kinds map[string]string   // PARAMETER, BUFFER or CONSTANT_TENSOR by the tensor's name in the module
	of    map[string][]string // the tensors that a tensor was folded of
}

// readSignature reads the lines p_fc_weight: PARAMETER target='fc.weight'. A graph without them has a signature that knows
// nothing.
func readSignature(g *onnxpb.GraphProto) signature {
	s := signature{kinds: make(map[string]string), of: make(map[string][]string)}
	for line := range strings.Lines(property(g.GetMetadataProps(), "pkg.torch.export.ExportedProgram.graph_signature")) {
		_, rest, ok := strings.Cut(line, ": ")
		kind, target, targeted := strings.Cut(rest, " target='")
		if name, _, closed := strings.Cut(target, "'"); ok && targeted && closed {
			s.kinds[name] = kind
		}
	}
	if len(s.kinds) == 0 {
		return s
	}
	for _, v := range g.GetValueInfo() {
		if list := listed(property(v.GetMetadataProps(), "pkg.onnxscript.optimizer.folded_from")); len(list) > 0 {
			s.of[v.GetName()] = list
		}
	}
	return s
}

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
		return "made of numbers in the program's code"
	}
	return ""
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
