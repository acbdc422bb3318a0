package lower

import (
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// Options say what a model leaves open.
type Options struct {
	// Shapes gives inputs their shapes, by name. A size that the file fixes cannot be changed.
	Shapes map[string][]int

	// Batch is the size of a first axis that the file leaves free; 0 means 32. Other free axes need Shapes.
	Batch int

	// Known gives the elements of inputs that decide shapes (or any others that are to be constants), in row-major
	// order; their shapes are those of Shapes or of the file.
	Known map[string][]float64

	// Output names the graph output that is wanted; "" means the first of a float type.
	Output string
}

// Use says what a model does with an input.
type Use int

const (
	UseData  Use = iota // computes with its values
	UseIndex            // picks rows of a table by it
	UseMask             // asks which elements count
)

// Input is an input of the model that is not an initializer.
type Input struct {
	Name     string
	Shape    []int
	DataType DataType
	Node     *autodiff.Node // a variable; a constant if the elements were given in Options.Known

	Use       Use
	TableRows int // UseIndex: the rows of the smallest table, indices are below
}

// Output is an output of the model.
type Output struct {
	Name     string
	Shape    []int
	DataType DataType
	Node     *autodiff.Node // nil if Err is not
	Err      error          // why this output, which is not the wanted one, cannot be lowered

	// What the output ends in, where a loss is better computed from the value before: Tail is "Softmax", "LogSoftmax" or
	// "Sigmoid", Logits what it is applied to and Axis the axis of the classes. Tail is "" for everything else.
	Tail   string
	Logits *autodiff.Node
	Axis   int
}

// tail is what Output tells of its end.
type tail struct {
	operator string
	logits   *autodiff.Node
	axis     int
}

// Model is a model as a graph.
type Model struct {
	Graph   *autodiff.Graph
	Inputs  []*Input
	Outputs []*Output
	Output  *Output   // the wanted one of Outputs
	Weights []*Weight // in the order of the file
	Unused  []*onnxio.Tensor
	Steps   []*Step // the nodes that the wanted output needs, each after those it needs itself
}

// Import lowers a model. The error is an *UnsupportedError if the wanted output needs operators that have no lowering,
// a *NodeError if a node's operands do not fit.
func Import(m *onnxio.Model, opt Options) (*Model, error) {
	g := m.Proto.GetGraph()
	body, err := mainScope(m.Proto).body(g)
	if err != nil {
		return nil, err
	}
	if len(body.outputs) == 0 {
		return nil, fmt.Errorf("the model has no output")
	}
	wanted, err := wantedOutput(g, opt.Output)
	if err != nil {
		return nil, err
	}
	b := &builder{graph: autodiff.NewGraph(), table: newOperators(), model: m, weights: make(map[*onnxio.Tensor]*Weight)}
	b.stores = slices.ContainsFunc(m.Tensors, func(t *onnxio.Tensor) bool {
		return t.Place == onnxio.Initializer && t.IsFloat() && len(t.Shape) > 0
	})
	inputs, err := b.inputs(g, opt)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(inputs))
	byName := make(map[string]*Input)
	for i, in := range inputs {
		names[i], byName[in.Name] = in.Name, in
	}
	backend, err := decode(body, names)
	if err != nil {
		return nil, fmt.Errorf("graph %q: %w", g.GetName(), err)
	}
	targets := backend.named(body.outputs...)
	// The wanted output first: what it needs must lower, the rest may.
	needed, err := backend.order(targets[wanted])
	if err != nil {
		return nil, err
	}
	if err := b.table.check(needed); err != nil {
		return nil, err
	}
	order, err := backend.order(slices.Insert(slices.Clone(targets), 0, targets[wanted])...)
	if err != nil {
		return nil, err
	}
	onlyKnown := b.table.onlyKnown(order, targets)
	leaf := func(n *Node) (Value, error) {
		if in, ok := byName[n.name]; ok {
			return Value{Node: in.Node, DataType: in.DataType, input: in}, nil
		}
		if v, ok, err := b.stored(body, n.name, !onlyKnown[n]); ok || err != nil {
			return v, err
		}
		return Value{}, fmt.Errorf("tensor %q is made by no node, and is neither input nor initializer: the model is broken", n.name)
	}
	vs := b.run(order, leaf)
	out := &Model{Graph: b.graph, Inputs: inputs, Steps: vs.steps(needed)}
	for i, n := range targets {
		v, err := vs.value(n, leaf)
		o := newOutput(body.outputs[i], v, err)
		if o.Err != nil && i == wanted {
			return nil, b.table.complete(o.Err, needed)
		}
		out.Outputs = append(out.Outputs, o)
	}
	out.Output = out.Outputs[wanted]
	for _, t := range m.Tensors {
		if w, ok := b.weights[t]; ok {
			if w.Statistic = w.measurements > 0 && w.measurements == w.operands; !w.Statistic {
				w.Reason = ""
			}
			out.Weights = append(out.Weights, w)
		} else if t.Place == onnxio.Initializer && t.IsFloat() {
			out.Unused = append(out.Unused, t)
		}
	}
	return out, nil
}

func newOutput(name string, v Value, err error) *Output {
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
		o.Tail, o.Logits, o.Axis = v.tail.operator, v.tail.logits, v.tail.axis
	}
	return o
}

// wantedOutput returns the position of the output that is to be built.
func wantedOutput(g *onnxpb.GraphProto, name string) (int, error) {
	var names []string
	first := -1
	for i, o := range g.GetOutput() {
		if name != "" && o.GetName() == name {
			return i, nil
		}
		t := DataType(o.GetType().GetTensorType().GetElemType())
		if first < 0 && (isFloat(t) || t == onnxpb.TensorProto_UNDEFINED) {
			first = i
		}
		names = append(names, o.GetName())
	}
	switch {
	case name != "":
		return 0, fmt.Errorf("output %q is not one of the model's (%s)", name, strings.Join(names, ", "))
	case first < 0:
		return 0, fmt.Errorf("no output is of a float type (outputs %s)", strings.Join(names, ", "))
	}
	return first, nil
}
