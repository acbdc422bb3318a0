package exprgraph

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// identities gives each node of a graph a hash that no other has.
type identities map[uint32]bool

// choose returns the first candidate, counted from 0, that gives a node a hash
// not taken yet, and takes it. A candidate is the name of a leaf, or what an op
// writes into the hash.
func (taken identities) choose(t hm.Type, shape tensor.Shape, operands gorgonia.Nodes, candidate func(k int) string) string {
	for k := 0; ; k++ {
		identity := candidate(k)
		if h := nodeHash(t, shape, operands, identity); !taken[h] {
			taken[h] = true
			return identity
		}
	}
}

// nodeHash is what gorgonia.Node.Hashcode returns for a node of these parts.
func nodeHash(t hm.Type, shape tensor.Shape, operands gorgonia.Nodes, identity string) uint32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%v%v%s", t, shape, identity)
	h.Write([]byte{byte(len(operands))})
	for _, x := range operands {
		h.Write(binary.LittleEndian.AppendUint32(nil, x.Hashcode()))
	}
	return h.Sum32()
}
