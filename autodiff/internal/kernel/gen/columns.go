package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columns reads and writes the first columns of a tile only.
type columns interface {
	load(m operand.Mem, v int, to, spare reg.Register)
	multiply(m operand.Mem, v int, by, to, spare, spare2 reg.Register)
	store(from reg.Register, m operand.Mem, v int, spare reg.Register)
	// each emits body for each way to read columns, ending at the label sums.
	each(get func(string) reg.GPVirtual, body func(kind string))
	beforeStore(get func(string) reg.GPVirtual)
	afterStore(full func())
}

func (g *generator) columns(k tileKind, at func(string) operand.Mem) columns {
	if !k.wide {
		lanes := g.GP64()
		g.MOVQ(at("lanes"), lanes)
		return &laneColumns{tileColumns{g: g, k: k}, lanes}
	}
	cols, all := g.GP64(), g.GP64()
	g.MOVQ(at("cols"), cols)
	g.MOVQ(operand.I32(-1), all)
	g.BZHIQ(cols, all, all)
	g.KMOVW(all.As32(), reg.K1)
	if k.vectors == 2 {
		g.SHRQ(operand.Imm(16), all)
		g.KMOVW(all.As32(), reg.K2)
	}
	return &maskColumns{tileColumns{g: g, k: k}}
}

// tileColumns emits the sums twice: for tiles with all columns without masks, which
// are slow in loads with AVX2, and with AVX-512 on Intel's processors, where they
// take a port that multiplies.
type tileColumns struct {
	g   *generator
	k   tileKind
	all bool // all columns: no masks
}

// full jumps to the label if all columns count.
func (c *tileColumns) full(get func(string) reg.GPVirtual, suffix string) {
	c.g.CMPQ(get("cols"), operand.U32(c.k.vectors*c.k.bytes()/4))
	c.g.JEQ(operand.LabelRef(label(c.k.name, suffix)))
}

func (c *tileColumns) each(get func(string) reg.GPVirtual, body func(kind string)) {
	c.full(get, "all")
	body("")
	c.g.JMP(operand.LabelRef(label(c.k.name, "sums")))
	c.g.Label(label(c.k.name, "all"))
	c.all = true
	body("all_")
	c.all = false
}

// maskColumns are the mask registers of AVX-512.
type maskColumns struct{ tileColumns }

func (*maskColumns) mask(v int) reg.Register { return []reg.Register{reg.K1, reg.K2}[v] }

func (c *maskColumns) load(m operand.Mem, v int, to, _ reg.Register) {
	if c.all {
		c.g.VMOVUPS(m, to)
		return
	}
	c.g.VMOVUPS_Z(m, c.mask(v), to)
}

func (c *maskColumns) multiply(m operand.Mem, v int, by, to, _, _ reg.Register) {
	if c.all {
		c.g.VFMADD231PS(m, by, to)
		return
	}
	c.g.VFMADD231PS(m, by, c.mask(v), to)
}

func (c *maskColumns) store(from reg.Register, m operand.Mem, v int, _ reg.Register) {
	c.g.VMOVUPS(from, c.mask(v), m)
}

func (*maskColumns) beforeStore(func(string) reg.GPVirtual) {}
func (*maskColumns) afterStore(func())                      {}

// laneColumns are masks in memory, for AVX2: no register is left for them. Masked
// stores are slow, so whole tiles avoid them.
type laneColumns struct {
	tileColumns
	lanes reg.GPVirtual
}

func (c *laneColumns) mask(v int, spare reg.Register) {
	c.g.VMOVUPS(operand.Mem{Base: c.lanes, Disp: v * c.k.bytes()}, spare)
}

func (c *laneColumns) load(m operand.Mem, v int, to, spare reg.Register) {
	if c.all {
		c.g.VMOVUPS(m, to)
		return
	}
	c.mask(v, spare)
	c.g.VMASKMOVPS(m, spare, to)
}

func (c *laneColumns) multiply(m operand.Mem, v int, by, to, spare, spare2 reg.Register) {
	if c.all {
		c.g.VFMADD231PS(m, by, to)
		return
	}
	c.mask(v, spare)
	c.g.VMASKMOVPS(m, spare, spare2)
	c.g.VFMADD231PS(spare2, by, to)
}

func (c *laneColumns) store(from reg.Register, m operand.Mem, v int, spare reg.Register) {
	c.mask(v, spare)
	c.g.VMASKMOVPS(from, spare, m)
}

func (c *laneColumns) beforeStore(get func(string) reg.GPVirtual) { c.full(get, "full") }

func (c *laneColumns) afterStore(full func()) {
	c.g.Label(label(c.k.name, "full"))
	full()
}
