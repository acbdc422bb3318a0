package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// field is the byte offset of a field of the kernel package's tileArgs.
var field = map[string]int{
	"a": 0, "a2": 8, "b": 16, "c": 24, "c2": 32, "steps": 40, "lanes": 48,
	"count": 56, "k": 64, "lda": 72, "ka": 80, "ldb": 88, "ldc": 96, "cols": 104, "add": 112,
}

// unroll is how many steps of k the main loop of a tile takes at once.
const unroll = 4

// tileKind is one micro-kernel: a tile of some rows by one or two vectors.
type tileKind struct {
	name          string
	wide          bool // 512 bits
	rows, vectors int
	channels      bool // rows of a are vectors, multiplied by channel
}

// tiles emits every tile: the matrix tile for each number of rows and one or two
// vectors, and the channel tile likewise.
func tiles(g *generator) {
	for _, set := range []struct {
		bits, rows int
		wide       bool
	}{{512, 14, true}, {256, 6, false}} {
		for _, family := range []string{"tile", "channels"} {
			for vectors := 2; vectors >= 1; vectors-- {
				for rows := 1; rows <= set.rows; rows++ {
					g.tile(tileKind{fmt.Sprintf("%s%dx%dx%d", family, set.bits, rows, vectors),
						set.wide, rows, vectors, family == "channels"})
				}
			}
		}
	}
}

func (k tileKind) bytes() int {
	if k.wide {
		return 64
	}
	return 32
}

// acc is the sum of row i and vector v; b and spare follow.
func (k tileKind) acc(i, v int) reg.Register { return vector(i*k.vectors+v, k.wide) }
func (k tileKind) b(v int) reg.Register      { return vector(k.rows*k.vectors+v, k.wide) }
func (k tileKind) spare(i int) reg.Register {
	return vector((k.rows+1)*k.vectors+i%2, k.wide)
}

// upper is the number of rows of the first group.
func (k tileKind) upper() int { return (k.rows + 1) / 2 }

// tile emits one micro-kernel. The rows of each group are at 0, 1, 2, … 6 times
// lda from its base, which takes lda, 3·lda and 5·lda in registers.
func (g *generator) tile(k tileKind) {
	g.function(k.name, "func(t *tileArgs)", fmt.Sprintf("%s is the tile of %d rows and %d vectors of %d bits.", k.name, k.rows, k.vectors, k.bytes()*8))
	t := g.argument("t")
	at := func(name string) operand.Mem { return operand.Mem{Base: t, Disp: field[name]} }
	get := func(name string) reg.GPVirtual {
		r := g.GP64()
		g.MOVQ(at(name), r)
		return r
	}
	stride := func(name string) reg.GPVirtual {
		r := get(name)
		g.SHLQ(operand.Imm(2), r)
		return r
	}
	columns := g.columns(k, at)
	steps, count := get("steps"), get("count")
	lda, ka, ldb := stride("lda"), stride("ka"), stride("ldb")
	lda3, lda5 := g.GP64(), g.GP64()
	g.LEAQ(operand.Mem{Base: lda, Index: lda, Scale: 2}, lda3)
	g.LEAQ(operand.Mem{Base: lda, Index: lda, Scale: 4}, lda5)
	a, a2, b, left := g.GP64(), g.GP64(), g.GP64(), g.GP64()

	for i := range k.rows {
		for v := range k.vectors {
			if k.wide {
				g.VPXORD(k.acc(i, v), k.acc(i, v), k.acc(i, v))
			} else {
				g.VXORPS(k.acc(i, v), k.acc(i, v), k.acc(i, v))
			}
		}
	}
	g.prefetch(k, at, stride)

	row := func(i int) operand.Mem {
		m := operand.Mem{Base: a}
		if i >= k.upper() {
			m.Base, i = a2, i-k.upper()
		}
		switch i {
		case 1, 2, 4:
			m.Index, m.Scale = lda, uint8(i)
		case 3, 6:
			m.Index, m.Scale = lda3, uint8(i/3)
		case 5:
			m.Index, m.Scale = lda5, 1
		}
		return m
	}
	step := func() {
		for v := range k.vectors {
			columns.load(operand.Mem{Base: b, Disp: v * k.bytes()}, v, k.b(v), k.spare(0))
		}
		for i := range k.rows {
			if k.channels {
				for v := range k.vectors {
					m := row(i)
					m.Disp = v * k.bytes()
					columns.multiply(m, v, k.b(v), k.acc(i, v), k.spare(0), k.spare(1))
				}
				continue
			}
			g.VBROADCASTSS(row(i), k.spare(i))
			for v := range k.vectors {
				g.VFMADD231PS(k.b(v), k.spare(i), k.acc(i, v))
			}
		}
		g.ADDQ(ldb, b)
		g.ADDQ(ka, a)
		g.ADDQ(ka, a2)
	}

	columns.each(get, func(kind string) {
		g.sum(k, at, kind, steps, count, a, a2, b, left, step)
	})
	g.Label(label(k.name, "sums"))
	g.store(k, at, get, stride, columns)
}

