package onnxio

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"onnx-metainit/onnxio/onnxpb"
)

// Place says in which part of the model a tensor is.
type Place uint8

// The places of a tensor. Only those of the main graph are distinguished; elsewhere a place is a part of the model.
const (
	Initializer Place = iota // initializer of the main graph
	Constant                 // value of a Constant node of the main graph
	Attribute                // attribute of another node of the main graph
	Sparse                   // values or indices of a sparse tensor of the main graph
	Subgraph                 // inside the graph attribute of a node
	Function                 // inside a function of the model
	Training                 // inside training_info
)

// String returns the name of the place in lower case.
func (p Place) String() string {
	return [...]string{"initializer", "constant", "attribute", "sparse", "subgraph", "function", "training"}[p]
}

// maxElements bounds the number of elements so that no size in bits overflows.
const maxElements = math.MaxInt64 / 128

// collector finds the tensors in the decoded structure and joins them to their fragments.
type collector struct {
	model     *Model
	fragments []fragment
	first     map[*Tensor]uint64 // index of the first fragment: the file order
	err       error              // the first one
}

// collect fills in m.Tensors and what finds them.
func (m *Model) collect(fragments []fragment) error {
	c := &collector{model: m, fragments: fragments, first: map[*Tensor]uint64{}}
	m.byProto = map[*onnxpb.TensorProto]*Tensor{}
	m.initializers = map[string]*Tensor{}
	m.external = map[string]*mapping{}
	c.graph(m.Proto.GetGraph(), Initializer)
	for _, info := range m.Proto.GetTrainingInfo() {
		c.graph(info.GetInitialization(), Training)
		c.graph(info.GetAlgorithm(), Training)
	}
	for _, function := range m.Proto.GetFunctions() {
		for _, attribute := range function.GetAttributeProto() {
			c.attribute(attribute, Function, function.GetName()+"."+attribute.GetName())
		}
		c.nodes(function.GetNode(), Function)
	}
	slices.SortFunc(m.Tensors, func(a, b *Tensor) int { return cmp.Compare(c.first[a], c.first[b]) })
	return c.err
}

// graph collects the tensors of g; in is Initializer for the main graph.
func (c *collector) graph(g *onnxpb.GraphProto, in Place) {
	c.nodes(g.GetNode(), in)
	for _, p := range g.GetInitializer() {
		t := c.tensor(p, in, p.GetName())
		if in == Initializer {
			c.model.initializers[t.Name] = t
		}
	}
	for _, s := range g.GetSparseInitializer() {
		c.sparse(s, inMain(in, Sparse), s.GetValues().GetName())
	}
}

func (c *collector) nodes(nodes []*onnxpb.NodeProto, in Place) {
	for _, node := range nodes {
		name := node.GetName()
		if len(node.GetOutput()) > 0 {
			name = node.GetOutput()[0]
		}
		constant := node.GetOpType() == "Constant" && (node.GetDomain() == "" || node.GetDomain() == "ai.onnx")
		for _, attribute := range node.GetAttribute() {
			switch {
			case constant:
				c.attribute(attribute, inMain(in, Constant), name)
			default:
				c.attribute(attribute, inMain(in, Attribute), name+"."+attribute.GetName())
			}
		}
	}
}

func (c *collector) attribute(a *onnxpb.AttributeProto, in Place, name string) {
	if a.GetT() != nil {
		c.tensor(a.GetT(), in, name)
	}
	for i, p := range a.GetTensors() {
		c.tensor(p, in, fmt.Sprintf("%s[%d]", name, i))
	}
	if a.GetSparseTensor() != nil {
		c.sparse(a.GetSparseTensor(), inNode(in, Sparse), name)
	}
	for i, s := range a.GetSparseTensors() {
		c.sparse(s, inNode(in, Sparse), fmt.Sprintf("%s[%d]", name, i))
	}
	if a.GetG() != nil {
		c.graph(a.GetG(), inNode(in, Subgraph))
	}
	for _, g := range a.GetGraphs() {
		c.graph(g, inNode(in, Subgraph))
	}
}

func (c *collector) sparse(s *onnxpb.SparseTensorProto, in Place, name string) {
	if s.GetValues() != nil {
		c.tensor(s.GetValues(), in, name)
	}
	if s.GetIndices() != nil {
		c.tensor(s.GetIndices(), in, name+".indices")
	}
}

// inMain returns place for what is in the main graph, and in for what is elsewhere.
func inMain(in, place Place) Place {
	if in == Initializer {
		return place
	}
	return in
}

// inNode returns place for what is in an attribute of a node of the main graph, and in for what is elsewhere.
func inNode(in, place Place) Place {
	if in == Constant || in == Attribute {
		return place
	}
	return in
}

// tensor adds the tensor p; name is what it is called in the graph.
func (c *collector) tensor(p *onnxpb.TensorProto, in Place, name string) *Tensor {
	if name == "" {
		name = p.GetName()
	}
	t := &Tensor{Name: name, Shape: p.GetDims(), DataType: DataType(p.GetDataType()), Place: in, model: c.model, proto: p}
	// The skeleton left a field in each fragment; protobuf joined the unknown fields of those that it merged.
	message := p.ProtoReflect()
	for unknown := message.GetUnknown(); len(unknown) > 0; {
		num, _, size := protowire.ConsumeField(unknown)
		if num == fragmentTag {
			_, _, tag := protowire.ConsumeTag(unknown)
			index, _ := protowire.ConsumeVarint(unknown[tag:])
			if _, later := c.first[t]; !later {
				c.first[t] = index
			}
			t.values = append(t.values, c.fragments[index].values...)
			t.entries = append(t.entries, c.fragments[index].external...)
		}
		unknown = unknown[size:]
	}
	message.SetUnknown(nil)
	if err := t.measure(); err != nil && c.err == nil {
		c.err = t.errorf("%w", err)
	}
	c.model.byProto[p] = t
	c.model.Tensors = append(c.model.Tensors, t)
	return t
}
