package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// packs emits the ways to copy a strip of a matrix.
func packs(g *generator) {
	g.copyRows()
	g.transpose()
	g.transpose8()
}

// low sets a mask register to its count low bits.
func (g *generator) low(count reg.Register, mask ...reg.Register) {
	bits := g.GP64()
	g.MOVQ(operand.I32(-1), bits)
	g.BZHIQ(count, bits, bits)
	for i, k := range mask {
		if i > 0 {
			g.SHRQ(operand.Imm(16), bits)
		}
		g.KMOVW(bits.As32(), k)
	}
}

func (g *generator) copyRows() {
	const name = "copyRows512"
	g.function(name, "func(dst, src *float32, ds, ld, n, cols int)",
		name+" copies n ≥ 1 rows of cols ≤ 32 elements:\n\n\tfor k, j { dst[k·ds+j] = src[k·ld+j] }")
	dst, src, n := g.argument("dst"), g.argument("src"), g.argument("n")
	ds, ld := g.argument("ds"), g.argument("ld")
	g.SHLQ(operand.Imm(2), ds)
	g.SHLQ(operand.Imm(2), ld)
	g.low(g.argument("cols"), reg.K1, reg.K2)
	far := g.GP64() // the processor does not predict reads that are far apart
	g.MOVQ(ld, far)
	g.SHLQ(operand.Imm(5), far) // 32 rows
	g.loop(label(name, "row"), n, func() {
		g.PREFETCHT1(operand.Mem{Base: src, Index: far, Scale: 1})
		g.PREFETCHT1(operand.Mem{Base: src, Disp: 64, Index: far, Scale: 1})
		g.VMOVUPS_Z(operand.Mem{Base: src}, reg.K1, reg.Z0)
		g.VMOVUPS_Z(operand.Mem{Base: src, Disp: 64}, reg.K2, reg.Z1)
		g.VMOVUPS(reg.Z0, reg.K1, operand.Mem{Base: dst})
		g.VMOVUPS(reg.Z1, reg.K2, operand.Mem{Base: dst, Disp: 64})
		g.ADDQ(ld, src)
		g.ADDQ(ds, dst)
	})
	g.done()
}

