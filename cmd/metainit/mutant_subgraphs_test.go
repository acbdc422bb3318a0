package main

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

// chain puts many operators on an edge.
func (m *mutant) chain() {
	g := m.model.GetGraph()
	if len(g.GetNode()) == 0 {
		return
	}
	i := m.IntN(len(g.Node))
	n := g.Node[i]
	if len(n.Input) == 0 {
		return
	}
	operator, added, at := one(m, unary), []*onnxpb.NodeProto{}, n.Input[0]
	for k := range one(m, []int{5, 50, 200, 1000}) {
		next := onnxtest.Node(operator, "", fmt.Sprintf("chain%d.%d", len(g.Node), k))
		next.Input = []string{at}
		at, added = next.Output[0], append(added, next)
	}
	n.Input[0] = at
	g.Node = slices.Insert(g.Node, i, added...)
}

// foreign adds nodes of another model, fed by tensors of this one where the names say so or by chance.
func (m *mutant) foreign() {
	g := m.model.GetGraph()
	from := m.other.GetGraph().GetNode()
	if len(from) == 0 {
		return
	}
	begin := m.IntN(len(from))
	for _, n := range from[begin:min(begin+1+m.IntN(4), len(from))] {
		n = proto.CloneOf(n)
		for i, name := range n.Input {
			if !slices.Contains(m.results(), name) {
				n.Input[i] = one(m, m.results())
			}
		}
		g.Node = append(g.Node, n)
		if len(n.Output) > 0 && m.IntN(3) == 0 {
			g.Output = append([]*onnxpb.ValueInfoProto{{Name: proto.String(n.Output[0])}}, g.Output...)
		}
	}
}

// nest puts a node into a branch of an If, or the body of a Loop, several levels deep.
func (m *mutant) nest() {
	g := m.graph()
	if len(g.GetNode()) == 0 {
		return
	}
	i := m.IntN(len(g.Node))
	depth := one(m, []int{1, 1, 1, 2, 5, 100})
	for range depth {
		inner := g.Node[i]
		body := &onnxpb.GraphProto{Name: proto.String("body"), Node: []*onnxpb.NodeProto{inner}}
		outer := &onnxpb.NodeProto{Name: proto.String(inner.GetName() + "!"), Output: slices.Clone(inner.Output)}
		condition := fmt.Sprintf("condition%d", len(g.Initializer))
		g.Initializer = append(g.Initializer, &onnxpb.TensorProto{Name: &condition, DataType: proto.Int32(9), RawData: []byte{byte(m.IntN(2))}})
		attribute := func(name string, g *onnxpb.GraphProto) {
			outer.Attribute = append(outer.Attribute, &onnxpb.AttributeProto{Name: &name, Type: onnxpb.AttributeProto_GRAPH.Enum(), G: g})
		}
		for _, name := range inner.Output {
			body.Output = append(body.Output, &onnxpb.ValueInfoProto{Name: proto.String(name)})
		}
		if m.IntN(3) > 0 {
			outer.OpType, outer.Input = proto.String("If"), []string{condition}
			attribute("then_branch", body)
			if depth > 1 { // both would double the model with each level
				body = &onnxpb.GraphProto{Output: []*onnxpb.ValueInfoProto{typed(condition, 9, nil)}}
			}
			attribute("else_branch", body)
		} else {
			times := condition + ".times"
			g.Initializer = append(g.Initializer, &onnxpb.TensorProto{Name: &times, DataType: proto.Int32(7), Int64Data: []int64{m.strange()}})
			outer.OpType, outer.Input = proto.String("Loop"), []string{times, condition}
			attribute("body", body)
			body.Input = []*onnxpb.ValueInfoProto{typed("i", 7, nil), typed("go", 9, nil)}
			body.Node = append(body.Node, onnxtest.Node("Identity", "go", "on"))
			body.Output = append([]*onnxpb.ValueInfoProto{typed("on", 9, nil)}, body.Output...)
		}
		g.Node[i] = outer
	}
}

// function puts a node into a function, which may call itself.
func (m *mutant) function() {
	n := m.node()
	if len(n.Input) == 0 {
		return
	}
	inner := proto.CloneOf(n)
	f := &onnxpb.FunctionProto{Name: proto.String(one(m, []string{"F", n.GetOpType()})), Domain: proto.String(one(m, []string{"local", n.GetDomain()})),
		Node: []*onnxpb.NodeProto{inner}, OpsetImport: m.model.OpsetImport}
	for i := range inner.Input {
		inner.Input[i] = fmt.Sprintf("in%d", i)
	}
	f.Input = slices.Clone(inner.Input)
	f.Output = slices.Clone(inner.Output)
	if m.IntN(5) == 0 {
		f.Input = f.Input[1:]
	}
	n.OpType, n.Domain = f.Name, f.Domain
	m.model.Functions = append(m.model.Functions, f)
	m.model.OpsetImport = append(m.model.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: f.Domain, Version: proto.Int64(1)})
}
