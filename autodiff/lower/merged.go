package lower

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// Exporters store equal tensors once. In a net that is not trained yet most gains, biases, running means and variances are
// equal, so one tensor of the file can be the variance of one normalization and the scale of several. A tensor that varies
// along one axis alone is therefore a parameter for each of the places that use it as such, all with the same values:
//
//   - PyTorch's TorchScript exporter gives the one tensor the names of the others by Identity, so names tell;
//   - its dynamo exporter writes the call of the program and the module into each node, so arguments tell, and where they are
//     left out, modules;
//   - elsewhere a tensor whose elements are all equal is one parameter for each operand, any other tensor a single one.
//
// Where equal tensors are stored apart, nothing was merged.
//
// The matrices of copied layers, which are equal until they are trained, are weights of their own where names or arguments
// tell. As the file has one tensor for them, one factor goes for all. Of the other tensors it matters to the quotient only
// whether two uses are the same parameter: they are not rescaled.

// stored is a float tensor of the file and the weights that it holds the elements of.
type stored struct {
	tensor  *onnxio.Tensor
	literal bool // the tensor of a Constant node
	weights []*Weight
	byUse   map[use]*Weight
	names   map[string]int // how often each name was asked for
	equal   *bool          // whether all elements are equal; nil: not looked at
}

// use distinguishes the parameters whose elements are stored as one tensor.
type use struct {
	kind    Kind       // Statistic, Fixed, FixedUniform or none of them
	as      string     // what the position calls it, if modules distinguish the parameters
	name    string     // the tensor's name or alias, that of the parameter, or the module
	number  bool       // it is made of numbers in the program's code, and only equal to a parameter
	op      *operation // the operation and its operand, if nothing else distinguishes the parameters
	operand int
}

// single reports whether the tensor varies along one axis at most.
func single(t *onnxio.Tensor) bool {
	axes := 0
	for _, d := range t.Shape {
		if d > 1 {
			axes++
		}
	}
	return axes <= 1
}

// claim returns input i as the parameter that a stored tensor is there. A tensor of one element is a number unless it is an
// operand of a product, a bias or a gain.
func (c *call) claim(i int, kind Kind, as string) value {
	v := c.in[i]
	if v.stored == nil || !single(v.stored.tensor) && !c.named && !c.signature.tells() {
		return v
	}
	if v.weight == nil && kind != Factor && kind != Affine && !(kind == Bias && c.onlyChannel(i)) {
		return v
	}
	u := c.useOf(i, kind, as)
	w := v.stored.weight(c.builder, u, v, c.op)
	if u.number {
		w.Untrained = codeMade
	}
	v.Node, v.weight, v.moved, v.read = w.Node, w, w, w.Tensor.Float64s
	return v
}

// onlyChannel reports whether input i, one element, is added to a product with one channel: the bias of a layer with one
// output.
func (c *call) onlyChannel(i int) bool {
	if c.op.operator == "Gemm" || c.op.operator == "FusedGemm" {
		x, w := c.x(0), c.x(1)
		along := 1
		if c.flag("transA", false) {
			along = 0
		}
		return x.Rank() == 2 && w.Size() == x.Shape()[along]
	}
	return c.beside(i, func(v value) bool {
		return v.isProduct() && v.Node.Rank() > 0 && v.Node.Shape()[v.Node.Rank()-1] == 1
	})
}

// useOf returns which of its parameters a stored tensor is as input i.
func (c *call) useOf(i int, kind Kind, as string) use {
	s := c.in[i].stored
	u := use{kind: kind & (Statistic | Fixed | FixedUniform)}
	parameter, told := c.signature.parameter(s.tensor.Name, c.op.arguments)
	switch {
	case u.kind != 0 && single(s.tensor):
	case told:
		u.name, u.number = parameter, parameter == ""
	case c.signature.tells():
		u.name = s.tensor.Name
	case c.named:
		u.name = cmp.Or(c.in[i].alias, s.tensor.Name)
	case u.kind != 0 || kind == Factor || !c.merges(s.tensor.Size()):
	case c.op.module != "":
		u.name, u.as = c.op.module, as
	case s.uniform():
		u.op, u.operand = c.op, i
	}
	return u
}

