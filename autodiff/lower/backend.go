package lower

import (
	"errors"
	"fmt"

	"github.com/owulveryck/onnx-go"
	"gonum.org/v1/gonum/graph"
	"gorgonia.org/tensor"

	"onnx-metainit/onnxio"
)

// Backend is the computation graph that onnx-go builds: tensors as nodes, each with edges to the tensors that it is
// computed from, and the operations in the order that onnx-go applies them. It implements onnx-go's
// backend.ComputationBackend, so it can stand in Gorgonia's place:
//
//	b := new(lower.Backend)
//	m := onnx.NewModel(b)
//	err := m.UnmarshalBinary(data)
//	err = m.SetInput(0, x)
//	err = b.Run()
//	y, err := m.GetOutputTensors()
//
// Nothing is computed, and no shape is needed, before Run. A Backend holds one model. Decode gives it one in place of
// UnmarshalBinary: onnx-go's decoder knows few types of tensors and no subgraphs, functions and domains, and panics on some
// files. The Backend's own methods do not panic: what is wrong with a graph, Run says.
type Backend struct {
	// Opset is the version of ONNX's operators that the model was written for, which onnx-go does not tell. 0 means the
	// newest.
	Opset int

	operations []*operation  // what the nodes of a skeleton stand for; nil without one
	model      *onnxio.Model // given to Decode, with its main graph; nil without
	body       *body
	types      map[string]DataType // of its inputs
	err        error               // the first misuse of a method that returns none
	nodes      []*Node
	applied    []*application
	pending    []*edge // since the last operation
}

// application is an operation with the tensors it is applied to.
type application struct {
	number  int // of the backend's, from 0
	op      *operation
	in, out []*Node
}

// Node is a tensor of a Backend. It implements onnx-go's Namer and DataCarrier.
type Node struct {
	id       int64
	name     string
	tensor   tensor.Tensor
	maker    *application // nil for an input or a constant
	operands []*edge
	users    []*Node
	declared bool // named by the model before any operation: an input or output
}

// ID returns the node's number: nodes are numbered from 0 in the order they were made.
func (n *Node) ID() int64 { return n.id }

// SetName sets the tensor's name.
func (n *Node) SetName(name string) { n.name = name }

// GetName returns the tensor's name.
func (n *Node) GetName() string { return n.name }

// SetTensor gives the node a value.
func (n *Node) SetTensor(t tensor.Tensor) error {
	n.tensor = t
	return nil
}

// GetTensor returns the node's value, nil if it has none.
func (n *Node) GetTensor() tensor.Tensor { return n.tensor }

// edge leads from a tensor to one that it is computed from; the weight is the operand's position.
type edge struct {
	from, to *Node
	weight   float64
}

func (e *edge) From() graph.Node { return e.from }
func (e *edge) To() graph.Node   { return e.to }
func (e *edge) Weight() float64  { return e.weight }

func (e *edge) ReversedEdge() graph.Edge { return &edge{e.to, e.from, e.weight} }

// NewNode returns a node that AddNode adds.
func (b *Backend) NewNode() graph.Node { return &Node{id: int64(len(b.nodes))} }

// AddNode adds a node made by NewNode just before; any other is left out.
func (b *Backend) AddNode(n graph.Node) {
	own, ok := n.(*Node)
	if !ok || own == nil || own.id != int64(len(b.nodes)) {
		b.misused("AddNode: the node was not made by NewNode just before")
		return
	}
	own.declared = len(b.applied) == 0 && len(b.pending) == 0
	b.nodes = append(b.nodes, own)
}

// NewWeightedEdge returns an edge that SetWeightedEdge adds.
func (b *Backend) NewWeightedEdge(from, to graph.Node, weight float64) graph.WeightedEdge {
	return &edge{b.own(from), b.own(to), weight}
}

