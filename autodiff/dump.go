package autodiff

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Dump writes the forms that a program went through: the graph as [Print] has it,
// and the plan: the variables and constants, then one line a step in the order
// they run, with the node that it computes:
//
//	12 conv v9@256[0 2 3 1] = v0[0 2 3 1] v4[2 3 1 0] : %31 [8 16 4 4]
//
// v9@256 is value 9 at element 256 of the memory that temporaries share; v0 has
// memory of its own. The axes are those of the tensor, from the outermost in
// memory on, and left out where it lies row by row. Other views have the steps
// along each axis, and where they do not start at the first element, its number:
// v3{0,1} or v3{4,1}+16. A product with several results, v5 v8 = v1 v0 v2, is of v1
// with v0 and of v2 with v0, or adds these to what is there. A fused step walks over
// its operands as its results lie in memory, and their axes are given so. Below it
// are the nodes that it computes block by block, and where each goes: to a value, to
// a block b in the cache, or nowhere if the same loop computes the next.
//
// A node that is computed again, since its result is not stored in between, has a
// stroke for each time before: %31' is the second %31.
func (p *Program) Dump(w io.Writer) error {
	b := bufio.NewWriter(w)
	outputs := slices.SortedFunc(maps.Keys(p.plan.outputs), func(a, b *Node) int { return cmp.Compare(a.id, b.id) })
	fmt.Fprintf(b, "graph of %d nodes\n", len(ancestors(outputs)))
	if err := Print(b, outputs...); err != nil {
		return err
	}
	fmt.Fprintf(b, "\nplan of %d steps, %d elements of memory, %d of them shared\n", len(p.plan.steps), p.plan.kept()+p.plan.arena(), p.plan.arena())
	for i, v := range p.plan.values {
		if at, _ := p.plan.home.at(v.node); at.value == i && len(v.node.in) == 0 {
			fmt.Fprintf(b, "%s <- %v\n", p.plan.placeText(at), v.node)
		}
	}
	for i, s := range p.plan.steps {
		p.plan.dumpStep(b, i, s)
	}
	for _, n := range outputs {
		fmt.Fprintf(b, "output %%%d <- %s : %v\n", n.id, p.plan.placeText(p.plan.outputs[n]), n.shape)
	}
	return b.Flush()
}

func (p *plan) dumpStep(w io.Writer, i int, s step) {
	fmt.Fprintf(w, "%d %s", i, s.name())
	for _, v := range s.dst {
		fmt.Fprintf(w, " %s", p.placeText(p.resultPlace(v, s)))
	}
	fmt.Fprint(w, " =")
	for _, x := range s.in {
		fmt.Fprintf(w, " %s", p.placeText(x))
	}
	if s.fused == nil {
		fmt.Fprintf(w, " : %s %v\n", s.node.label(), s.node.shape)
		return
	}
	fmt.Fprintf(w, " : %v\n", s.node.shape)
	for _, ins := range s.fused.code {
		to := fmt.Sprintf("b%d", ins.dst)
		if v := ins.result; v >= 0 {
			to = fmt.Sprintf("v%d", v)
		}
		if first := ins.first(); first != nil {
			fmt.Fprintf(w, "   %v\n", first)
		}
		fmt.Fprintf(w, "   %s <- %v\n", to, ins.node)
	}
	for _, e := range s.fused.sums {
		fmt.Fprintf(w, "   v%d <- %v\n", e.value, p.values[e.value].node)
	}
}

// resultPlace returns where a step writes a value; the sums of a fused step lack
// axes.
func (p *plan) resultPlace(v int, s step) place {
	n, o := p.values[v].node, s.at.out
	if n.Rank() != s.node.Rank() {
		o = o.without(n.attr.(axesAttr))
	}
	l := o.dense(n.shape)
	return place{v, &l}
}

func (p *plan) placeText(at place) string {
	text := fmt.Sprintf("v%d", at.value)
	if v := p.values[at.value]; !v.kept {
		text += fmt.Sprintf("@%d", v.offset)
	}
	if o, dense := orderOf(*at.layout); !dense {
		text += "{"
		for k, stride := range at.layout.Strides {
			if k > 0 {
				text += ","
			}
			text += fmt.Sprint(stride)
		}
		text += "}"
	} else if o != nil {
		text += fmt.Sprint([]int(o))
	}
	if at.layout.Offset > 0 {
		text += fmt.Sprintf("+%d", at.layout.Offset)
	}
	return text
}

// MultiplyAdds returns the multiply-adds of the products (Dot and the three
// convolutions) in one run of all outputs. Elementwise work is not counted.
func (p *Program) MultiplyAdds() int64 {
	var total int64
	for _, s := range p.plan.steps {
		total += s.multiplyAdds()
	}
	return total
}

func (s step) multiplyAdds() int64 {
	if s.fused != nil || s.copied {
		return 0
	}
	return s.node.multiplyAdds() * int64(max(1, len(s.wide)))
}
