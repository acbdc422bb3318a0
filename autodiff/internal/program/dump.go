package program

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Dump writes the plan: the variables and constants, then one line a step in the order they run, and the outputs. id gives the
// numbers that nodes of the graph are to have.
func (p *Program) Dump(w io.Writer, id func(Node) int) {
	d := dumper{p.plan, w, id}
	fmt.Fprintf(w, "plan of %d steps, %d elements of memory, %d of them shared\n", len(d.steps), d.kept()+d.arena(), d.arena())
	for i, v := range d.values {
		if at, _ := d.home.at(v.node); at.value == i && d.isLeaf(v.node) {
			fmt.Fprintf(w, "%s <- %s\n", d.place(at), d.line(v.node))
		}
	}
	for i, s := range d.steps {
		d.step(i, s)
	}
	outputs := make([]Node, 0, len(d.results))
	for n := range d.results {
		outputs = append(outputs, n)
	}
	slices.Sort(outputs)
	for _, n := range outputs {
		fmt.Fprintf(w, "output %s <- %s : %v\n", d.label(n), d.place(d.results[n]), d.shape(n))
	}
}

// dumper writes a plan.
type dumper struct {
	*plan
	w  io.Writer
	id func(Node) int
}

// label is what a node is called: twins have strokes.
func (d *dumper) label(n Node) string {
	text := fmt.Sprintf("%%%d", d.id(d.original(n)))
	if d.isTwin(n) {
		text += strings.Repeat("'", int(d.strokes[int(n)-d.built]))
	}
	return text
}

// line is a node in one line.
func (d *dumper) line(n Node) string {
	k := d.kind(n)
	s := d.label(n) + " = " + k.Name
	for _, x := range d.in(n) {
		s += " " + d.label(x)
	}
	if k.Detail != nil {
		s += k.Detail()
	}
	return s + fmt.Sprintf(" : %v", k.Shape)
}

func (d *dumper) step(i int, s step) {
	fmt.Fprintf(d.w, "%d %s", i, d.name(s))
	for _, v := range s.dst {
		fmt.Fprintf(d.w, " %s", d.place(d.resultPlace(v, s)))
	}
	fmt.Fprint(d.w, " =")
	for _, x := range s.in {
		fmt.Fprintf(d.w, " %s", d.place(x))
	}
	if s.fused == nil {
		fmt.Fprintf(d.w, " : %s %v\n", d.label(s.node), d.shape(s.node))
		return
	}
	fmt.Fprintf(d.w, " : %v\n", d.shape(s.node))
	for _, ins := range s.fused.code {
		to := fmt.Sprintf("b%d", ins.dst)
		if v := ins.result; v >= 0 {
			to = fmt.Sprintf("v%d", v)
		}
		if ins.first != none {
			fmt.Fprintf(d.w, "   %s\n", d.line(ins.first))
		}
		fmt.Fprintf(d.w, "   %s <- %s\n", to, d.line(ins.node))
	}
	for _, e := range s.fused.sums {
		fmt.Fprintf(d.w, "   v%d <- %s\n", e.value, d.line(d.values[e.value].node))
	}
}

// resultPlace returns where a step writes a value; the sums of a fused step lack axes.
func (d *dumper) resultPlace(v int, s step) place {
	k, o := d.kind(d.values[v].node), s.how.Out
	if k.rank() != d.kind(s.node).rank() {
		o = o.Without(k.Sums)
	}
	l := o.Dense(k.Shape)
	return place{v, &l}
}

func (d *dumper) place(at place) string {
	text := fmt.Sprintf("v%d", at.value)
	if v := d.values[at.value]; !v.kept {
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
