package lower

import "testing"

func TestSequences(t *testing.T) {
	two := initializer("v", float32Type, []int64{3}, 10, 20, 30)
	pair := node("SequenceConstruct", "x,v", "s")
	add := graphAttribute("body", subgraphOf("e,f", "o", nodeOf("Add", "e,f", "o")))
	for _, c := range []expectation{
		{"at", 17, []part{two, pair, whole64("i", 1), node("SequenceAt", "s,i", "y")}, []float64{10, 20, 30}, ""},
		{"at, from the end", 17, []part{two, pair, whole64("i", -2), node("SequenceAt", "s,i", "y")}, []float64{1, 2, 3}, ""},
		{"at, outside", 17, []part{two, pair, whole64("i", 2), node("SequenceAt", "s,i", "y")}, nil, "position 2 is outside the 2"},
		{"insert at the end", 17, []part{two, pair, node("SequenceInsert", "s,x", "t"), node("ConcatFromSequence", "t", "y", intAttribute("axis", 0))},
			[]float64{1, 2, 3, 10, 20, 30, 1, 2, 3}, ""},
		{"insert at a place", 17, []part{two, whole64("i", -1), pair, node("SequenceInsert", "s,v,i", "t"), node("ConcatFromSequence", "t", "y", intAttribute("axis", 0))},
			[]float64{1, 2, 3, 10, 20, 30, 10, 20, 30}, ""},
		{"insert leaves the first", 17, []part{two, pair, node("SequenceInsert", "s,x", "t"), node("SequenceInsert", "s,v", "u"), whole64("i", -1), node("SequenceAt", "t,i", "y")},
			[]float64{1, 2, 3}, ""},
		{"erase", 17, []part{two, pair, node("SequenceErase", "s", "t"), node("ConcatFromSequence", "t", "y", intAttribute("axis", 0))}, []float64{1, 2, 3}, ""},
		{"erase the first", 17, []part{two, whole64("i", 0), pair, node("SequenceErase", "s,i", "t"), node("ConcatFromSequence", "t", "y", intAttribute("axis", 0))},
			[]float64{10, 20, 30}, ""},
		{"length", 17, []part{two, pair, node("SequenceLength", "s", "n"), node("Cast", "n", "y", intAttribute("to", 1))}, []float64{2}, ""},
		{"empty", 17, []part{node("SequenceEmpty", "", "s"), node("SequenceInsert", "s,x", "t"), whole64("i", 0), node("SequenceAt", "t,i", "y")}, []float64{1, 2, 3}, ""},
		{"joined along a new axis", 17, []part{two, pair, node("ConcatFromSequence", "s", "y", intAttribute("axis", -1), intAttribute("new_axis", 1))},
			[]float64{1, 10, 2, 20, 3, 30}, ""},
		{"nothing to join", 17, []part{node("SequenceEmpty", "", "s"), node("ConcatFromSequence", "s", "y", intAttribute("axis", 0))}, nil, "no elements to join"},
		{"split", 17, []part{node("SplitToSequence", "xx", "s", intAttribute("keepdims", 0)), whole64("i", 1), node("SequenceAt", "s,i", "y")}, []float64{3, 4}, ""},
		{"split along an axis", 17, []part{node("SplitToSequence", "xx", "s", intAttribute("axis", 1)), whole64("i", 1), node("SequenceAt", "s,i", "y")}, []float64{2, 4, 6}, ""},
		{"split into equal parts", 17, []part{whole64("p", 2), node("SplitToSequence", "xx,p", "s"), whole64("i", 1), node("SequenceAt", "s,i", "y")}, []float64{5, 6}, ""},
		{"split into parts", 17, []part{initializer("p", int64Type, []int64{2}, 1, 2), node("SplitToSequence", "xx,p", "s"), whole64("i", 1), node("SequenceAt", "s,i", "y")},
			[]float64{3, 4, 5, 6}, ""},
		{"split into parts that do not fit", 17, []part{initializer("p", int64Type, []int64{2}, 1, 1), node("SplitToSequence", "xx,p", "s"), whole64("i", 1), node("SequenceAt", "s,i", "y")},
			nil, "do not fill axis 0"},
		{"map", 17, []part{two, pair, node("SequenceMap", "s,x", "t", add), node("ConcatFromSequence", "t", "y", intAttribute("axis", 0))}, []float64{2, 4, 6, 11, 22, 33}, ""},
		{"map of two", 17, []part{two, pair, node("SequenceMap", "s,s", "t", add), node("ConcatFromSequence", "t", "y", intAttribute("axis", 0))}, []float64{2, 4, 6, 20, 40, 60}, ""},
		{"grown by a loop", 17, []part{whole64("n", 2), node("SequenceEmpty", "", "s"),
			node("Loop", "n,,s,x", "t,v", graphAttribute("body", subgraphOf("k,go,q,u", "go,r,w", nodeOf("Add", "u,u", "w"), nodeOf("SequenceInsert", "q,w", "r")))),
			node("ConcatFromSequence", "t", "y", intAttribute("axis", 0))}, []float64{2, 4, 6, 4, 8, 12}, ""},
		{"handed on", 17, []part{two, pair, node("Identity", "s", "t"), truth("c", 1), node("If", "c", "u",
			graphAttribute("then_branch", branch("t")), graphAttribute("else_branch", branch("s"))), whole64("i", 0), node("SequenceAt", "u,i", "y")}, []float64{1, 2, 3}, ""},
		{"as a tensor", 17, []part{two, pair, node("Relu", "s", "y")}, nil, `input 0 is a sequence of 2 FLOAT tensors, expected a tensor`},
		{"as a result", 17, []part{two, node("SequenceConstruct", "x,v", "y")}, nil, `output "y" is a sequence of 2 FLOAT tensors, expected a tensor`},
		{"of a tensor", 17, []part{node("SequenceLength", "x", "y")}, nil, "input 0 is no sequence"},
		{"optional", 17, []part{node("Optional", "x", "o"), node("OptionalHasElement", "o", "c"), node("If", "c", "y",
			graphAttribute("then_branch", branch("g", nodeOf("OptionalGetElement", "o", "g"))), graphAttribute("else_branch", branch("x")))}, []float64{1, 2, 3}, ""},
		{"empty optional", 18, []part{node("Optional", "", "o"), node("OptionalHasElement", "o", "c"), node("Cast", "c", "y", intAttribute("to", 1))}, []float64{0}, ""},
		{"element of an empty optional", 18, []part{node("Optional", "", "o"), node("OptionalGetElement", "o", "y")}, nil, "the optional is empty"},
	} {
		t.Run(c.name, c.run)
	}
}