// sum emits the loops over the steps, and over k within.
func (g *generator) sum(k tileKind, at func(string) operand.Mem, kind string, steps, count, a, a2, b, left reg.GPVirtual, step func()) {
	g.Label(label(k.name, kind+"step"))
	g.MOVQ(operand.Mem{Base: steps}, left)
	g.MOVQ(at("a"), a)
	g.LEAQ(operand.Mem{Base: a, Index: left, Scale: 4}, a)
	g.MOVQ(at("a2"), a2)
	g.LEAQ(operand.Mem{Base: a2, Index: left, Scale: 4}, a2)
	g.MOVQ(operand.Mem{Base: steps, Disp: 8}, left)
	g.MOVQ(at("b"), b)
	g.LEAQ(operand.Mem{Base: b, Index: left, Scale: 4}, b)
	g.ADDQ(operand.U32(16), steps)
	g.MOVQ(at("k"), left)
	g.SUBQ(operand.U32(unroll), left)
	g.JL(operand.LabelRef(label(k.name, kind+"tail")))
	g.Comment(align)
	g.Label(label(k.name, kind+"main"))
	for range unroll {
		step()
	}
	g.SUBQ(operand.U32(unroll), left)
	g.JGE(operand.LabelRef(label(k.name, kind+"main")))
	g.Label(label(k.name, kind+"tail"))
	g.ADDQ(operand.U32(unroll), left)
	g.JZ(operand.LabelRef(label(k.name, kind+"next")))
	g.loop(label(k.name, kind+"one"), left, step)
	g.Label(label(k.name, kind+"next"))
	g.DECQ(count)
	g.JNZ(operand.LabelRef(label(k.name, kind+"step")))
}

// walk visits the rows of c.
func (g *generator) walk(k tileKind, at func(string) operand.Mem, c, ldc reg.GPVirtual, body func(i int)) {
	for i := range k.rows {
		if i == 0 {
			g.MOVQ(at("c"), c)
		} else if i == k.upper() {
			g.MOVQ(at("c2"), c)
		} else {
			g.ADDQ(ldc, c)
		}
		body(i)
	}
}

// prefetch asks for the rows of c.
func (g *generator) prefetch(k tileKind, at func(string) operand.Mem, stride func(string) reg.GPVirtual) {
	c, ldc := g.GP64(), stride("ldc")
	g.walk(k, at, c, ldc, func(i int) {
		for v := 0; v < k.vectors; v += 64 / k.bytes() {
			g.PREFETCHT0(operand.Mem{Base: c, Disp: v * k.bytes()})
		}
	})
}

// store writes the sums to c, or adds them.
func (g *generator) store(k tileKind, at func(string) operand.Mem, get, stride func(string) reg.GPVirtual, columns columns) {
	c, ldc, add := g.GP64(), stride("ldc"), get("add")
	g.TESTQ(add, add)
	g.JZ(operand.LabelRef(label(k.name, "store")))
	g.walk(k, at, c, ldc, func(i int) {
		for v := range k.vectors {
			columns.load(operand.Mem{Base: c, Disp: v * k.bytes()}, v, k.b(v), k.spare(0))
			g.VADDPS(k.b(v), k.acc(i, v), k.acc(i, v))
		}
	})
	g.Label(label(k.name, "store"))
	columns.beforeStore(get)
	g.walk(k, at, c, ldc, func(i int) {
		for v := range k.vectors {
			columns.store(k.acc(i, v), operand.Mem{Base: c, Disp: v * k.bytes()}, v, k.spare(0))
		}
	})
	g.done()
	columns.afterStore(func() {
		g.walk(k, at, c, ldc, func(i int) {
			for v := range k.vectors {
				g.VMOVUPS(k.acc(i, v), operand.Mem{Base: c, Disp: v * k.bytes()})
			}
		})
		g.done()
	})
}
