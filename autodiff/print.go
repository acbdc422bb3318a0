package autodiff

import (
	"fmt"
	"io"
)

// Print writes the nodes that outputs are computed from, one line each,
// operands first.
func Print(w io.Writer, outputs ...*Node) error {
	for _, n := range ancestors(outputs) {
		if _, err := fmt.Fprintln(w, n); err != nil {
			return err
		}
	}
	return nil
}

// String returns the node in one line, as [Print] writes it.
func (n *Node) String() string {
	s := n.label() + " = " + n.Primitive().Name
	for _, x := range n.in {
		s += " " + x.label()
	}
	return s + n.detail() + fmt.Sprintf(" : %v", n.shape)
}

// label is what the node is called where nodes are printed.
func (n *Node) label() string { return fmt.Sprintf("%%%d", n.id) }

// detail is what a node is besides its primitive, operands and shape.
func (n *Node) detail() string {
	switch {
	case n.op == OpVariable:
		return fmt.Sprintf(" %q", n.Name())
	case n.op == OpConst && len(n.leaf.data) <= 4:
		return fmt.Sprintf(" %v", n.leaf.data)
	case n.attr != nil:
		return fmt.Sprintf(" %+v", n.attr)
	}
	return ""
}
