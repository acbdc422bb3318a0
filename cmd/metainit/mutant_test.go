package main

import (
	"math"
	"math/rand/v2"
	"strings"

	"onnx-metainit/onnxio/onnxpb"
)

// mutant is a model that is changed step by step into one that may mean anything, or nothing.
type mutant struct {
	*rand.Rand
	model *onnxpb.ModelProto
	other *onnxpb.ModelProto // another model, to take parts from
	data  []byte             // of the external data file "mutant.data"; nil: there is none
}

// mutation is a kind of change. It does nothing where the model has no place for it.
type mutation struct {
	name string
	do   func(*mutant)
}

var mutations = []mutation{
	{"dimensions of a tensor", (*mutant).dimensions},
	{"type of a tensor", (*mutant).tensorType},
	{"length of the values", (*mutant).length},
	{"values", (*mutant).values},
	{"field of the values", (*mutant).field},
	{"external data", (*mutant).external},
	{"sparse tensor", (*mutant).sparse},
	{"names of tensors", (*mutant).tensorName},
	{"two tensors exchanged", (*mutant).exchange},
	{"initializers and inputs", (*mutant).initializers},
	{"shape of an input", (*mutant).inputShape},
	{"type of an input", (*mutant).inputType},
	{"outputs", (*mutant).outputs},
	{"value of an attribute", (*mutant).attributeValue},
	{"attributes", (*mutant).attributes},
	{"operator", (*mutant).operator},
	{"operands", (*mutant).operands},
	{"edge", (*mutant).rewire},
	{"result", (*mutant).result},
	{"order of the nodes", (*mutant).order},
	{"node removed", (*mutant).remove},
	{"node twice", (*mutant).duplicate},
	{"node between", (*mutant).between},
	{"chain of nodes", (*mutant).chain},
	{"nodes of another model", (*mutant).foreign},
	{"control flow around a node", (*mutant).nest},
	{"function around a node", (*mutant).function},
	{"operator sets", (*mutant).opsets},
	{"metadata", (*mutant).metadata},
}

// mutate makes one to four changes, rather few so that much is computed, and returns their names.
func (m *mutant) mutate() (done []string) {
	for n := one(m, []int{1, 1, 1, 2, 2, 3, 4}); n > 0; n-- {
		change := one(m, mutations)
		change.do(m)
		done = append(done, change.name)
	}
	return done
}

// one returns an element, the zero value if there is none.
func one[T any](m *mutant, list []T) (v T) {
	if len(list) > 0 {
		v = list[m.IntN(len(list))]
	}
	return v
}

// strange returns a number that a size, an axis or an offset can be, or can not.
func (m *mutant) strange() int64 {
	return one(m, []int64{0, 1, 2, 3, 4, 5, 7, 8, 16, 33, 64, -1, -2, -3, -7, 255, 1 << 12, 1 << 20,
		1<<31 - 1, 1 << 31, -1 << 31, 1 << 40, 1<<62 + 5, math.MaxInt64, math.MinInt64})
}

// number returns a value that a computation can take, or can not.
func (m *mutant) number() float64 {
	return one(m, []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 1e-7, 1e-45, 1e-320, 1e7,
		65504, 3e38, 1e300, -1e30, math.Inf(1), math.Inf(-1), math.NaN()})
}

// text returns a name that stands in the model, or one that should stand nowhere.
func (m *mutant) text() string {
	if m.IntN(2) == 0 {
		return one(m, m.results())
	}
	return one(m, []string{"", "x", "w\x1b[31mred\x1b]0;t\a", "a\nINJECTED\r\tb", "\u202egnp", "\xff\xfe", "\x00",
		strings.Repeat("long", 5000), "../up", "/", "C:\\w", "%s%n%d", "{\"a\":", "Ⅷ 層"})
}

// graphs returns the main graph and those within it.
func (m *mutant) graphs() []*onnxpb.GraphProto {
	all := []*onnxpb.GraphProto{m.model.GetGraph()}
	for i := 0; i < len(all); i++ {
		for _, n := range all[i].GetNode() {
			for _, a := range n.GetAttribute() {
				if a.G != nil {
					all = append(all, a.G)
				}
				all = append(all, a.Graphs...)
			}
		}
	}
	return all
}

// graph returns the main graph, or now and then one within it.
func (m *mutant) graph() *onnxpb.GraphProto {
	if m.IntN(3) == 0 {
		return one(m, m.graphs())
	}
	return m.model.GetGraph()
}

func (m *mutant) node() *onnxpb.NodeProto {
	if n := one(m, m.graph().GetNode()); n != nil {
		return n
	}
	return &onnxpb.NodeProto{}
}

// tensor returns an initializer, or the value of an attribute.
func (m *mutant) tensor() *onnxpb.TensorProto {
	var all []*onnxpb.TensorProto
	for _, g := range m.graphs() {
		all = append(all, g.GetInitializer()...)
		for _, n := range g.GetNode() {
			for _, a := range n.GetAttribute() {
				if a.T != nil {
					all = append(all, a.T)
				}
			}
		}
	}
	if t := one(m, all); t != nil {
		return t
	}
	return &onnxpb.TensorProto{}
}

// results returns the names of everything in the main graph that a node can take.
func (m *mutant) results() (names []string) {
	g := m.model.GetGraph()
	for _, v := range g.GetInput() {
		names = append(names, v.GetName())
	}
	for _, t := range g.GetInitializer() {
		names = append(names, t.GetName())
	}
	for _, n := range g.GetNode() {
		names = append(names, n.GetOutput()...)
	}
	return names
}
