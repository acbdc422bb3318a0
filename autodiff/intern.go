package autodiff

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
)

// intern returns the node with a definition, a new one if there is none.
func (g *Graph) intern(op Op, a attr, in []*Node, shape []int) *Node {
	k := g.kind(op, a, shape)
	hash := g.hash(k, in)
	same := func(number int32) bool { n := g.nodes.at(int(number)); return n.kind == k && slices.Equal(n.in, in) }
	if number, ok := g.byDefinition.find(hash, same); ok {
		return g.nodes.at(int(number))
	}
	n := g.add(k, in)
	g.byDefinition.add(hash, n.id)
	return n
}

// hash returns the hash of the node of a kind and operands.
func (g *Graph) hash(k *kind, in []*Node) uint32 {
	key := binary.LittleEndian.AppendUint32(g.key[:0], uint32(k.number))
	latest := none
	for _, x := range in {
		key = binary.LittleEndian.AppendUint32(key, uint32(x.id))
		latest = max(latest, x.id)
	}
	g.key = key
	hash := uint32(maphash.Bytes(g.seed, key))
	return uint32(latest) + hash&nearBits + hash&firstBits
}

// kind returns the kind with an op, an attribute and a shape, a new one if there is none.
func (g *Graph) kind(op Op, a attr, shape []int) *kind {
	if k := g.latest[op]; a == nil && k != nil && slices.Equal(k.shape, shape) {
		return k
	}
	k := g.findKind(op, a, shape)
	if a == nil {
		g.latest[op] = k
	}
	return k
}

func (g *Graph) findKind(op Op, a attr, shape []int) *kind {
	key := putInts(append(g.key[:0], byte(op)), shape)
	first := len(key)
	if a != nil {
		key = a.appendKey(key)
	}
	g.key = key
	hash := uint32(maphash.Bytes(g.seed, key))
	same := func(number int32) bool {
		k := g.kinds[number]
		return k.op == op && slices.Equal(k.shape, shape) && g.hasAttr(k, key[first:])
	}
	if number, ok := g.ofKind.find(hash, same); ok {
		return g.kinds[number]
	}
	k := &kind{g: g, op: op, attr: a, shape: shape, number: int32(len(g.kinds))}
	g.ofKind.add(hash, k.number)
	g.kinds = append(g.kinds, k)
	return k
}

// hasAttr reports whether the attribute of k has a key.
func (g *Graph) hasAttr(k *kind, key []byte) bool {
	g.other = g.other[:0]
	if k.attr != nil {
		g.other = k.attr.appendKey(g.other)
	}
	return slices.Equal(g.other, key)
}

// internConst is intern for constants.
func (g *Graph) internConst(data []float64, shape []int) *Node {
	hash := g.hashConst(data, shape)
	equal := func(v, w float64) bool { return math.Float64bits(v) == math.Float64bits(w) }
	same := func(number int32) bool {
		n := g.nodes.at(int(number))
		return n.op == OpConst && slices.Equal(n.shape, shape) && slices.EqualFunc(n.leaf.data, data, equal)
	}
	if number, ok := g.byDefinition.find(hash, same); ok {
		return g.nodes.at(int(number))
	}
	n := g.addLeaf(OpConst, shape, leaf{data: slices.Clone(data)})
	g.byDefinition.add(hash, n.id)
	return n
}

func (g *Graph) hashConst(data []float64, shape []int) uint32 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	g.key = putInts(append(g.key[:0], byte(OpConst)), shape)
	h.Write(g.key)
	for block := range slices.Chunk(data, hashedAtOnce) {
		g.key = g.key[:0]
		for _, v := range block {
			g.key = binary.LittleEndian.AppendUint64(g.key, math.Float64bits(v))
		}
		h.Write(g.key)
	}
	return uint32(h.Sum64())
}

// forget removes the nodes from number first on, which nobody else may hold.
func (g *Graph) forget(first int) {
	for g.Len() > first {
		number := g.Len() - 1
		n := g.nodes.at(number)
		switch n.op {
		case OpVariable:
		case OpConst:
			g.byDefinition.drop(g.hashConst(n.leaf.data, n.shape), int32(number))
		default:
			g.byDefinition.drop(g.hash(n.kind, n.in), int32(number))
		}
		g.bound.take(g.Len(), n.kind, n.in, -1)
		delete(g.slopes, n)
		delete(g.ends, n)
		if v, splat := n.Splat(); splat {
			delete(g.fills, math.Float64bits(v))
		}
		g.nodes.drop()
	}
}
