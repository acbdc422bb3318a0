package lower

import (
	"testing"

	"onnx-metainit/onnxio/onnxpb"
)

// Arguments tell which parameter a tensor is that the exporter stored for several.
func TestSignature(t *testing.T) {
	property := func(key, value string) []*onnxpb.StringStringEntryProto {
		return []*onnxpb.StringStringEntryProto{{Key: &key, Value: &value}}
	}
	call := func(args string) *onnxpb.NodeProto {
		return &onnxpb.NodeProto{MetadataProps: property("pkg.torch.onnx.fx_node", "%y : [num_users=1] = call_function[target=f](args = ("+args+"), kwargs = {})")}
	}
	name := func(s string) *string { return &s }
	s := readSignature(&onnxpb.GraphProto{
		MetadataProps: property("pkg.torch.export.ExportedProgram.graph_signature",
			"\n# inputs\np_a_weight: PARAMETER target='a.weight'\np_a_bias: PARAMETER target='a.bias'\np_b_weight: PARAMETER target='b.weight'\nb_mask: BUFFER target='mask' persistent=True\nx: USER_INPUT\n"),
		Node:        []*onnxpb.NodeProto{call("%x, %p_a_weight, %p_a_bias")},
		Initializer: []*onnxpb.TensorProto{{Name: name("a.bias")}, {Name: name("val_0")}, {Name: name("ones")}},
		ValueInfo: []*onnxpb.ValueInfoProto{
			{Name: name("val_0"), MetadataProps: property("pkg.onnxscript.optimizer.folded_from", "['a.weight']")},
			{Name: name("ones"), MetadataProps: property("pkg.onnxscript.optimizer.folded_from", "['val_5', 'x']")},
		},
	})
	for _, c := range []struct{ tensor, args, want string }{
		{"val_0", "%x, %p_a_weight, %p_a_bias", "val_0"},
		{"val_0", "%x, %p_b_weight, %p_a_bias", "b.weight"},
		{"a.bias", "%x, %p_b_weight, %p_a_bias", "a.bias"},
		{"a.bias", "%x, [6], None, None", ""},
		{"a.bias", "%x, %b_mask", ""},
		{"a.bias", "%x, %view_1", "a.bias"},
	} {
		if got, ok := s.parameter(c.tensor, arguments(call(c.args))); got != c.want || !ok {
			t.Errorf("%s in f(%s) is %q, %v, expected %q", c.tensor, c.args, got, ok, c.want)
		}
	}
	for tensor, want := range map[string]string{"a.bias": "", "val_0": "", "ones": codeMade, "mask": "a buffer of the module", "unknown": ""} {
		if got := s.untrained(tensor); got != want {
			t.Errorf("%s: %q, expected %q", tensor, got, want)
		}
	}
	if _, ok := (signature{}).parameter("a", []string{"x"}); ok {
		t.Error("an empty signature tells of a parameter")
	}
}

// What the module holds beside its parameters are constants; they are the parameters if the file has no other.
func TestSignatureOfConstants(t *testing.T) {
	key := "pkg.torch.export.ExportedProgram.graph_signature"
	text := "c_table: CONSTANT_TENSOR target='table'\np_w: PARAMETER target='w'\nb_mask: BUFFER target='m'\n"
	for stored, want := range map[string]string{"w": "a tensor that the module holds beside its parameters", "m": "", "table": ""} {
		s := readSignature(&onnxpb.GraphProto{
			MetadataProps: []*onnxpb.StringStringEntryProto{{Key: &key, Value: &text}},
			Initializer:   []*onnxpb.TensorProto{{Name: &stored}},
		})
		if got := s.untrained("table"); got != want {
			t.Errorf("with %q stored: %q, expected %q", stored, got, want)
		}
	}
}
