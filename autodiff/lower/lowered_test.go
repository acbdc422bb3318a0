package lower

import (
	"slices"
	"strings"
	"testing"
)

// TestStop names the operation at which derivatives by w end: one that all paths lead through, before one that has a way
// around it; the first of several in a row; none where a differentiable path leads to the output, or none at all.
func TestStop(t *testing.T) {
	w := initializer("w", float32Type, []int64{3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	scale := initializer("s", float32Type, nil, 0.5)
	for _, c := range []struct {
		name  string
		nodes []part
		want  string
	}{
		{"in a row", []part{node("Sign", "w", "a"), node("MatMul", "x,a", "b"), node("Round", "b", "y")}, `Sign (node "a")`},
		{"around a mask", []part{
			node("MatMul", "x,w", "h"), node("Greater", "h,s", "open"), node("Where", "open,h,s", "k"), node("Floor", "k", "y"),
		}, `Floor (node "y")`},
		{"two branches", []part{
			node("MatMul", "x,w", "h"), node("Ceil", "h", "a"), node("Sign", "h", "b"), node("Add", "a,b", "y"),
		}, `Sign (node "b")`},
		{"whole numbers", []part{
			node("MatMul", "x,w", "h"), node("Cast", "h", "i", intAttribute("to", int64(int64Type))), node("Cast", "i", "f", intAttribute("to", int64(float32Type))), node("Add", "f,s", "y"),
		}, `Cast (node "i")`},
		{"inside a condition", []part{
			node("LeakyRelu", "w", "v"),
			node("If", "true", "u", graphAttribute("then_branch", branch("d", nodeOf("QuantizeLinear", "v,s", "q"), nodeOf("DequantizeLinear", "q,s", "d"))),
				graphAttribute("else_branch", branch("e", nodeOf("Identity", "v", "e")))),
			node("Equal", "s,s", "true"), node("MatMul", "x,u", "y"),
		}, `QuantizeLinear (node "q")`},
		{"only the shape", []part{node("Shape", "w", "n"), node("Reshape", "x,n", "y")}, ""},
		{"not stopped", []part{node("MatMul", "x,w", "h"), node("LeakyRelu", "h", "k"), node("Sign", "h", "l"), node("Add", "k,l", "y")}, ""},
	} {
		m := mustImport(t, model(t, 17, append([]part{input("x", float32Type, 3, 3), w, scale, output("y")}, c.nodes...)...), Options{})
		got := ""
		for _, stored := range m.Weights {
			if l := m.Stop(m.Outputs[0].Node, stored.Node); l != nil {
				got = l.String()
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestRounds: what makes steps of what flows through it, whatever its domain, and what of it another operator turns back.
func TestRounds(t *testing.T) {
	for operator, want := range map[string]struct{ rounds, quantizes bool }{
		"Floor x":                                {true, false},
		"Greater x,s":                            {false, false},
		"Exp x":                                  {false, false},
		"ai.onnx.ml:Binarizer x":                 {true, false},
		"QuantizeLinear x,s":                     {true, true},
		"com.microsoft:QuantizeLinear x,s":       {true, true},
		"DynamicQuantizeLinear x":                {true, true},
		"com.microsoft:DequantizeLinear bytes,s": {false, false},
	} {
		name, inputs, _ := strings.Cut(operator, " ")
		m := mustImport(t, model(t, 21, input("x", float32Type, 2, 2), initializer("s", float32Type, nil, 0.5),
			input("bytes", uint8Type, 2, 2), node(name, inputs, "y"), output("y")), Options{Outputs: []string{"y"}})
		if l := m.Operations[0]; l.Rounds != want.rounds || l.Quantizes != want.quantizes {
			t.Errorf("%s: rounds %v, quantizes %v, want %v", name, l.Rounds, l.Quantizes, want)
		}
	}
}

// TestStraightThrough: a pair is the very node before it, whatever lies between; what is no pair rounds.
func TestStraightThrough(t *testing.T) {
	for _, c := range []struct {
		name  string
		nodes []part
		pairs int
	}{
		{"next to each other", []part{node("QuantizeLinear", "w,s", "q"), node("DequantizeLinear", "q,s", "v")}, 1},
		{"zero point of zeros", []part{node("QuantizeLinear", "w,s,z", "q"), node("DequantizeLinear", "q,s", "v")}, 1},
		{"for each row", []part{node("QuantizeLinear", "w,rows", "q", intAttribute("axis", 0)), node("DequantizeLinear", "q,rows", "v", intAttribute("axis", 0))}, 1},
		{"equal scales", []part{node("QuantizeLinear", "w,rows", "q", intAttribute("axis", 0)), node("DequantizeLinear", "q,equal", "v", intAttribute("axis", 0))}, 1},
		{"float8", []part{node("QuantizeLinear", "w,s", "q", intAttribute("output_dtype", 17)), node("DequantizeLinear", "q,s", "v")}, 1},
		{"found at run time", []part{node("DynamicQuantizeLinear", "w", "q,qs,qz"), node("DequantizeLinear", "q,qs,qz", "v")}, 1},
		{"twice", []part{
			node("QuantizeLinear", "w,s", "q"), node("DequantizeLinear", "q,s", "u"), node("QuantizeLinear", "u,t", "r"), node("DequantizeLinear", "r,t", "v"),
		}, 2},
		{"clipped, converted, moved there and back", []part{
			node("QuantizeLinear", "w,s,z", "q"), node("Clip", "q", "a"), node("Cast", "a", "b", intAttribute("to", 6)), node("Transpose", "b", "c"), node("Transpose", "c", "d"),
			node("Cast", "d", "e", intAttribute("to", 2)), node("DequantizeLinear", "e,s,z", "v"),
		}, 1},
		{"other scale", []part{node("QuantizeLinear", "w,s", "q"), node("DequantizeLinear", "q,t", "v")}, 0},
		{"other zero point", []part{node("QuantizeLinear", "w,s", "q"), node("DequantizeLinear", "q,s,one", "v")}, 0},
		{"computed with", []part{node("QuantizeLinear", "w,s", "q"), node("Add", "q,z", "r"), node("DequantizeLinear", "r,s", "v")}, 0},
	} {
		parts := append([]part{
			input("x", float32Type, 2, 2), output("y"), initializer("w", float32Type, []int64{2, 2}, 1, 2, 3, 4),
			initializer("s", float32Type, nil, 0.5), initializer("t", float32Type, nil, 0.25), initializer("0", float32Type, nil, 0), initializer("1", float32Type, nil, 1),
			node("Cast", "0", "z", intAttribute("to", 2)), node("Cast", "1", "one", intAttribute("to", 2)),
			initializer("rows", float32Type, []int64{2}, 0.5, 0.25), initializer("equal", float32Type, []int64{2}, 0.5, 0.25),
			node("MatMul", "x,v", "y"),
		}, c.nodes...)
		for _, straight := range []bool{true, false} {
			m := mustImport(t, model(t, 19, parts...), Options{StraightThrough: straight})
			w := m.Weights[slices.IndexFunc(m.Weights, func(w *Weight) bool { return w.Name == "w" })]
			direct := slices.Contains(m.Outputs[0].Node.Operands(), w.Node)
			if direct != (straight && c.pairs > 0) {
				t.Errorf("%s, straight through %v: the product is of the weight itself: %v", c.name, straight, direct)
			}
			if want := c.pairs; m.Pairs != want && straight || m.Pairs != 0 && !straight {
				t.Errorf("%s, straight through %v: %d pairs, want %d", c.name, straight, m.Pairs, want)
			}
		}
	}
}