// uniform reports whether all elements are equal.
func (s *stored) uniform() bool {
	if s.equal == nil {
		data, err := s.tensor.Float64s()
		equal := err == nil
		for _, v := range data {
			equal = equal && v == data[0]
		}
		s.equal = &equal
	}
	return *s.equal
}

// merges reports whether the exporter can have stored equal tensors of so many elements once: if no two that vary along one
// axis are equal. PyTorch's dynamo exporter merges those of up to mergedSize elements.
func (b *builder) merges(size int64) bool {
	if b.twins == nil {
		least := int64(math.MaxInt64)
		seen := make(map[string]bool)
		for _, t := range b.model.Tensors {
			if t.Place != onnxio.Initializer || !t.IsFloat() || !single(t) || t.Size() < 2 || t.Size() > maxCompared {
				continue
			}
			key := fmt.Append(nil, t.DataType, t.Shape)
			err := t.Bits(func(block []uint64) error {
				for _, word := range block {
					key = strconv.AppendUint(append(key, ' '), word, 16)
				}
				return nil
			})
			if err == nil && seen[string(key)] {
				least = min(least, t.Size())
			}
			seen[string(key)] = true
		}
		b.twins = &least
	}
	return max(size, mergedSize) < *b.twins
}

// mergedSize is torch.onnx's bound for the tensors that it merges.
const mergedSize = 1024

// first returns the weight that a tensor is until it turns out to be several.
func (s *stored) first(b *builder, shape []int) *Weight {
	if len(s.weights) == 0 {
		s.add(b, s.tensor.Name, shape)
	}
	return s.weights[0]
}

func (s *stored) add(b *builder, name string, shape []int) *Weight {
	if s.names[name]++; s.names[name] > 1 {
		name = fmt.Sprintf("%s#%d", name, s.names[name])
	}
	w := &Weight{Name: name, Tensor: s.tensor, Node: b.graph.Variable(name, shape...), Literal: s.literal,
		names: make(map[string]bool), users: make(map[string]bool), usedAs: make(map[string]bool), modules: make(map[string]bool)}
	s.weights = append(s.weights, w)
	return w
}

// weight returns the weight of a use. It is called by its alias or, if the tensor is several, as in norm.bias@node by the
// module or node; the first keeps the tensor's name.
func (s *stored) weight(b *builder, u use, v value, op *operation) *Weight {
	w, ok := s.byUse[u]
	alias := v.alias
	if b.signature.tells() && u.name != s.tensor.Name {
		alias = u.name
	}
	switch {
	case ok:
		return w
	case len(s.byUse) == 0:
		if w = s.first(b, v.Node.Shape()); alias != "" {
			w.Name = alias
			s.names[alias]++
		}
	default:
		w = s.add(b, cmp.Or(alias, s.tensor.Name+"@"+cmp.Or(op.module, op.name)), v.Node.Shape())
	}
	s.byUse[u] = w
	return w
}

// modulePath returns the path of the module whose code a node comes from, as in encoder.0.norm, "." for the whole net; "" if
// the node does not tell. PyTorch's exporter writes a list of the modules around it, outermost first, and the operator last.
func modulePath(n *onnxpb.NodeProto) string {
	scopes := listed(property(n.GetMetadataProps(), "pkg.torch.onnx.name_scopes"))
	if len(scopes) > 1 {
		return cmp.Or(scopes[len(scopes)-2], ".")
	}
	return ""
}

// namesMerged reports whether parameters that a file stores once are distinguished by name: whether PyTorch's TorchScript
// exporter wrote it, not the dynamo one, whose nodes have metadata or at least names of their own kind.
func namesMerged(m *onnxpb.ModelProto) bool {
	return m.GetProducerName() == "pytorch" && !slices.ContainsFunc(m.GetGraph().GetNode(), func(n *onnxpb.NodeProto) bool {
		return len(n.GetMetadataProps()) > 0 || strings.HasPrefix(n.GetName(), "node_")
	})
}
