package loop

import (
	"encoding/binary"
	"slices"
)

const (
	lanes     = 16
	registers = 32
)

// generator writes the machine code of a loop.
type generator struct {
	*lowering
	encoder
	last     []int  // the vector instruction that uses each value last
	register []int8 // of each value, −1 if it is in none
	holds    [registers]value
	resident int   // constants that have a register for the whole loop: the first ones
	uses     []use // of constants
}

// use is where a loop has the distance to a constant.
type use struct{ place, constant int }

// generate returns the machine code of a loop, which can be anywhere in memory; false if it needs more registers than there are.
// It is called with the table of addresses in RDI and the Run in R12.
func generate(c *Code) ([]byte, bool) {
	l := lower(c)
	g := &generator{lowering: l, last: make([]int, l.values), register: make([]int8, l.values)}
	for i, ins := range l.list {
		for _, v := range ins.in {
			if v != absent {
				g.last[v] = i
			}
		}
	}
	// Constants stay in registers if there are enough.
	for g.resident = min(len(l.constants), registers); ; g.resident /= 2 {
		g.code, g.uses = nil, nil
		if g.loop(c) {
			return g.code, true
		}
		if g.resident == 0 {
			return nil, false
		}
	}
}

// loop writes, for each row, whole vectors and then the rest, and behind that the constants.
func (g *generator) loop(c *Code) bool {
	operands := c.Inputs + len(c.Outputs)
	for k := range g.resident {
		g.loadConstant(k, uint8(registers-1-k))
	}
	row := len(g.code)
	for k := range min(len(bases), operands) {
		g.general(moveFrom, bases[k], addresses, 8*k)
	}
	g.general(moveFrom, left, arguments, fieldN)
	g.clearIndex()
	g.takeLeft(lanes)
	toRest := g.jump(isNegative)
	vector := len(g.code)
	if !g.body(c, allLanes) {
		return false
	}
	g.addIndex(lanes)
	g.takeLeft(lanes)
	g.reach(g.jump(notNegative), vector)
	g.reach(toRest, len(g.code))
	g.addLeft(lanes)
	toEnd := g.jump(isZero)
	g.maskLast()
	g.body(c, lastLanes)
	g.reach(toEnd, len(g.code))

	g.countRow()
	toReturn := g.jump(isZero)
	g.general(moveFrom, left, arguments, fieldStrides)
	for k := range operands {
		g.general(moveFrom, spare, left, 8*k)
		g.general(addTo, spare, addresses, 8*k)
	}
	g.reach(g.jumpAlways(), row)
	g.reach(toReturn, len(g.code))
	g.leave()

	pool := len(g.code)
	for _, b := range g.patterns {
		g.code = binary.LittleEndian.AppendUint32(g.code, b)
	}
	for _, u := range g.uses {
		g.reach(u.place, pool+4*u.constant)
	}
	return true
}

// body writes the vector instructions for some lanes. It returns false if there are too few registers.
func (g *generator) body(c *Code, lanes uint8) bool {
	for v := range g.register {
		g.register[v] = -1
	}
	for r := range g.holds {
		g.holds[r] = absent
	}
	for k, v := range g.constants[:g.resident] {
		g.put(v, registers-1-k)
	}
	for i := range g.list {
		ins := &g.list[i]
		var r [3]uint8
		for k, v := range ins.in {
			if v == absent {
				continue
			}
			if g.register[v] < 0 && !g.fetch(c, v, ins, lanes) {
				return false
			}
			r[k] = uint8(g.register[v])
		}
		switch ins.opcode {
		case store:
			g.memory(store, r[0], g.base(ins.address), lanes, false)
		case compare:
			g.registers(compare, chosenLanes, r[0], r[1], allLanes, false)
			g.bytes(ins.imm)
		default:
			if !g.compute(ins, i, r) {
				return false
			}
		}
		g.release(ins, i)
	}
	return true
}

// compute writes instruction i, whose operands are in the registers r, and gives its result a register: that of an operand that
// is not used any more, or a free one. It returns false if there is none.
func (g *generator) compute(ins *vectorInstruction, i int, r [3]uint8) bool {
	if ins.inPlace {
		d := int(r[0])
		if g.isKept(ins.in[0], i) {
			var ok bool
			if d, ok = g.free(ins); !ok {
				return false
			}
			g.registers(move, uint8(d), 0, r[0], allLanes, false)
		}
		g.registers(ins.opcode, uint8(d), r[1], r[2], allLanes, false)
		g.release(ins, i)
		g.put(ins.dst, d)
		return true
	}
	g.release(ins, i)
	d, ok := g.free(ins)
	if !ok {
		return false
	}
	mask := uint8(allLanes)
	if ins.masks {
		mask = chosenLanes
	}
	if ins.in[1] == absent {
		g.registers(ins.opcode, uint8(d), 0, r[0], mask, ins.masks)
	} else {
		g.registers(ins.opcode, uint8(d), r[0], r[1], mask, false)
	}
	if ins.opcode == round {
		g.bytes(ins.imm)
	}
	g.put(ins.dst, d)
	return true
}

// fetch loads an input or a constant.
func (g *generator) fetch(c *Code, v value, ins *vectorInstruction, lanes uint8) bool {
	r, ok := g.free(ins)
	if !ok {
		return false
	}
	g.put(v, r)
	if k := g.constantNumber(v); k >= 0 {
		g.loadConstant(k, uint8(r))
		return true
	}
	if c.isRepeated(int(v)) {
		g.repeated(uint8(r), g.base(int(v)))
	} else {
		g.memory(load, uint8(r), g.base(int(v)), lanes, lanes != allLanes)
	}
	return true
}

func (g *generator) loadConstant(k int, register uint8) {
	g.uses = append(g.uses, use{g.splat(register), k})
}

// base returns the register with an address of the table.
func (g *generator) base(number int) uint8 {
	if number < len(bases) {
		return bases[number]
	}
	g.general(moveFrom, spare, addresses, 8*number)
	return spare
}

// free returns a register for a result or an operand of an instruction. If all hold something, one is taken from an input or a
// constant that the instruction does not use: it is loaded again. It is false if there is none of these.
func (g *generator) free(ins *vectorInstruction) (register int, ok bool) {
	taken, last := -1, -1
	for r, v := range g.holds {
		switch {
		case v == absent:
			return r, true
		case g.resident > 0 || int(v) >= g.inputs && g.constantNumber(v) < 0 || v == ins.in[0] || v == ins.in[1] || v == ins.in[2]:
		case g.last[v] > last:
			taken, last = r, g.last[v]
		}
	}
	if taken >= 0 {
		g.register[g.holds[taken]] = -1
	}
	return taken, taken >= 0
}

func (g *generator) put(v value, r int) { g.holds[r], g.register[v] = v, int8(r) }

// release frees the registers of what instruction i uses last.
func (g *generator) release(ins *vectorInstruction, i int) {
	for _, v := range ins.in {
		if v != absent && !g.isKept(v, i) && g.register[v] >= 0 {
			if r := g.register[v]; g.holds[r] == v {
				g.holds[r] = absent
			}
			g.register[v] = -1
		}
	}
}

// isKept reports whether a value is used after instruction i.
func (g *generator) isKept(v value, i int) bool {
	return g.last[v] > i || slices.Contains(g.constants[:g.resident], v)
}
