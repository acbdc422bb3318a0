package loop

import "encoding/binary"

// opcode is what distinguishes the vector instructions on float32 in the EVEX encoding: the map of opcodes, the number that stands
// for a prefix, and the opcode. See "Intel 64 and IA-32 Architectures Software Developer's Manual", volume 2, section 2.7.
type opcode struct{ table, prefix, code uint8 }

var (
	load      = opcode{1, 0, 0x10} // VMOVUPS
	store     = opcode{1, 0, 0x11} // VMOVUPS
	move      = opcode{1, 0, 0x28} // VMOVAPS
	broadcast = opcode{2, 1, 0x18} // VBROADCASTSS

	sqrt    = opcode{1, 0, 0x51}
	and     = opcode{1, 0, 0x54}
	andNot  = opcode{1, 0, 0x55}
	or      = opcode{1, 0, 0x56}
	xor     = opcode{1, 0, 0x57}
	add     = opcode{1, 0, 0x58}
	mul     = opcode{1, 0, 0x59}
	sub     = opcode{1, 0, 0x5c}
	minimum = opcode{1, 0, 0x5d}
	div     = opcode{1, 0, 0x5e}
	maximum = opcode{1, 0, 0x5f}
	compare = opcode{1, 0, 0xc2} // VCMPPS
	blend   = opcode{2, 1, 0x65} // VBLENDMPS
	round   = opcode{3, 1, 0x08} // VRNDSCALEPS
	scale   = opcode{2, 1, 0x2c} // VSCALEFPS

	mulAdd213 = opcode{2, 1, 0xa8} // VFMADD213PS
	subMul231 = opcode{2, 1, 0xbc} // VFNMADD231PS
)

// Predicates of comparisons; NaN fulfils only notEqual and unordered.
const (
	equal       = 0x00
	unordered   = 0x03
	notEqual    = 0x04
	less        = 0x11
	lessOrEqual = 0x12
)

// The registers that a loop uses besides those of vectors. R14, R15 and RBP stay as they are for Go, and the stack is not used.
const (
	index     = 0  // RAX, of the present element
	left      = 6  // RSI, how many elements are left of the row
	addresses = 7  // RDI, the table of where the rows of inputs and outputs are
	arguments = 12 // R12, the Run
	spare     = 13
)

// bases are the registers that hold the first addresses of the table.
var bases = [...]uint8{1, 2, 3, 8, 9, 10, 11}

// Where a Run has its fields.
const (
	fieldN       = 0
	fieldRows    = 8
	fieldStrides = 16
)

// Mask registers: no mask, the lanes of the last elements, and those of the latest comparison.
const (
	allLanes    = 0
	lastLanes   = 1
	chosenLanes = 2
)

// encoder appends machine code.
type encoder struct{ code []byte }

func (e *encoder) bytes(b ...uint8) { e.code = append(e.code, b...) }

// evex appends what instructions on 512 bits begin with, up to the opcode. x and b are the high bits of the operand in memory or
// of the third register, first and second the other registers.
func (e *encoder) evex(o opcode, first, second, x, b, mask uint8, zero bool) {
	bit := func(set bool, n int) uint8 {
		if set {
			return 1 << n
		}
		return 0
	}
	e.bytes(0x62,
		bit(first&8 == 0, 7)|bit(x == 0, 6)|bit(b == 0, 5)|bit(first&16 == 0, 4)|o.table,
		(^second&15)<<3|1<<2|o.prefix,
		bit(zero, 7)|2<<5|bit(second&16 == 0, 3)|mask,
		o.code)
}

// registers appends an instruction on three registers, of which some instructions use only the first and the third.
func (e *encoder) registers(o opcode, first, second, third, mask uint8, zero bool) {
	e.evex(o, first, second, third>>4&1, third>>3&1, mask, zero)
	e.bytes(0xc0 | first&7<<3 | third&7)
}

