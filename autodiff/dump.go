package autodiff

import (
	"bufio"
	"fmt"
	"io"

	"onnx-metainit/autodiff/internal/program"
)

// Dump writes the forms that a program went through: the graph as [Print] has it,
// and the plan: the variables and constants, then one line a step in the order
// they run, with the node that it computes:
//
//	12 conv v9@256[0 2 3 1] = v0[0 2 3 1] v4[2 3 1 0] : %31 [8 16 4 4]
//
// v9@256 is value 9 at element 256 of the memory that temporaries share; v0 has
// memory of its own. The axes are those of the tensor, from the outermost in
// memory on, and left out where that is their own order. Other views have the steps
// along each axis, and where they do not start at the first element, its number:
// v3{0,1} or v3{4,1}+16. A product with several results, v5 v8 = v1 v0 v2, is of v1
// with v0 and of v2 with v0, or adds these to what is there. A fused step walks over
// its operands in the order of its results in memory, and their axes are given so. Below it
// are the nodes that it computes block by block, and where each goes: to a value, to
// a block b in the cache, or nowhere if the same loop computes the next.
//
// A node that is computed again, since its result is not stored in between, has a
// stroke for each time before: %31' is the second %31.
func (p *Program) Dump(w io.Writer) error {
	b := bufio.NewWriter(w)
	nodes := ancestors(p.outputs)
	fmt.Fprintf(b, "graph of %d nodes\n", len(nodes))
	if err := Print(b, p.outputs...); err != nil {
		return err
	}
	fmt.Fprintln(b)
	p.compiled.Dump(b, func(n program.Node) int { return nodes[n].ID() })
	return b.Flush()
}
