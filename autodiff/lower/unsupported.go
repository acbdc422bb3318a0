package lower

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// UnsupportedOp is an operator that a model uses and that has no lowering.
type UnsupportedOp struct {
	Operator string
	Domain   string // "" for ONNX's own
	Opset    int    // of the domain, as the model imports it
	Nodes    []string
}

// String returns the operator with the number of nodes and the first of them.
func (u UnsupportedOp) String() string {
	s := fmt.Sprintf("%s (opset %d, ", qualified(u.Domain, u.Operator), u.Opset)
	if len(u.Nodes) == 1 {
		return s + fmt.Sprintf("node %q)", u.Nodes[0])
	}
	return s + fmt.Sprintf("%d nodes, first %q)", len(u.Nodes), u.Nodes[0])
}

// UnsupportedError lists all unsupported operators that the wanted output of a model needs.
type UnsupportedError struct{ Operators []UnsupportedOp }

func (e *UnsupportedError) Error() string {
	list := make([]string, len(e.Operators))
	hint := ""
	for i, u := range e.Operators {
		list[i] = u.String()
		hint = cmp.Or(hint, outdated(u.Domain, u.Opset))
	}
	word := "operators"
	if len(list) == 1 {
		word = "operator"
	}
	return fmt.Sprintf("unsupported %s: %s", word, strings.Join(list, ", ")) + hint
}

// OldestOpset is the first operator set that ONNX Runtime promises to run. Of older ones most is understood, but not all.
const OldestOpset = 7

// outdated is what an error says about an operator of an opset before that; "" about others.
func outdated(domain string, opset int) string {
	if domain != "" || opset >= OldestOpset {
		return ""
	}
	return fmt.Sprintf("; opset %d is older than %d: convert the model with onnx.version_converter", opset, OldestOpset)
}

// Unsupported returns every operator of the model that has no lowering, also those in functions that are called and in
// subgraphs, sorted by domain and name. The shapes of the inputs need not be known.
func Unsupported(m *onnxio.Model) ([]UnsupportedOp, error) {
	t := newOperators()
	found := make(map[operatorKey]*UnsupportedOp)
	if err := t.scan(mainScope(m.Proto), m.Proto.GetGraph(), found, 0); err != nil {
		return nil, err
	}
	return sorted(found), nil
}

// operatorKey identifies an operator.
type operatorKey struct {
	domain, operator string
	opset            int
}

func (t operators) scan(s *scope, g *onnxpb.GraphProto, found map[operatorKey]*UnsupportedOp, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("subgraphs are nested more than %d deep", maxDepth)
	}
	b, err := s.body(g)
	if err != nil {
		return err
	}
	for _, op := range b.operations {
		if err := t.noteAll(op, found, depth); err != nil {
			return err
		}
	}
	return nil
}

// note adds the operation to found if it is unsupported.
func (t operators) note(op *operation, found map[operatorKey]*UnsupportedOp) {
	if _, err := t.find(op); err == nil {
		return
	}
	key := operatorKey{op.domain, op.operator, op.opset}
	u, ok := found[key]
	if !ok {
		u = &UnsupportedOp{Operator: op.operator, Domain: op.domain, Opset: op.opset}
		found[key] = u
	}
	u.Nodes = append(u.Nodes, op.name)
}

// check returns an *UnsupportedError if operations have no lowering. It lists the operators in their subgraphs too; those
// alone are no error, as they may be in the branch of an If that is not taken.
func (t operators) check(order []*application) error {
	for _, a := range order {
		if _, err := t.find(a.op); err != nil {
			return t.complete(err, order)
		}
	}
	return nil
}

// complete returns err; if that is an *UnsupportedError, one that lists all unsupported operators of the operations and
// their subgraphs.
func (t operators) complete(err error, order []*application) error {
	var unsupported *UnsupportedError
	if !errors.As(err, &unsupported) {
		return err
	}
	found := make(map[operatorKey]*UnsupportedOp)
	for _, a := range order {
		if t.noteAll(a.op, found, 0) != nil {
			return err
		}
	}
	return &UnsupportedError{sorted(found)}
}

// noteAll is note for the operation and those in its subgraphs.
func (t operators) noteAll(op *operation, found map[operatorKey]*UnsupportedOp, depth int) error {
	t.note(op, found)
	for _, name := range slices.Sorted(maps.Keys(op.attributes)) {
		a := op.attributes[name]
		for _, sub := range subgraphs(a.proto) {
			if err := t.scan(a.scope, sub, found, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func sorted(found map[operatorKey]*UnsupportedOp) []UnsupportedOp {
	var list []UnsupportedOp
	for _, u := range found {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b UnsupportedOp) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Opset, b.Opset))
	})
	return list
}

// qualified returns the operator's name with its domain before it, unless that is ONNX's own.
func qualified(domain, operator string) string {
	if domain == "" {
		return operator
	}
	return domain + ":" + operator
}
