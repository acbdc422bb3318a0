package lower

import (
	"fmt"
	"slices"

	"onnx-metainit/autodiff"
)

// indexUse is what the elements of an input index: rows of tables or classes.
type indexUse struct {
	below  []int // bounds of the elements, in turns: two for indices [n 2] into a table with two axes
	tables bool  // indices of tables count from the end if negative
	labels bool  // those of classes do not

	// ignored is the label that counts for nothing wherever the input is used; nil if there is none.
	ignored *float64
}

// Refuses says what is wrong with an element of an input that picks rows of a table or classes, at its position in
// row-major order; "" if nothing is.
func (in *Input) Refuses(position int, element float64) string {
	p := &in.indexUse
	switch {
	case in.Use != UseIndex || p.ignored != nil && element == *p.ignored:
		return ""
	case len(p.below) == 0 && (element < in.Least-float64(in.TableRows) || element > in.Greatest):
		return fmt.Sprintf("but picks rows of a table that has %d", in.TableRows)
	case len(p.below) == 0:
		return ""
	}
	n := p.below[position%len(p.below)]
	switch below := element < float64(n); {
	case p.labels && !(element >= 0 && below):
		return fmt.Sprintf("not a class from 0 to %d", n-1)
	case !p.labels && !(element >= float64(-n) && below):
		return fmt.Sprintf("but picks rows of a table that has %d", n)
	}
	return ""
}

// indexes notes that input i picks rows of tables, whose numbers take turns. It reports whether elements outside are refused
// with the name of the model's input.
func (c *call) indexes(i int, rows ...int) bool {
	c.hints.table(c.in[i].Node, slices.Min(rows))
	return c.in[i].indexes(rows...)
}

// labels notes that input i picks classes. ignored is a label that counts for nothing, nil if there is none.
func (c *call) labels(i, classes int, ignored *float64) {
	c.hints.table(c.in[i].Node, classes)
	c.in[i].labels(classes, ignored)
}

// indexes notes that v picks rows of tables, whose numbers take turns. It reports whether v is of an input, whose elements
// are refused with its name.
func (v value) indexes(rows ...int) bool {
	if v.input == nil || v.derived {
		return false
	}
	v.input.below(rows)
	v.input.indexUse.tables, v.input.indexUse.ignored = true, nil
	return true
}

// labels notes that v picks classes. ignored is a label that counts for nothing, nil if there is none.
func (v value) labels(classes int, ignored *float64) {
	if v.input == nil || v.derived {
		return
	}
	p := &v.input.indexUse
	first := !p.tables && !p.labels
	v.input.below([]int{classes})
	if p.labels = true; first {
		p.ignored = ignored
	} else if p.ignored != nil && (ignored == nil || *ignored != *p.ignored) {
		p.ignored = nil
	}
}

// below bounds the elements further.
func (in *Input) below(rows []int) {
	p := &in.indexUse
	least := slices.Min(rows)
	if in.Use != UseIndex {
		in.Use, in.TableRows, p.below = UseIndex, least, slices.Clone(rows)
		return
	}
	turns := len(p.below)
	for turns%len(rows) != 0 {
		turns += len(p.below)
	}
	if turns > maxTurns {
		return
	}
	both := make([]int, turns)
	for i := range both {
		both[i] = min(p.below[i%len(p.below)], rows[i%len(rows)])
	}
	in.TableRows, p.below = min(in.TableRows, least), both
}

// indexesAxes notes that input i, [… k], picks elements of a tensor by the positions along k axes of the given sizes. It
// reports whether elements outside are refused with the name of the model's input.
func (c *call) indexesAxes(i int, sizes []int) bool {
	v := c.in[i]
	if len(sizes) == 0 || v.input == nil {
		return false
	}
	n := v.Node
	for n.Op() == autodiff.OpReshape {
		n = n.Operands()[0]
	}
	if n == v.input.Node || len(sizes) == 1 {
		return c.indexes(i, sizes...)
	}
	free := freeColumns(v.Node, len(sizes))
	return len(free) == 1 && v.indexes(sizes[free[0]])
}

// freeColumns returns the places along the last axis, of size k, of what is joined of operands, whose elements are not known
// while building. Frameworks join the positions of a batch and the labels so.
func freeColumns(n *autodiff.Node, k int) []int {
	if n.Op() != autodiff.OpConcat {
		return nil
	}
	var free []int
	column := 0
	for _, operand := range n.Operands() {
		for range operand.Shape()[operand.Rank()-1] {
			if !constant(operand) {
				free = append(free, column)
			}
			column++
		}
	}
	if column != k { // joined along another axis
		return nil
	}
	return free
}

// Labels returns how many classes there are if the model does nothing with the input but to pick classes, 0 if it does.
func (in *Input) Labels() int {
	if in.Use != UseIndex || !in.indexUse.labels || in.indexUse.tables || len(in.indexUse.below) != 1 {
		return 0
	}
	return in.indexUse.below[0]
}