// transpose turns 16×16 blocks in registers: pairs of rows, pairs of pairs, then
// the 128-bit lanes twice.
func (g *generator) transpose() {
	const name = "transpose512"
	g.function(name, "func(dst, src *float32, ds, ld, n, cols int)",
		name+" copies cols ≤ 16 rows of n ≥ 1 elements as columns:\n\n\tfor k, j { dst[k·ds+j] = src[j·ld+k] }")
	dst, src, n := g.argument("dst"), g.argument("src"), g.argument("n")
	ds, ld, cols := g.argument("ds"), g.argument("ld"), g.argument("cols")
	g.SHLQ(operand.Imm(2), ds)
	g.SHLQ(operand.Imm(2), ld)
	g.low(cols, reg.K1)
	sixteen, count, line, step, rows := g.GP64(), g.GP64(), g.GP64(), g.GP64(), g.GP64()
	zero := g.GP64()
	g.MOVQ(operand.U32(16), sixteen)
	g.XORQ(zero, zero)

	g.Label(label(name, "block"))
	g.MOVQ(n, count)
	g.CMPQ(count, sixteen)
	g.CMOVQGT(sixteen, count)
	g.low(count, reg.K2)
	g.MOVQ(src, line)
	g.MOVQ(ld, step)
	g.MOVQ(cols, rows)
	z := func(i int) reg.Register { return vector(i, true) }
	for i := range 16 {
		g.PREFETCHT1(operand.Mem{Base: line, Disp: 256})
		g.VMOVUPS_Z(operand.Mem{Base: line}, reg.K2, z(i))
		g.DECQ(rows) // beyond the last row, read it again
		g.TESTQ(rows, rows)
		g.CMOVQEQ(zero, step)
		g.ADDQ(step, line)
	}
	for i := 0; i < 16; i += 2 {
		g.VUNPCKLPS(z(i+1), z(i), z(16+i))
		g.VUNPCKHPS(z(i+1), z(i), z(16+i+1))
	}
	for i := 0; i < 16; i += 4 {
		g.VUNPCKLPD(z(16+i+2), z(16+i), z(i))
		g.VUNPCKHPD(z(16+i+2), z(16+i), z(i+1))
		g.VUNPCKLPD(z(16+i+3), z(16+i+1), z(i+2))
		g.VUNPCKHPD(z(16+i+3), z(16+i+1), z(i+3))
	}
	even, odd := operand.Imm(0x88), operand.Imm(0xdd)
	for c := range 4 {
		g.VSHUFF32X4(even, z(4+c), z(c), z(16+c))
		g.VSHUFF32X4(odd, z(4+c), z(c), z(20+c))
		g.VSHUFF32X4(even, z(12+c), z(8+c), z(24+c))
		g.VSHUFF32X4(odd, z(12+c), z(8+c), z(28+c))
	}
	for c := range 4 {
		g.VSHUFF32X4(even, z(24+c), z(16+c), z(c))
		g.VSHUFF32X4(odd, z(24+c), z(16+c), z(8+c))
		g.VSHUFF32X4(even, z(28+c), z(20+c), z(4+c))
		g.VSHUFF32X4(odd, z(28+c), z(20+c), z(12+c))
	}
	for i := range 16 {
		g.VMOVUPS(z(i), reg.K1, operand.Mem{Base: dst})
		g.ADDQ(ds, dst)
		if i < 15 {
			g.DECQ(count)
			g.JZ(operand.LabelRef(label(name, "next")))
		}
	}
	g.Label(label(name, "next"))
	g.ADDQ(operand.U32(64), src)
	g.SUBQ(operand.U32(16), n)
	g.JG(operand.LabelRef(label(name, "block")))
	g.done()
}

// transpose8 turns 8×8 blocks in registers: pairs of rows, pairs of pairs, then the
// 128-bit lanes.
func (g *generator) transpose8() {
	const name = "transpose256"
	g.function(name, "func(dst, src *float32, ds, ld, blocks int)",
		name+" copies 8 rows of 8·blocks ≥ 8 elements as columns:\n\n\tfor k, j { dst[k·ds+j] = src[j·ld+k] }")
	dst, src := g.argument("dst"), g.argument("src")
	ds, ld, blocks := g.argument("ds"), g.argument("ld"), g.argument("blocks")
	g.SHLQ(operand.Imm(2), ds)
	g.SHLQ(operand.Imm(2), ld)
	line := g.GP64()
	y := func(i int) reg.Register { return vector(i, false) }
	g.loop(label(name, "block"), blocks, func() {
		g.MOVQ(src, line)
		for i := range 8 {
			g.VMOVUPS(operand.Mem{Base: line}, y(i))
			g.ADDQ(ld, line)
		}
		for i := 0; i < 8; i += 2 {
			g.VUNPCKLPS(y(i+1), y(i), y(8+i))
			g.VUNPCKHPS(y(i+1), y(i), y(8+i+1))
		}
		for i := 0; i < 8; i += 4 {
			g.VUNPCKLPD(y(8+i+2), y(8+i), y(i))
			g.VUNPCKHPD(y(8+i+2), y(8+i), y(i+1))
			g.VUNPCKLPD(y(8+i+3), y(8+i+1), y(i+2))
			g.VUNPCKHPD(y(8+i+3), y(8+i+1), y(i+3))
		}
		for c := range 4 {
			g.VPERM2F128(operand.Imm(0x20), y(4+c), y(c), y(8+c))
			g.VPERM2F128(operand.Imm(0x31), y(4+c), y(c), y(12+c))
		}
		for i := range 8 {
			g.VMOVUPS(y(8+i), operand.Mem{Base: dst})
			g.ADDQ(ds, dst)
		}
		g.ADDQ(operand.U32(32), src)
	})
	g.done()
}
