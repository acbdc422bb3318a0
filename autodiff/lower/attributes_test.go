package lower

import (
	"strings"
	"testing"
)

// TestUnreadAttributes: an attribute that no lowering reads is an error that names it, unless it has no effect.
func TestUnreadAttributes(t *testing.T) {
	x := input("x", float32Type, 2, 3)
	for _, c := range []struct {
		name  string
		parts []part
		err   string
	}{
		{"unknown", []part{node("Relu", "x", "y", floatAttribute("alpha", 0.1))}, `node "y": Relu (opset 17) of FLOAT[2 3]: attribute "alpha" is not supported`},
		{"misspelled", []part{node("ReduceSum", "x", "y", intAttribute("keep_dims", 0))}, `"keep_dims"`},
		{"of an older version", []part{node("Add", "x,x", "y", intAttribute("broadcast", 1))}, `"broadcast"`},
		{"of a stash", []part{initializer("s", float32Type, []int64{3}, 1, 1, 1), node("SimplifiedLayerNormalization", "x,s", "y", intAttribute("stash_type", 1), intAttribute("axis", -1))}, ""},
		{"of a constant", []part{node("Constant", "", "c", intAttribute("value_int", 1), intAttribute("dims", 1)), node("Add", "x,c", "y")}, `"dims"`},
		{"in a body", []part{truth("yes", 1), node("If", "yes", "y",
			graphAttribute("then_branch", subgraphOf("", "b", nodeOf("Relu", "x", "b", floatAttribute("alpha", 0.1)))),
			graphAttribute("else_branch", subgraphOf("", "b", nodeOf("Relu", "x", "b"))))}, `"alpha"`},
		{"of the operator of another domain", []part{initializer("s", float32Type, nil, 1),
			node("com.microsoft:QuantizeLinear", "x,s", "y", intAttribute("precision", 1))}, `com.microsoft:QuantizeLinear (opset 1) of FLOAT[2 3], FLOAT[]: attribute "precision"`},
		{"of the operator of ONNX", []part{initializer("s", float32Type, nil, 1), node("QuantizeLinear", "x,s", "y", intAttribute("precision", 1))}, ""},
		{"seed", []part{node("Dropout", "x", "y", intAttribute("seed", 3))}, ""},
		{"branch not taken", []part{truth("yes", 1), node("If", "yes", "y",
			graphAttribute("then_branch", subgraphOf("", "b", nodeOf("Relu", "x", "b"))),
			graphAttribute("else_branch", subgraphOf("", "b", nodeOf("Relu", "x", "b", floatAttribute("alpha", 0.1)))))}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Import(model(t, 17, append(c.parts, x, output("y"))...), Options{})
			switch {
			case c.err == "" && err != nil:
				t.Error(err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
}

// TestOutdated: what is not understood of an opset before the 7th says what to do, and nothing else does.
func TestOutdated(t *testing.T) {
	const hint = "opset 6 is older than 7: convert the model with onnx.version_converter"
	for _, operator := range []string{"Relu", "GRUUnit"} {
		for opset, want := range map[int64]bool{6: true, 7: false} {
			_, err := Import(model(t, opset, input("x", float32Type, 2, 3), node(operator, "x", "y", floatAttribute("slope", 0.1)), output("y")), Options{})
			if err == nil || strings.Contains(err.Error(), hint) != want {
				t.Errorf("%s of opset %d: %v", operator, opset, err)
			}
		}
	}
}
