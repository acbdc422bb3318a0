package lower

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// Output is an output of the model, or another tensor of its graph that Options.Outputs names.
type Output struct {
	Name     string
	Shape    []int
	DataType DataType
	Node     *autodiff.Node // nil if Err is not
	Err      error          // why this output, which is not wanted, cannot be lowered

	// A loss of probabilities is better computed from their logits. Tail is the operator that the output ends in, one of the
	// constants, or "" for any other; Logits is what it is applied to, and Axis the axis of the classes in Logits. Operators
	// behind it that only move elements are applied to Logits too, which so have the output's shape. The exception is Apart:
	// the classes are no axis of the output.
	Tail   string
	Logits *autodiff.Node
	Axis   int
	Apart  bool
}

// The values of Output.Tail.
const (
	TailSoftmax    = "Softmax"
	TailLogSoftmax = "LogSoftmax"
	TailSigmoid    = "Sigmoid"
)

func newOutput(name string, v value, err error) *Output {
	o := &Output{Name: name, DataType: v.DataType, Err: err}
	if err != nil {
		return o
	}
	if v.Node == nil {
		o.Err = fmt.Errorf("output %q is a %v, expected a tensor", name, v)
		return o
	}
	o.Node, o.Shape = v.Node, v.Node.Shape()
	if v.tail != nil {
		o.Tail, o.Logits, o.Axis, o.Apart = v.tail.operator, v.tail.logits, v.tail.axis, v.tail.apart
	}
	return o
}

// candidates returns the names of the outputs that one is chosen of if none is named: those of a float type, or of none
// that the file tells.
func candidates(g *onnxpb.GraphProto, naming Naming) ([]string, error) {
	var names, all []string
	for _, o := range g.GetOutput() {
		t := DataType(o.GetType().GetTensorType().GetElemType())
		if isFloat(t) || t == onnxio.Undefined {
			names = append(names, o.GetName())
		}
		all = append(all, o.GetName())
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no output is of a float type (outputs %s): name a tensor of the graph before them (%s)",
			strings.Join(all, ", "), naming.Of("Outputs", decidedBy(g, all), ""))
	}
	return names, nil
}

// decidedBy returns the tensor that a node makes and the first of the outputs is decided by, as classes are by an ArgMax of
// their scores; "" if there is none.
func decidedBy(g *onnxpb.GraphProto, outputs []string) string {
	makers := make(map[string]*onnxpb.NodeProto)
	for _, n := range g.GetNode() {
		for _, name := range n.GetOutput() {
			makers[name] = n
		}
	}
	follow := func(name string) string {
		for range g.GetNode() {
			n := makers[name]
			if len(n.GetInput()) == 0 {
				return ""
			}
			name = n.GetInput()[0]
			switch n.GetOpType() {
			case "Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose":
			case "ArgMax", "ArgMin", "TopK", "Greater", "GreaterOrEqual", "Less", "LessOrEqual":
				if makers[name] != nil {
					return name
				}
				return ""
			default:
				return ""
			}
		}
		return ""
	}
	for _, output := range outputs {
		if name := follow(output); name != "" {
			return name
		}
	}
	return ""
}

// choose returns the position of the output that a model is trained by: the first that weights reach by a differentiable
// path. Weights have two axes at least; where none of those reaches an output, one axis will do. Outputs that no input
// reaches come after those, since what is made of stored numbers alone is stored too: a version, a size. Without any, it is
// the first float tensor that is no stored one; −1 if none can be lowered.
func (b *builder) choose(outputs []*Output, inputs []*Input) int {
	var matrices, vectors, data []*autodiff.Node
	for _, w := range b.used() {
		if vectors = append(vectors, w.Node); w.Node.Rank() > 1 {
			matrices = append(matrices, w.Node)
		}
	}
	for _, in := range inputs {
		data = append(data, in.Node)
	}
	var ends []*autodiff.Node
	var at []int // their positions in outputs
	for i, o := range outputs {
		if o.Err == nil && isFloat(o.DataType) {
			ends, at = append(ends, o.Node), append(at, i)
		}
	}
	if len(ends) == 0 {
		return -1
	}
	made := autodiff.Uses(ends, data)
	best, rank := 0, 0
	byMatrices, byVectors := autodiff.Reached(ends, matrices), autodiff.Reached(ends, vectors)
	for i, y := range ends {
		r := 0
		switch {
		case y.Op() == autodiff.OpVariable || constant(y): // an input, or stored
		case byMatrices[i] && made[i]:
			r = 5
		case byMatrices[i]:
			r = 4
		case byVectors[i] && made[i]:
			r = 3
		case byVectors[i]:
			r = 2
		default:
			r = 1
		}
		if r > rank {
			best, rank = i, r
		}
	}
	return at[best]
}

// checkWanted refuses names that are there twice, and those of nothing that the model computes or has as an output. It says
// what else has such a name; inputs are the names of the graph's.
func (b *body) checkWanted(names, inputs []string) error {
	tensors := b.computed()
	for i, name := range names {
		switch {
		case slices.Contains(names[:i], name):
			return fmt.Errorf("the output %q is named twice", name)
		case tensors[name]:
			continue
		}
		near := b.otherwise(name, inputs)
		if like := alike(tensors, name); near == "" && len(like) > 0 {
			near = "; tensors with such a name are " + strings.Join(like, ", ")
		}
		return fmt.Errorf("output %q is not one of the model's (%s), nor another tensor that a node of its graph makes%s", name, strings.Join(b.outputs, ", "), near)
	}
	return nil
}

// otherwise says, behind ": ", what of that name is no result of a node of the graph; "" if nothing is known of it.
func (b *body) otherwise(name string, inputs []string) string {
	switch {
	case slices.Contains(inputs, name):
		return ": it is an input"
	case b.holds(name) || b.constants[name] != nil:
		return ": it is a stored tensor"
	}
	for _, op := range b.operations {
		for _, a := range op.attributes {
			for _, g := range subgraphs(a.proto) {
				if makes(g, name) {
					return fmt.Sprintf(": it is inside %s (node %q), whose results can be named: %s", op.operator, op.name, strings.Join(op.outputs, ", "))
				}
			}
		}
	}
	return ""
}

// makes reports whether a node of a subgraph, or of one inside it, makes a tensor of that name.
func makes(g *onnxpb.GraphProto, name string) bool {
	return slices.ContainsFunc(g.GetNode(), func(n *onnxpb.NodeProto) bool {
		return slices.Contains(n.GetOutput(), name) || slices.ContainsFunc(n.GetAttribute(), func(a *onnxpb.AttributeProto) bool {
			return slices.ContainsFunc(subgraphs(a), func(inner *onnxpb.GraphProto) bool { return makes(inner, name) })
		})
	})
}

// computed returns the names of the tensors that the graph's nodes make, functions inlined, and of the outputs.
func (b *body) computed() map[string]bool {
	all := make(map[string]bool)
	for _, name := range b.outputs {
		all[name] = true
	}
	for _, op := range b.operations {
		for _, name := range op.outputs {
			all[name] = true
		}
	}
	delete(all, "")
	return all
}

// alike returns some of the names that hold the given one or are held by it, whatever their case, shortest first.
func alike(all map[string]bool, name string) []string {
	const most = 4
	var found []string
	lower := strings.ToLower(name)
	for other := range all {
		if o := strings.ToLower(other); len(lower) > 1 && len(o) > 1 && (strings.Contains(o, lower) || strings.Contains(lower, o)) {
			found = append(found, other)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return found[:min(len(found), most)]
}