// SetWeightedEdge adds an edge. Two nodes may have several edges: an operation can use a tensor twice. An edge of nodes that
// were not added is left out.
func (b *Backend) SetWeightedEdge(w graph.WeightedEdge) {
	e := &edge{b.own(w.From()), b.own(w.To()), w.Weight()}
	if e.from == nil || e.to == nil {
		b.misused("SetWeightedEdge: the edge is of nodes that were not added")
		return
	}
	e.from.operands = append(e.from.operands, e)
	e.to.users = append(e.to.users, e.from)
	b.pending = append(b.pending, e)
}

// ApplyOperation records an operation whose results are the given nodes and whose operands are at their edges.
func (b *Backend) ApplyOperation(o onnx.Operation, results ...graph.Node) error {
	op, err := b.operation(o)
	if err != nil {
		return err
	}
	a := &application{number: len(b.applied), op: op}
	b.applied = append(b.applied, a)
	for _, r := range results {
		n := b.own(r)
		if n == nil {
			return fmt.Errorf("operation %s: a result is a node that was not added", o.Name)
		}
		a.out = append(a.out, n)
		if n.name == "" {
			continue // an optional result that the model leaves out
		}
		if n.maker != nil {
			return fmt.Errorf("two nodes make tensor %q: the model is broken", n.name)
		}
		n.maker = a
	}
	// Each result has all the operands, in order: the first run of them will do.
	for _, e := range b.pending {
		if len(a.in) > 0 && e.weight == 0 {
			break
		}
		a.in = append(a.in, e.to)
	}
	if b.operations != nil && len(op.inputs)+len(op.captured) == 0 {
		a.in = nil // onnx-go makes up an input for a node that has none
	}
	b.pending = nil
	return nil
}

// operation returns what o stands for: the operation that a skeleton's index names, else one with onnx-go's attributes.
func (b *Backend) operation(o onnx.Operation) (*operation, error) {
	if b.operations == nil {
		return direct(o, b.Opset)
	}
	i, ok := o.Attributes[indexAttribute].(int64)
	if !ok || i < 0 || int(i) >= len(b.operations) {
		return nil, fmt.Errorf("operation %s is not of this skeleton", o.Name)
	}
	return b.operations[i], nil
}

// order returns the operations that the targets need, each after those it needs itself.
func (b *Backend) order(targets ...*Node) ([]*application, error) {
	const open, done = 1, 2
	state := make([]byte, len(b.applied))
	var order, stack []*application
	for _, t := range targets {
		if t.maker != nil {
			stack = append(stack, t.maker)
		}
		for len(stack) > 0 {
			a := stack[len(stack)-1]
			if state[a.number] != 0 {
				stack = stack[:len(stack)-1]
				if state[a.number] == open {
					state[a.number] = done
					order = append(order, a)
				}
				continue
			}
			state[a.number] = open
			for _, n := range a.in {
				switch m := n.maker; {
				case m == nil || n.name == "" || state[m.number] == done:
				case state[m.number] == open:
					return nil, fmt.Errorf("node %q: its input %q depends on its own result: the model is broken", a.op.name, n.name)
				default:
					stack = append(stack, m)
				}
			}
		}
	}
	return order, nil
}

// named returns the nodes of tensors, new ones for those that nothing makes or uses. onnx-go makes a second node for a
// tensor that is both input and output; the later is the one that operations use.
func (b *Backend) named(names ...string) []*Node {
	byName := make(map[string]*Node, len(b.nodes))
	for _, n := range b.nodes {
		byName[n.name] = n
	}
	list := make([]*Node, len(names))
	for i, name := range names {
		if list[i] = byName[name]; list[i] == nil {
			list[i] = &Node{name: name}
		}
	}
	return list
}

// own returns the Backend's node that n is, nil if it is none.
func (b *Backend) own(n graph.Node) *Node {
	if own, ok := n.(*Node); ok && own != nil && b.node(own.id) == own {
		return own
	}
	return nil
}

// misused keeps what Run is to say of a call that cannot return an error.
func (b *Backend) misused(how string) {
	if b.err == nil {
		b.err = errors.New(how)
	}
}
