package lower

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

// Use says what a model does with an input: what noise has to be like to stand for it.
type Use int

const (
	UseData   Use = iota // computes with its values
	UseIndex             // picks rows of a table by it
	UseMask              // asks which elements count
	UseLength            // asks how many elements count
	UseShape             // takes its shape only
)

// hints are what the positions of operands say of them.
type hints struct {
	tables  map[*autodiff.Node]int  // indices of a table, and the rows of the smallest
	lengths map[*autodiff.Node]int  // how many elements of an axis count, and its size
	biases  map[*autodiff.Node]bool // what attention adds to its scores
}

// table notes the indices of a table, as they were before they were broadcast or reshaped: other operators may read them there.
func (h hints) table(n *autodiff.Node, rows int) {
	for n.Op() == autodiff.OpBroadcast || n.Op() == autodiff.OpReshape {
		n = n.Operands()[0]
	}
	if least, ok := h.tables[n]; !ok || rows < least {
		h.tables[n] = rows
	}
}

func (h hints) length(n *autodiff.Node, size int) { h.lengths[n] = max(h.lengths[n], size) }
func (h hints) bias(n *autodiff.Node)             { h.biases[n] = true }

// findUses decides what each input is used for from what the outputs compute of it. Names count only where the graph does not
// decide.
func (b *builder) findUses(inputs []*Input, outputs []*autodiff.Node) {
	t := newTracer(b, outputs)
	for _, in := range inputs {
		if in.Node.Op() != autodiff.OpVariable {
			continue // a constant
		}
		if !t.needed[in.Node.ID()] {
			in.Use, in.Reason = UseShape, "only its shape matters"
			continue
		}
		e := t.trace(in.Node)
		switch {
		case in.Use == UseIndex || len(e.tables) > 0:
			in.index(e)
		case in.DataType == boolType:
			in.useTruth(e)
		case isFloat(in.DataType):
			in.useFloat(e, inputs)
		default:
			in.useWhole(e, inputs)
		}
	}
}

// index takes the rows that all tables have, with the numbers plus their offset.
func (in *Input) index(e *evidence) {
	if len(e.tables) == 0 {
		e.tables = []lookup{{rows: in.TableRows}}
	}
	in.Use, in.TableRows, in.Least, in.Greatest = UseIndex, e.tables[0].rows, 0, math.Inf(1)
	for _, t := range e.tables {
		in.TableRows = min(in.TableRows, t.rows)
		if math.Abs(t.offset) > maxExact { // with which no number picks a row: what looks it up says so
			t.offset = 0
		}
		in.Least, in.Greatest = max(in.Least, -t.offset), min(in.Greatest, float64(t.rows)-1-t.offset)
	}
	in.Greatest = max(in.Greatest, in.Least)
	in.Reason = fmt.Sprintf("numbers of rows in a table of %d", in.TableRows)
}

// useTruth: truth values are values if weights alone are applied to them, and masks else.
func (in *Input) useTruth(e *evidence) {
	if e.computes && !e.asked && !e.places && len(e.opens)+len(e.lengths) == 0 && !in.named("mask") {
		in.Use, in.Reason, in.Least, in.Greatest = UseData, "truth values that become numbers", 0, 1
		return
	}
	in.mask(e, "truth values")
}

// useFloat: floats are values but for masks, and lengths that are parts of the whole. What weights are applied to may be
// compared with a mark for padding all the same.
func (in *Input) useFloat(e *evidence, inputs []*Input) {
	switch {
	case len(e.opens) > 0 && (!e.computes || in.named("mask")):
		in.mask(e, "")
	case len(e.lengths) > 0 && in.named("len"):
		in.length(e, inputs)
	case e.biases || e.added && (in.named("mask") || in.named("bias")):
		in.Use, in.Fill, in.Reason = UseMask, 0, "a mask or bias that is added to attention scores"
	case in.named("mask") && !e.computes:
		in.mask(e, "a mask by its name")
	case len(e.slopes) > 0 && !slices.ContainsFunc(e.slopes, func(s float64) bool { return !scalesPixels(s) }):
		in.Use, in.Reason, in.Greatest = UseData, "numbers that become values, scaled as the pixels of images are", 255
	default:
		in.Use, in.Reason = UseData, "numbers that become values"
	}
}

// scalesPixels reports whether numbers from 0 to 255 are multiplied by the factor to have a range of 1 or 2.
func scalesPixels(factor float64) bool { return factor >= 1.0/256-1e-6 && factor <= 1.0/127+1e-6 }

// useWhole: whole numbers are values if something computes with them. All else asks which or how many elements count.
func (in *Input) useWhole(e *evidence, inputs []*Input) {
	switch {
	case len(e.lengths) > 0 && (!e.computes || in.named("len")):
		in.length(e, inputs)
	case e.places || len(e.opens) > 0 && !e.computes || e.computes && in.named("mask"):
		in.mask(e, "a mask, or made into places in a table")
	case e.classes > 0:
		in.Use, in.Least, in.Greatest = UseData, 0, float64(e.classes-1)
		in.Reason = fmt.Sprintf("one of %d classes each", e.classes)
	case e.computes:
		in.Use, in.Reason = UseData, "whole numbers that become values"
		in.Least, in.Greatest = usualRange(in.DataType)
	case e.asked:
		in.mask(e, "a mask: asked which elements count")
	default:
		in.mask(e, "whole numbers of which no value is computed")
	}
}

// usualRange returns the range of the whole numbers that a type is used for: its own for up to 16 bits, as of pixels and
// samples of sound. Wider types hold such numbers too where they become values, and nobody fills their range: they get that
// of a byte.
func usualRange(t DataType) (least, greatest float64) {
	if bits, _ := integerFormat(t); bits > 16 {
		return 0, 255
	}
	return integerRange(t)
}

// mask: ones leave everything open, unless that is what closes.
func (in *Input) mask(e *evidence, reason string) {
	in.Use, in.Fill, in.Reason = UseMask, 1, reason
	if len(e.opens) > 0 {
		in.Fill = e.opens[0]
		in.Reason = fmt.Sprintf("a mask: %v leaves everything open", in.Fill)
	}
}

// length fills in the least size of an axis of an input that covers all places that the lengths are compared with.
func (in *Input) length(e *evidence, inputs []*Input) {
	sizes := []int{1}
	for _, other := range inputs {
		sizes = append(sizes, other.Shape...)
	}
	slices.Sort(sizes)
	longest := 1
	for _, l := range e.lengths {
		longest = max(longest, l.least)
	}
	for size := longest; size < longest<<16; size *= 2 {
		sizes = append(sizes, size)
	}
	in.Use, in.Fill, in.Reason = UseLength, float64(longest), "full lengths"
	for _, size := range slices.Compact(sizes) {
		if size > 0 && !slices.ContainsFunc(e.lengths, func(l length) bool { return !l.coveredBy(in.Node, float64(size)) }) {
			in.Fill = float64(size)
			break
		}
	}
	if in.Fill == 1 && longest > 1 && !isFloat(in.DataType) {
		in.Use, in.Reason = UseMask, "a mask whose ones are counted"
	}
}

// named reports whether the input's name has the word in it.
func (in *Input) named(word string) bool { return strings.Contains(strings.ToLower(in.Name), word) }
