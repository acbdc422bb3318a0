package main

import (
	"strconv"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reduction emits a sum of terms in float64 over sumLanes accumulators: element
// i goes to number i mod sumLanes, and at the end the upper half of them is
// added to the lower until one is left. term adds a vector of terms to acc.
func (v *vectors) reduction(name, operands, doc string, term func(v *vectors) func(acc reg.Register, x []reg.Register)) {
	const sumLanes = 32
	names := strings.Split(operands, " ")
	v.function(name, "("+strings.Join(names, ", ")+" []float32) float64", doc)
	in := make([]slice, len(names))
	for i, n := range names {
		in[i] = v.slice(n)
	}
	n := in[0].len
	for _, s := range in[1:] {
		v.CMPQ(s.len, n)
		v.CMOVQLT(s.len, n)
	}
	emit := term(v)
	width := v.lanes() / 2 // float64 in a vector
	acc := make([]reg.Register, sumLanes/width)
	for j := range acc {
		acc[j] = v.vector()
		v.VXORPD(acc[j], acc[j], acc[j])
	}
	i := v.GP64()
	v.XORQ(i, i)
	x := make([]reg.Register, len(in))
	v.SUBQ(operand.U8(sumLanes), n)
	v.JLT(operand.LabelRef("tail"))
	v.Comment(align)
	v.Label("loop")
	for j, a := range acc {
		for k, s := range in {
			x[k] = v.half()
			v.VMOVUPS(operand.Mem{Base: s.base, Index: i, Scale: 4, Disp: 4 * width * j}, x[k])
		}
		emit(a, x)
	}
	v.ADDQ(operand.U8(sumLanes), i)
	v.SUBQ(operand.U8(sumLanes), n)
	v.JGE(operand.LabelRef("loop"))
	v.Label("tail")
	v.ADDQ(operand.U8(sumLanes), n)
	v.JEQ(operand.LabelRef("fold"))
	window := v.window(n)
	for j, a := range acc {
		some := v.half()
		v.VMOVUPS(window.Offset(4*width*j), some)
		for k, s := range in {
			x[k] = v.half()
			v.VMASKMOVPS(operand.Mem{Base: s.base, Index: i, Scale: 4, Disp: 4 * width * j}, some, x[k])
		}
		emit(a, x)
	}
	v.Label("fold")
	for len(acc) > 1 {
		h := len(acc) / 2
		for j := range h {
			v.VADDPD(acc[h+j], acc[j], acc[j])
		}
		acc = acc[:h]
	}
	sum := acc[0].(reg.VecVirtual)
	if v.wide {
		upper := v.YMM()
		v.VEXTRACTF64X4(operand.U8(1), sum, upper)
		v.VADDPD(upper, sum.AsY(), sum.AsY())
	}
	upper := v.XMM()
	v.VEXTRACTF128(operand.U8(1), sum.AsY(), upper)
	v.VADDPD(upper, sum.AsX(), sum.AsX())
	v.VUNPCKHPD(sum.AsX(), sum.AsX(), upper)
	v.VADDSD(upper, sum.AsX(), sum.AsX())
	v.Store(sum.AsX(), v.ReturnIndex(0))
	v.VZEROUPPER()
	v.RET()
}

// half returns a register for as many float32 as a vector has float64.
func (v *vectors) half() reg.Register {
	if v.wide {
		return v.YMM()
	}
	return v.XMM()
}

func (v *vectors) toDouble(x reg.Register) reg.Register {
	d := v.vector()
	v.VCVTPS2PD(x, d)
	return d
}

func sum(v *vectors) func(acc reg.Register, x []reg.Register) {
	return func(acc reg.Register, x []reg.Register) { v.VADDPD(v.toDouble(x[0]), acc, acc) }
}

// addTo64 emits acc[i] += x[i].
func (v *vectors) addTo64() {
	v.function("addTo64", "(acc []float64, x []float32)", "acc[i] += x[i]")
	acc, x := v.slice("acc"), v.slice("x")
	width, n, i := v.lanes()/2, acc.len, v.GP64()
	v.CMPQ(x.len, n)
	v.CMOVQLT(x.len, n)
	v.XORQ(i, i)
	sums := operand.Mem{Base: acc.base, Index: i, Scale: 8}
	terms := operand.Mem{Base: x.base, Index: i, Scale: 4}
	v.SUBQ(operand.U8(width), n)
	v.JLT(operand.LabelRef("tail"))
	v.Comment(align)
	v.Label("loop")
	d := v.vector()
	v.VCVTPS2PD(terms, d)
	v.VADDPD(sums, d, d)
	v.VMOVUPD(d, sums)
	v.ADDQ(operand.U8(width), i)
	v.SUBQ(operand.U8(width), n)
	v.JGE(operand.LabelRef("loop"))
	v.Label("tail")
	v.ADDQ(operand.U8(width), n)
	v.JEQ(operand.LabelRef("done"))
	old := v.vector()
	if v.wide {
		some := v.first(n)
		v.VCVTPS2PD_Z(terms, some, d)
		v.VMOVUPD_Z(sums, some, old)
		v.VADDPD(old, d, d)
		v.VMOVUPD(d, some, sums)
	} else {
		few, some, t := v.XMM(), v.YMM(), v.XMM()
		v.VMOVUPS(v.window(n), few)
		v.VPMOVSXDQ(few, some)
		v.VMASKMOVPS(terms, few, t)
		v.VCVTPS2PD(t, d)
		v.VMASKMOVPD(sums, some, old)
		v.VADDPD(old, d, d)
		v.VMASKMOVPD(d, some, sums)
	}
	v.Label("done")
	v.VZEROUPPER()
	v.RET()
}

// fill emits dst[i] = x.
func (v *vectors) fill() {
	v.function("fill", "(dst []float32, x float32)", "dst[i] = x")
	dst, x := v.slice("dst"), v.vector()
	scalar := v.Load(v.Param("x"), v.XMM())
	v.VBROADCASTSS(scalar, x)
	v.loop(dst, nil, nil, strconv.Itoa(0), func([]reg.Register) reg.Register { return x })
}
