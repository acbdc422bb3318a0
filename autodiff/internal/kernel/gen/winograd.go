package main

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transform is one of the maps of Winograd's convolutions along one axis, from in numbers
// to out. The kernel package's winograd_maps.go has the formulas.
type transform struct {
	name    string
	in, out int
	add     bool // to what the destination holds
	line    func(v *winogradVectors, x []reg.Register) []reg.Register
}

// The points of the interpolation are 0, ±a, ±b and ∞.
const (
	pointA = math.Sqrt2 / 2
	pointB = math.Sqrt2
)

// winograd emits the transforms.
func winograd(g *generator) {
	table := &winogradTable{g: g, base: g.StaticGlobal("winogradTable")}
	g.DataAttributes(attr.NOPTR | attr.RODATA)
	for _, wide := range []bool{true, false} {
		for _, t := range []transform{
			{"Image", 6, 6, false, (*winogradVectors).image},
			{"Result", 6, 4, false, (*winogradVectors).result},
			{"ResultAdd", 6, 4, true, (*winogradVectors).result},
			{"Gradient", 4, 6, false, (*winogradVectors).gradient},
			{"Filter", 3, 6, false, (*winogradVectors).filter},
			{"FilterGradient", 6, 3, false, (*winogradVectors).filterGradient},
			{"FilterGradientAdd", 6, 3, true, (*winogradVectors).filterGradient},
		} {
			g.transform(t, wide, table)
		}
	}
}

// transform emits a map along both axes of a square of pixels, a vector of channels at a
// time: of the columns to temp, then of the lines of temp.
func (g *generator) transform(t transform, wide bool, table *winogradTable) {
	bits := 256
	if wide {
		bits = 512
	}
	size := bits / 8
	name := fmt.Sprintf("winograd%s%d", t.name, bits)
	doc := fmt.Sprintf("%s maps %d × %d pixels to %d × %d, of n channels, a multiple of %d.", name, t.in, t.in, t.out, t.out, size/4)
	g.function(name, "func(dst, src, temp *float32, dstLine, dstPixel, srcLine, srcPixel, n int)", doc)
	dst, src, temp, n := g.argument("dst"), g.argument("src"), g.argument("temp"), g.argument("n")
	srcLine, srcPixel := g.steps("srcLine", t.in), g.steps("srcPixel", 2)
	dstLine, dstPixel := g.steps("dstLine", 2), g.steps("dstPixel", t.out)
	v := newWinogradVectors(g, wide, table, t)
	within := func(line, pixel int) operand.Mem {
		return operand.Mem{Base: temp, Disp: (line*t.in + pixel) * size}
	}
	from, to := g.GP64(), g.GP64()
	g.SHRQ(operand.Imm(uint64(2+bits/256)), n) // ... in vectors
	g.loop(label(name, "vector"), n, func() {
		g.MOVQ(src, from)
		for pixel := range t.in {
			x := make([]reg.Register, t.in)
			for line := range x {
				x[line] = v.load(srcLine.at(from, line))
			}
			for line, y := range t.line(v, x) {
				g.VMOVUPS(y, within(line, pixel))
			}
			if pixel+1 < t.in {
				g.ADDQ(srcPixel[0], from)
			}
		}
		g.MOVQ(dst, to)
		for line := range t.out {
			x := make([]reg.Register, t.in)
			for pixel := range x {
				x[pixel] = v.load(within(line, pixel))
			}
			for pixel, y := range t.line(v, x) {
				m := dstPixel.at(to, pixel)
				if t.add {
					g.VADDPS(m, y, y)
				}
				g.VMOVUPS(y, m)
			}
			if line+1 < t.out {
				g.ADDQ(dstLine[0], to)
			}
		}
		g.ADDQ(operand.U32(uint32(size)), src)
		g.ADDQ(operand.U32(uint32(size)), dst)
	})
	g.done()
}

// steps are one, three and five times a distance in bytes, as far as count places need
// them.
type steps []reg.Register

func (g *generator) steps(name string, count int) steps {
	one := g.argument(name)
	g.SHLQ(operand.Imm(2), one)
	s := steps{one}
	for i := 3; i < count; i += 2 {
		r := g.GP64()
		g.LEAQ(operand.Mem{Base: one, Index: one, Scale: uint8(i - 1)}, r)
		s = append(s, r)
	}
	return s
}

// at is the place i ≤ 5 steps after base.
func (s steps) at(base reg.Register, i int) operand.Mem {
	switch m := (operand.Mem{Base: base}); i {
	case 0:
		return m
	case 1, 2, 4:
		return m.Idx(s[0], uint8(i))
	default:
		return m.Idx(s[i/2], 1)
	}
}

// winogradTable is the read-only data of the file.
type winogradTable struct {
	g     *generator
	base  operand.Mem
	known []float64
}

// at is where a constant stands.
func (t *winogradTable) at(c float64) operand.Mem {
	i := slices.Index(t.known, c)
	if i < 0 {
		i = len(t.known)
		t.known = append(t.known, c)
		t.g.AddDatum(4*i, operand.U32(math.Float32bits(float32(c))))
	}
	return t.base.Offset(4 * i)
}

