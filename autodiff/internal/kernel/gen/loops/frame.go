package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A body emits the arithmetic of one loop on vectors of its operands.
type body func(x []reg.Register) reg.Register

// slice is a slice argument: its first element and its length.
type slice struct{ base, len reg.Register }

// function starts the assembly function of one loop. signature lacks "func".
func (v *vectors) function(name, signature, doc string) {
	suffix := "AVX2"
	if v.wide {
		suffix = "AVX512"
	}
	v.hoisted = 0
	v.Function(name + suffix)
	v.Attributes(attr.NOSPLIT)
	v.Pragma("noescape")
	v.SignatureExpr("func" + signature)
	v.Doc(name + suffix + " is " + doc + ".")
}

func (v *vectors) slice(name string) slice {
	return slice{v.Load(v.Param(name).Base(), v.GP64()), v.Load(v.Param(name).Len(), v.GP64())}
}

// elementwise emits dst[i] = f(x[i]…) for the operands named. Those after the
// first fixed ones may also be of length 1, and then stand for as many copies
// as dst is long. The loop ends with the shortest of the others.
func (v *vectors) elementwise(name, operands string, fixed int, f func(v *vectors) body) {
	names := strings.Split(operands, " ")
	doc := fmt.Sprintf("dst[i] = %s(%s)", name, strings.Join(names, "[i], ")+"[i]")
	v.function(name, "(dst, "+strings.Join(names, ", ")+" []float32)", doc)
	dst := v.slice("dst")
	in := make([]slice, len(names))
	for i, n := range names {
		in[i] = v.slice(n)
	}
	emit := f(v)
	v.forms(dst, in, make([]bool, len(in)), fixed, "", emit)
}

// forms emits a loop for every choice of operands of length 1.
func (v *vectors) forms(dst slice, in []slice, single []bool, i int, label string, f body) {
	if i == len(in) {
		v.loop(dst, in, single, label, f)
		return
	}
	v.CMPQ(in[i].len, operand.U8(1))
	v.JEQ(operand.LabelRef("one" + label + "1"))
	v.forms(dst, in, single, i+1, label+"n", f)
	v.Label("one" + label + "1")
	single[i] = true
	v.forms(dst, in, single, i+1, label+"1", f)
	single[i] = false
}

// loop emits one loop to its return: whole vectors, then a masked one.
func (v *vectors) loop(dst slice, in []slice, single []bool, label string, f body) {
	lanes := v.lanes()
	x := make([]reg.Register, len(in))
	n := dst.len
	for k, s := range in {
		if single[k] {
			x[k] = v.vector()
			v.VBROADCASTSS(operand.Mem{Base: s.base}, x[k])
			continue
		}
		v.CMPQ(s.len, n)
		v.CMOVQLT(s.len, n)
	}
	i := v.GP64()
	v.XORQ(i, i)
	at := func(s slice) operand.Mem { return operand.Mem{Base: s.base, Index: i, Scale: 4} }
	v.SUBQ(operand.U8(lanes), n)
	v.JLT(operand.LabelRef("tail" + label))
	v.Comment(align)
	v.Label("loop" + label)
	for k, s := range in {
		if !single[k] {
			x[k] = v.vector()
			v.VMOVUPS(at(s), x[k])
		}
	}
	v.VMOVUPS(f(x), at(dst))
	v.ADDQ(operand.U8(lanes), i)
	v.SUBQ(operand.U8(lanes), n)
	v.JGE(operand.LabelRef("loop" + label))
	v.Label("tail" + label)
	v.ADDQ(operand.U8(lanes), n)
	v.JEQ(operand.LabelRef("done" + label))
	some := v.first(n)
	for k, s := range in {
		if !single[k] {
			x[k] = v.vector()
			if v.wide {
				v.VMOVUPS_Z(at(s), some, x[k])
			} else {
				v.VMASKMOVPS(at(s), some, x[k])
			}
		}
	}
	if v.wide {
		v.VMOVUPS(f(x), some, at(dst))
	} else {
		v.VMASKMOVPS(f(x), some, at(dst))
	}
	v.Label("done" + label)
	v.VZEROUPPER()
	v.RET()
}

// first returns the mask of the first n lanes.
func (v *vectors) first(n reg.Register) mask {
	if v.wide {
		bits, m := v.GP64(), v.K()
		v.MOVQ(operand.I32(-1), bits)
		v.BZHIQ(n, bits, bits)
		v.KMOVW(bits.As32(), m)
		return m
	}
	m := v.YMM()
	v.VMOVUPS(v.window(n), m)
	return m
}

// window points into the table to the mask of n elements; it overwrites n.
func (v *vectors) window(n reg.Register) operand.Mem {
	base := v.GP64()
	v.LEAQ(v.table.base, base)
	v.NEGQ(n)
	return operand.Mem{Base: base, Index: n, Scale: 4, Disp: 4 * windowLen}
}
