package main

import (
	"math"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// vectors emits arithmetic on vectors of float32, in AVX-512 or, where wide is
// not set, in AVX2 with FMA. A method gives a new register and leaves its
// operands alone unless it says otherwise. Operands are vector registers and
// constants.
type vectors struct {
	*build.Context
	wide    bool
	table   *table
	hoisted int // constants that have a register of their own in this function
}

// A mask is a K register in AVX-512 and a vector of all or no bits in AVX2.
type mask reg.Register

// Comparison predicates of VCMPPS; NaN fulfils only notEqual and notLess.
const (
	equal    = 0x00
	unorder  = 0x03
	notEqual = 0x04
	notLess  = 0x15
	less     = 0x11
	lessOrEq = 0x12
)

func (v *vectors) lanes() int {
	if v.wide {
		return 16
	}
	return 8
}

func (v *vectors) vector() reg.Register {
	if v.wide {
		return v.ZMM()
	}
	return v.YMM()
}

// constant makes a constant available. The first ones of a function stay in
// registers, so call it before the loop; the others are loaded at each use.
func (v *vectors) constant(x float64) operand.Op { return v.bits(math.Float32bits(float32(x))) }

func (v *vectors) bits(x uint32) operand.Op {
	at := v.table.at(x)
	registers := 4
	if v.wide {
		registers = 18
	}
	if v.hoisted == registers {
		return at
	}
	v.hoisted++
	return v.in(at)
}

// in returns the register of an operand, and loads a constant that has none.
func (v *vectors) in(x operand.Op) reg.Register {
	if at, ok := x.(operand.Mem); ok {
		d := v.vector()
		v.VBROADCASTSS(at, d)
		return d
	}
	return x.(reg.Register)
}

func (v *vectors) copy(a operand.Op) reg.Register {
	d := v.vector()
	v.VMOVAPS(v.in(a), d)
	return d
}

func (v *vectors) binary(emit func(...operand.Op), a, b operand.Op) reg.Register {
	x, y, d := v.in(a), v.in(b), v.vector()
	emit(y, x, d)
	return d
}

func (v *vectors) add(a, b operand.Op) reg.Register    { return v.binary(v.VADDPS, a, b) }
func (v *vectors) sub(a, b operand.Op) reg.Register    { return v.binary(v.VSUBPS, a, b) }
func (v *vectors) mul(a, b operand.Op) reg.Register    { return v.binary(v.VMULPS, a, b) }
func (v *vectors) div(a, b operand.Op) reg.Register    { return v.binary(v.VDIVPS, a, b) }
func (v *vectors) and(a, b operand.Op) reg.Register    { return v.binary(v.VANDPS, a, b) }
func (v *vectors) andNot(a, b operand.Op) reg.Register { return v.binary(v.VANDNPS, a, b) } // ^a & b
func (v *vectors) or(a, b operand.Op) reg.Register     { return v.binary(v.VORPS, a, b) }
func (v *vectors) xor(a, b operand.Op) reg.Register    { return v.binary(v.VXORPS, a, b) }

// max and min give b if either is NaN, or if both are zeros.
func (v *vectors) max(a, b operand.Op) reg.Register { return v.binary(v.VMAXPS, a, b) }
func (v *vectors) min(a, b operand.Op) reg.Register { return v.binary(v.VMINPS, a, b) }

// addInt, subInt, maxInt, shiftLeft, shiftRight work on lanes of int32.
func (v *vectors) addInt(a, b operand.Op) reg.Register { return v.binary(v.VPADDD, a, b) }
func (v *vectors) subInt(a, b operand.Op) reg.Register { return v.binary(v.VPSUBD, a, b) }
func (v *vectors) maxInt(a, b operand.Op) reg.Register { return v.binary(v.VPMAXSD, a, b) }

func (v *vectors) shiftLeft(a operand.Op, n uint8) reg.Register {
	d := v.vector()
	v.VPSLLD(operand.U8(n), v.in(a), d)
	return d
}

func (v *vectors) shiftRight(a operand.Op, n uint8) reg.Register {
	d := v.vector()
	v.VPSRAD(operand.U8(n), v.in(a), d)
	return d
}

func (v *vectors) toInt(a operand.Op) reg.Register {
	d := v.vector()
	v.VCVTPS2DQ(v.in(a), d)
	return d
}

func (v *vectors) toFloat(a operand.Op) reg.Register {
	d := v.vector()
	v.VCVTDQ2PS(v.in(a), d)
	return d
}

// mulAdd turns a into a·b + c.
func (v *vectors) mulAdd(a reg.Register, b, c operand.Op) reg.Register {
	v.VFMADD213PS(v.in(c), v.in(b), a)
	return a
}

// subMul turns a into a − b·c.
func (v *vectors) subMul(a reg.Register, b, c operand.Op) reg.Register {
	v.VFNMADD231PS(v.in(c), v.in(b), a)
	return a
}

// addMul turns a into a + b·c.
func (v *vectors) addMul(a reg.Register, b, c operand.Op) reg.Register {
	v.VFMADD231PS(v.in(c), v.in(b), a)
	return a
}

// polynomial returns what emits c[0]·xⁿ + … + c[n], by Horner's rule.
func (v *vectors) polynomial(c ...float64) func(x reg.Register) reg.Register {
	constants := make([]operand.Op, len(c))
	for i, value := range c {
		constants[i] = v.constant(value)
	}
	return func(x reg.Register) reg.Register {
		p := v.copy(constants[0])
		for _, k := range constants[1:] {
			v.mulAdd(p, x, k)
		}
		return p
	}
}

func (v *vectors) sqrt(a operand.Op) reg.Register {
	d := v.vector()
	v.VSQRTPS(v.in(a), d)
	return d
}

// round rounds to an integer: to the nearest, halves to even (0), down (1) or
// up (2).
func (v *vectors) round(a operand.Op, mode uint8) reg.Register {
	const quiet = 8
	d := v.vector()
	if v.wide {
		v.VRNDSCALEPS(operand.U8(mode|quiet), v.in(a), d)
	} else {
		v.VROUNDPS(operand.U8(mode|quiet), v.in(a), d)
	}
	return d
}

func (v *vectors) compare(predicate uint8, a, b operand.Op) mask {
	x, y := v.in(a), v.in(b)
	var d reg.Register
	if v.wide {
		d = v.K()
	} else {
		d = v.YMM()
	}
	v.VCMPPS(operand.U8(predicate), y, x, d)
	return d
}

// choose takes a where the mask is set, else b.
func (v *vectors) choose(m mask, a, b operand.Op) reg.Register {
	x, y, d := v.in(a), v.in(b), v.vector()
	if v.wide {
		v.VBLENDMPS(x, y, m, d)
	} else {
		v.VBLENDVPS(m, x, y, d)
	}
	return d
}

// keep takes a where the mask is set, else 0.
func (v *vectors) keep(m mask, a operand.Op) reg.Register {
	if !v.wide {
		return v.and(m, a)
	}
	d := v.vector()
	v.VMOVAPS_Z(v.in(a), m, d)
	return d
}
