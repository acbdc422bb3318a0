package autodiff

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
)

// interned finds the nodes of a graph by their whole definitions: op, attribute, operands,
// and the elements of constants. A hash only says where to look.
type interned struct {
	latest map[uint32]int32 // the number of the latest node with a hash; its before is the one before it
	seed   maphash.Seed
	key    []byte // scratch for definitions
	other  []byte
}

func newInterned() interned {
	return interned{latest: make(map[uint32]int32), seed: maphash.MakeSeed()}
}

// intern returns the node with a definition, a new one if there is none.
func (g *Graph) intern(op Op, a attr, in []*Node, shape []int) *Node {
	k := append(g.key[:0], byte(op))
	for _, x := range in {
		k = binary.LittleEndian.AppendUint32(k, uint32(x.id))
	}
	operands := len(k)
	if a != nil {
		k = a.appendKey(k)
	}
	g.key = k
	hash := uint32(maphash.Bytes(g.seed, k))
	for n := g.first(hash); n != nil; n = g.next(n) {
		if n.op == op && slices.Equal(n.in, in) && g.hasAttr(n, k[operands:]) {
			return n
		}
	}
	return g.remember(&Node{op: op, attr: a, in: in, shape: shape}, hash)
}

// hasAttr reports whether the attribute of n has a key.
func (g *Graph) hasAttr(n *Node, key []byte) bool {
	g.other = g.other[:0]
	if n.attr != nil {
		g.other = n.attr.appendKey(g.other)
	}
	return slices.Equal(g.other, key)
}

// internConst is intern for constants.
func (g *Graph) internConst(data []float64, shape []int) *Node {
	k := putInts(append(g.key[:0], byte(OpConst)), shape)
	for _, v := range data {
		k = binary.LittleEndian.AppendUint64(k, math.Float64bits(v))
	}
	g.key = k[:0]
	hash := uint32(maphash.Bytes(g.seed, k))
	same := func(v, w float64) bool { return math.Float64bits(v) == math.Float64bits(w) }
	for n := g.first(hash); n != nil; n = g.next(n) {
		if n.op == OpConst && slices.Equal(n.shape, shape) && slices.EqualFunc(n.leaf.data, data, same) {
			return n
		}
	}
	return g.remember(&Node{op: OpConst, shape: slices.Clone(shape), leaf: &leaf{data: slices.Clone(data)}}, hash)
}

// first returns the latest node with a hash, nil if there is none, and next the one before it.
func (g *Graph) first(hash uint32) *Node {
	if k, ok := g.latest[hash]; ok {
		return g.nodes[k]
	}
	return nil
}

func (g *Graph) next(n *Node) *Node {
	if n.before < 0 {
		return nil
	}
	return g.nodes[n.before]
}

// remember adds a node that intern finds from now on.
func (g *Graph) remember(n *Node, hash uint32) *Node {
	n.hash, n.before = hash, -1
	if k, ok := g.latest[hash]; ok {
		n.before = k
	}
	g.latest[hash] = int32(len(g.nodes))
	return g.add(n)
}

// forget removes the nodes from number first on, which nobody else may hold.
func (g *Graph) forget(first int) {
	for _, n := range slices.Backward(g.nodes[first:]) {
		switch {
		case n.op == OpVariable:
		case n.before >= 0:
			g.latest[n.hash] = n.before
		default:
			delete(g.latest, n.hash)
		}
		g.take(n, -1)
		delete(g.slopes, n)
		delete(g.ends, n)
	}
	clear(g.nodes[first:])
	g.nodes = g.nodes[:first]
}