// winogradVectors emits arithmetic on vectors of 512 or 256 bits. A method gives a new
// register.
type winogradVectors struct {
	*generator
	wide      bool
	constants map[float64]reg.Register
}

// newWinogradVectors loads the constants of a map: it emits the map elsewhere to find them.
func newWinogradVectors(g *generator, wide bool, table *winogradTable, t transform) *winogradVectors {
	trial := &winogradVectors{&generator{build.NewContext()}, wide, map[float64]reg.Register{}}
	x := make([]reg.Register, t.in)
	for i := range x {
		x[i] = trial.vector()
	}
	t.line(trial, x)
	v := &winogradVectors{g, wide, map[float64]reg.Register{}}
	for _, c := range slices.Sorted(maps.Keys(trial.constants)) {
		v.constants[c] = v.vector()
		g.VBROADCASTSS(table.at(c), v.constants[c])
	}
	return v
}

func (v *winogradVectors) vector() reg.Register {
	if v.wide {
		return v.ZMM()
	}
	return v.YMM()
}

func (v *winogradVectors) load(m operand.Mem) reg.Register {
	d := v.vector()
	v.VMOVUPS(m, d)
	return d
}

func (v *winogradVectors) constant(c float64) reg.Register {
	if v.constants[c] == nil {
		v.constants[c] = v.vector()
	}
	return v.constants[c]
}

func (v *winogradVectors) sum(x, y reg.Register) reg.Register {
	d := v.vector()
	v.VADDPS(y, x, d)
	return d
}

func (v *winogradVectors) difference(x, y reg.Register) reg.Register {
	d := v.vector()
	v.VSUBPS(y, x, d)
	return d
}

func (v *winogradVectors) times(c float64, x reg.Register) reg.Register {
	d := v.vector()
	v.VMULPS(v.constant(c), x, d)
	return d
}

// plus returns x + c·y.
func (v *winogradVectors) plus(x reg.Register, c float64, y reg.Register) reg.Register {
	d := v.vector()
	v.VMOVAPS(x, d)
	v.VFMADD231PS(v.constant(c), y, d)
	return d
}

// minus returns x − c·y.
func (v *winogradVectors) minus(x reg.Register, c float64, y reg.Register) reg.Register {
	d := v.vector()
	v.VMOVAPS(x, d)
	v.VFNMADD231PS(v.constant(c), y, d)
	return d
}

func (v *winogradVectors) image(x []reg.Register) []reg.Register {
	evenA, oddA := v.minus(x[4], 2, x[2]), v.minus(x[3], 2, x[1])
	evenB, oddB := v.minus(x[4], .5, x[2]), v.minus(x[3], .5, x[1])
	return []reg.Register{
		v.minus(v.sum(x[0], x[4]), 2.5, x[2]),
		v.plus(evenA, pointA, oddA), v.minus(evenA, pointA, oddA),
		v.plus(evenB, pointB, oddB), v.minus(evenB, pointB, oddB),
		v.minus(v.sum(x[1], x[5]), 2.5, x[3]),
	}
}

func (v *winogradVectors) result(x []reg.Register) []reg.Register {
	evenA, oddA := v.sum(x[1], x[2]), v.difference(x[1], x[2])
	evenB, oddB := v.sum(x[3], x[4]), v.difference(x[3], x[4])
	return []reg.Register{
		v.sum(v.sum(x[0], evenA), evenB),
		v.plus(v.times(pointA, oddA), pointB, oddB),
		v.plus(v.times(.5, evenA), 2, evenB),
		v.plus(v.plus(x[5], pointA/2, oddA), pointB*2, oddB),
	}
}

func (v *winogradVectors) gradient(x []reg.Register) []reg.Register {
	evenA, oddA := v.plus(x[0], .5, x[2]), v.plus(x[1], .5, x[3])
	evenB, oddB := v.plus(x[0], 2, x[2]), v.plus(x[1], 2, x[3])
	return []reg.Register{
		x[0],
		v.plus(evenA, pointA, oddA), v.minus(evenA, pointA, oddA),
		v.plus(evenB, pointB, oddB), v.minus(evenB, pointB, oddB),
		x[3],
	}
}

func (v *winogradVectors) filter(x []reg.Register) []reg.Register {
	evenA, evenB := v.times(-2./3, v.plus(x[0], .5, x[2])), v.times(1./6, v.plus(x[0], 2, x[2]))
	return []reg.Register{
		x[0],
		v.plus(evenA, -pointA*2/3, x[1]), v.minus(evenA, -pointA*2/3, x[1]),
		v.plus(evenB, pointB/6, x[1]), v.minus(evenB, pointB/6, x[1]),
		x[2],
	}
}

func (v *winogradVectors) filterGradient(x []reg.Register) []reg.Register {
	evenA, oddA := v.sum(x[1], x[2]), v.difference(x[1], x[2])
	evenB, oddB := v.sum(x[3], x[4]), v.difference(x[3], x[4])
	return []reg.Register{
		v.plus(v.plus(x[0], -2./3, evenA), 1./6, evenB),
		v.plus(v.times(-pointA*2/3, oddA), pointB/6, oddB),
		v.plus(v.plus(x[5], -1./3, evenA), 1./3, evenB),
	}
}
