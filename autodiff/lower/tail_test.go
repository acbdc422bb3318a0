package lower

import (
	"slices"
	"testing"
)

// TestTail: what a graph ends in, also behind operators that only move elements. The input is x of shape [2 3 4].
func TestTail(t *testing.T) {
	shape := func(name string, sizes ...float64) part {
		return initializer(name, int64Type, []int64{int64(len(sizes))}, sizes...)
	}
	bound := func(name string, v float64) part { return initializer(name, float32Type, nil, v) }
	last, middle := node("Softmax", "x", "s"), node("Softmax", "x", "s", intAttribute("axis", 1))
	sigmoid := node("Sigmoid", "x", "s")
	for _, c := range []struct {
		name  string
		opset int64
		nodes []part
		tail  string
		axis  int
		shape []int // of the logits
		apart bool
	}{
		{"Softmax", 17, []part{node("Softmax", "x", "y", intAttribute("axis", 1))}, "Softmax", 1, []int{2, 3, 4}, false},
		{"Identity", 17, []part{last, node("Identity", "s", "y")}, "Softmax", 2, []int{2, 3, 4}, false},
		{"LogSoftmax", 17, []part{node("LogSoftmax", "x", "y")}, "LogSoftmax", 2, []int{2, 3, 4}, false},
		{"Log of Softmax", 17, []part{last, node("Log", "s", "y")}, "LogSoftmax", 2, []int{2, 3, 4}, false},
		{"Log of what was turned", 17, []part{last, node("Transpose", "s", "p"), node("Log", "p", "y")}, "LogSoftmax", 0, []int{4, 3, 2}, false},
		{"Sigmoid", 17, []part{node("Sigmoid", "x", "y")}, "Sigmoid", 0, []int{2, 3, 4}, false},
		{"old Softmax of the last axis", 11, []part{node("Softmax", "x", "y", intAttribute("axis", 2))}, "Softmax", 2, []int{2, 3, 4}, false},
		{"old Softmax of two axes", 11, []part{node("Softmax", "x", "y")}, "", 0, nil, false},
		{"inside", 17, []part{last, node("Relu", "s", "y")}, "", 0, nil, false},

		{"Transpose", 17, []part{middle, node("Transpose", "s", "y", intsAttribute("perm", 1, 0, 2))}, "Softmax", 0, []int{3, 2, 4}, false},
		{"Reshape of other axes", 17, []part{last, shape("to", -1, 4), node("Reshape", "s,to", "y")}, "Softmax", 1, []int{6, 4}, false},
		{"Reshape that splits the classes", 17, []part{last, shape("to", 2, 3, 2, 2), node("Reshape", "s,to", "y")}, "Softmax", 2, []int{2, 3, 4}, true},
		{"Reshape that joins the classes", 17, []part{last, shape("to", 2, 12), node("Reshape", "s,to", "p"), node("Transpose", "p", "y")}, "Softmax", 2, []int{2, 3, 4}, true},
		{"Flatten", 17, []part{last, node("Flatten", "s", "y", intAttribute("axis", 2))}, "Softmax", 1, []int{6, 4}, false},
		{"Unsqueeze and Squeeze", 17, []part{middle, shape("one", 1), node("Unsqueeze", "s,one", "u"), node("Squeeze", "u,one", "y")}, "Softmax", 1, []int{2, 3, 4}, false},
		{"Unsqueeze", 17, []part{middle, shape("one", 0, 4), node("Unsqueeze", "s,one", "y")}, "Softmax", 2, []int{1, 2, 3, 4, 1}, false},
		{"Sigmoid, Flatten, Transpose", 17, []part{sigmoid, node("Flatten", "s", "f"), node("Transpose", "f", "y")}, "Sigmoid", 0, []int{12, 2}, false},
		{"Slice of all", 17, []part{last, shape("lo", 0), shape("hi", 1<<40), node("Slice", "s,lo,hi", "y")}, "Softmax", 2, []int{2, 3, 4}, false},
		{"Slice of some places", 17, []part{last, shape("lo", 1), shape("hi", 2), node("Slice", "s,lo,hi", "y")}, "Softmax", 2, []int{1, 3, 4}, false},
		{"Slice of some classes", 17, []part{last, shape("lo", 1), shape("hi", 2), shape("axis", -1), node("Slice", "s,lo,hi,axis", "y")}, "", 0, nil, false},
		{"Slice of some probabilities", 17, []part{sigmoid, shape("lo", 1), shape("hi", 2), shape("axis", -1), node("Slice", "s,lo,hi,axis", "y")}, "Sigmoid", 0, []int{2, 3, 1}, false},
		{"Gather of a place", 17, []part{last, initializer("at", int64Type, nil, 1), node("Gather", "s,at", "y", intAttribute("axis", 1))}, "Softmax", 1, []int{2, 4}, false},
		{"Gather of a class", 17, []part{last, initializer("at", int64Type, nil, 1), node("Gather", "s,at", "y", intAttribute("axis", 2))}, "", 0, nil, false},
		{"Clip to 0 and 1", 17, []part{sigmoid, bound("lo", 0), bound("hi", 1), node("Clip", "s,lo,hi", "y")}, "Sigmoid", 0, []int{2, 3, 4}, false},
		{"Clip from below", 17, []part{last, bound("lo", 1e-7), node("Clip", "s,lo", "y")}, "Softmax", 2, []int{2, 3, 4}, false},
		{"Clip that changes something", 17, []part{sigmoid, bound("lo", 0.1), bound("hi", 0.9), node("Clip", "s,lo,hi", "y")}, "", 0, nil, false},
		{"Log of a Clip that changes something", 17, []part{last, bound("lo", 1e-7), node("Clip", "s,lo", "p"), node("Log", "p", "y")}, "", 0, nil, false},
		{"Softmax of several operators", 17, []part{node("Exp", "x", "e"), shape("axis", 1), node("ReduceSum", "e,axis", "s"), node("Div", "e,s", "y")}, "Softmax", 1, []int{2, 3, 4}, false},
		{"Softmax of several operators, shifted", 17, []part{node("ReduceMax", "x", "m", intsAttribute("axes", 2)), node("Sub", "x,m", "d"), node("Exp", "d", "e"), shape("axis", -1),
			node("ReduceSum", "e,axis", "s"), node("Div", "e,s", "q"), node("Transpose", "q", "y")}, "Softmax", 0, []int{4, 3, 2}, false},
		{"Exp over another sum", 17, []part{node("Exp", "x", "e"), shape("axis", 1), node("ReduceSum", "x,axis", "s"), node("Div", "e,s", "y")}, "", 0, nil, false},
		{"Exp over a sum of two axes", 17, []part{node("Exp", "x", "e"), shape("axis", 1, 2), node("ReduceSum", "e,axis", "s"), node("Div", "e,s", "y")}, "", 0, nil, false},
		{"mean of one", 17, []part{middle, shape("one", 1), node("Unsqueeze", "s,one", "u"), node("ReduceMean", "u", "y", intsAttribute("axes", 1), intAttribute("keepdims", 0))}, "Softmax", 1, []int{2, 3, 4}, false},
		{"Concat of two", 17, []part{middle, node("Softmax", "z", "r", intAttribute("axis", 1)), node("Concat", "s,r", "y", intAttribute("axis", 2))}, "Softmax", 1, []int{2, 3, 9}, false},
		{"Concat of classes", 17, []part{node("Softmax", "x", "s"), node("Softmax", "z", "r"), node("Concat", "s,r", "y", intAttribute("axis", 2))}, "", 0, nil, false},
		{"Concat of probabilities", 17, []part{sigmoid, node("Sigmoid", "z", "r"), node("Concat", "s,r", "y", intAttribute("axis", 2))}, "Sigmoid", 0, []int{2, 3, 9}, false},
		{"Concat of a Sigmoid and values", 17, []part{sigmoid, node("Concat", "s,z", "y", intAttribute("axis", 2))}, "", 0, nil, false},
		{"GatherElements of probabilities", 17, []part{sigmoid, initializer("at", int64Type, []int64{2, 1, 4}, 0, 1, 2, 0, 1, 2, 0, 1), node("GatherElements", "s,at", "y", intAttribute("axis", 1))}, "Sigmoid", 0, []int{2, 1, 4}, false},
		{"GatherElements of classes", 17, []part{middle, initializer("at", int64Type, []int64{2, 1, 4}, 0, 1, 2, 0, 1, 2, 0, 1), node("GatherElements", "s,at", "y", intAttribute("axis", 1))}, "", 0, nil, false},
		{"mean of several", 17, []part{middle, node("ReduceMean", "s", "y", intsAttribute("axes", 2))}, "", 0, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := mustImport(t, model(t, c.opset, append(c.nodes, input("x", float32Type, 2, 3, 4), input("z", float32Type, 2, 3, 5), output("y"))...), Options{})
			o := m.Outputs[0]
			if o.Tail != c.tail || o.Axis != c.axis || o.Apart != c.apart || (o.Tail != "") != (o.Logits != nil) {
				t.Fatalf("tail %q of axis %d, logits %v, apart %v; want %q of axis %d, apart %v", o.Tail, o.Axis, o.Logits, o.Apart, c.tail, c.axis, c.apart)
			}
			if o.Logits == nil {
				return
			}
			if !slices.Equal(o.Logits.Shape(), c.shape) {
				t.Errorf("logits of shape %v, want %v", o.Logits.Shape(), c.shape)
			}
			if !o.Apart && !slices.Equal(o.Logits.Shape(), o.Shape) {
				t.Errorf("logits of shape %v, the output has %v", o.Logits.Shape(), o.Shape)
			}
		})
	}
}