// memory appends a move between a register and the present elements behind an address.
func (e *encoder) memory(o opcode, register, base, mask uint8, zero bool) {
	e.evex(o, register, 0, 0, base>>3, mask, zero)
	const sib, displaced, none, by4 = 4, 1 << 6, 0, 2 << 6
	if base&7 == 5 { // would mean something else without a displacement
		e.bytes(displaced|register&7<<3|sib, by4|index<<3|base&7, 0)
		return
	}
	e.bytes(none|register&7<<3|sib, by4|index<<3|base&7)
}

// repeated appends the load of one number behind an address to all lanes of a register.
func (e *encoder) repeated(register, base uint8) {
	const displaced = 1 << 6
	e.evex(broadcast, register, 0, 0, base>>3, allLanes, false)
	e.bytes(displaced|register&7<<3|base&7, 0)
}

// splat appends the load of a constant to all lanes of a register, and returns the place of the constant's distance from the
// end of the instruction, four bytes.
func (e *encoder) splat(register uint8) (place int) {
	e.evex(broadcast, register, 0, 0, 0, allLanes, false)
	e.bytes(register&7<<3 | 5)
	return e.distance()
}

// distance appends room for a distance.
func (e *encoder) distance() (place int) {
	e.bytes(0, 0, 0, 0)
	return len(e.code) - 4
}

// reach sets a distance so that it leads from behind it to a target.
func (e *encoder) reach(place, target int) {
	binary.LittleEndian.PutUint32(e.code[place:], uint32(int32(target-place-4)))
}

// The instructions on general registers of 64 bits: a move from memory, and an addition to memory, each with a distance from a base.
const (
	moveFrom = 0x8b
	addTo    = 0x01
)

// general appends one of them.
func (e *encoder) general(code, register, base uint8, distance int) {
	e.bytes(0x48|register>>3<<2|base>>3, code, 2<<6|register&7<<3|base&7)
	if base&7 == 4 { // would mean something else without the byte for an index
		e.bytes(0x24)
	}
	e.code = binary.LittleEndian.AppendUint32(e.code, uint32(distance))
}

// countRow counts the rows of a Run down.
func (e *encoder) countRow() { e.bytes(0x49, 0xff, 0x4c, 0x24, fieldRows) } // DECQ 8(R12)

// jump appends a conditional jump, and returns the place of its distance.
func (e *encoder) jump(condition uint8) (place int) {
	e.bytes(0x0f, 0x80|condition)
	return e.distance()
}

// jumpAlways is jump without a condition.
func (e *encoder) jumpAlways() (place int) {
	e.bytes(0xe9)
	return e.distance()
}

// Conditions of jumps, on the latest result.
const (
	isZero      = 0x4
	isNegative  = 0xc
	notNegative = 0xd
)

func (e *encoder) clearIndex()      { e.bytes(0x31, 0xc0) }             // XORL EAX, EAX
func (e *encoder) addIndex(n uint8) { e.bytes(0x48, 0x83, 0xc0, n) }    // ADDQ
func (e *encoder) addLeft(n uint8)  { e.bytes(0x48, 0x83, 0xc6, n) }    // ADDQ
func (e *encoder) takeLeft(n uint8) { e.bytes(0x48, 0x83, 0xee, n) }    // SUBQ
func (e *encoder) leave()           { e.bytes(0xc5, 0xf8, 0x77, 0xc3) } // VZEROUPPER, RET

// maskLast sets the lanes of as many elements as are left.
func (e *encoder) maskLast() {
	e.bytes(0x49, 0xc7, 0xc5, 0xff, 0xff, 0xff, 0xff) // MOVQ R13, −1
	e.bytes(0xc4, 0x42, 0xc8, 0xf5, 0xed)             // BZHIQ R13, R13, RSI
	e.bytes(0xc4, 0xc1, 0x78, 0x92, 0xcd)             // KMOVW K1, R13
}
