package lower

import (
	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/iterator"
)

// The methods of gonum's graph.Directed, by which onnx-go and others walk a Backend.

// Node returns the node with the given number, nil if there is none.
func (b *Backend) Node(id int64) graph.Node {
	if n := b.node(id); n != nil {
		return n
	}
	return nil
}

func (b *Backend) node(id int64) *Node {
	if id < 0 || id >= int64(len(b.nodes)) {
		return nil
	}
	return b.nodes[id]
}

// Nodes returns all nodes.
func (b *Backend) Nodes() graph.Nodes { return nodes(b.nodes) }

// From returns the nodes that a node is computed from.
func (b *Backend) From(id int64) graph.Nodes {
	n := b.node(id)
	if n == nil {
		return graph.Empty
	}
	var list []*Node
	for _, e := range n.operands {
		list = append(list, e.to)
	}
	return nodes(list)
}

// To returns the nodes that are computed from a node.
func (b *Backend) To(id int64) graph.Nodes {
	n := b.node(id)
	if n == nil {
		return graph.Empty
	}
	return nodes(n.users)
}

// HasEdgeFromTo reports whether node u is computed from node v.
func (b *Backend) HasEdgeFromTo(u, v int64) bool { return b.Edge(u, v) != nil }

// HasEdgeBetween reports whether one of the nodes is computed from the other.
func (b *Backend) HasEdgeBetween(u, v int64) bool {
	return b.HasEdgeFromTo(u, v) || b.HasEdgeFromTo(v, u)
}

// Edge returns the first edge from u to v, nil if there is none.
func (b *Backend) Edge(u, v int64) graph.Edge {
	n := b.node(u)
	if n == nil {
		return nil
	}
	for _, e := range n.operands {
		if e.to.id == v {
			return e
		}
	}
	return nil
}

// nodes lists each node once.
func nodes(list []*Node) graph.Nodes {
	seen := make(map[int64]bool, len(list))
	var unique []graph.Node
	for _, n := range list {
		if !seen[n.id] {
			seen[n.id] = true
			unique = append(unique, n)
		}
	}
	if len(unique) == 0 {
		return graph.Empty
	}
	return iterator.NewOrderedNodes(unique)
}
