package loop

import (
	"math"
	"slices"
)

// value is the number of an input, of a constant or of what a vector instruction computes.
type value int

// absent stands for an operand that a vector instruction does not have.
const absent value = -1

// vectorInstruction is one instruction of the processor.
type vectorInstruction struct {
	opcode
	dst     value    // absent of stores and comparisons, which leave a mask
	in      [3]value // in the order of the processor's operands
	imm     uint8
	inPlace bool // the first operand's register is that of dst
	masks   bool // the mask of the latest comparison chooses lanes
	address int  // of a store: its number in the table
}

// lowering writes instructions as vector instructions. Its functions are those of the loops that package kernel has, and have
// their names and the order of their operands, on which the bits of NaN depend.
type lowering struct {
	list      []vectorInstruction
	inputs    int
	values    int              // how many there are so far, the inputs first
	constants []value          // those that are constants
	patterns  []uint32         // of each constant
	of        map[uint32]value // the constants by their bits
}

// lower returns the vector instructions of a code.
func lower(c *Code) *lowering {
	l := &lowering{inputs: c.Inputs, values: c.Inputs, of: make(map[uint32]value)}
	values := make([]value, 0, c.result(len(c.Instructions)))
	for i := range c.Inputs {
		values = append(values, value(i))
	}
	for _, x := range c.Constants {
		values = append(values, l.constant(x))
	}
	outputs := c.Outputs
	for k, ins := range c.Instructions {
		var x [3]value
		for i, n := range ins.In {
			if x[i] = absent; n >= 0 && n < len(values) {
				x[i] = values[n]
			}
		}
		y := l.apply(ins.Op, x[0], x[1], x[2])
		values = append(values, y)
		if len(outputs) > 0 && outputs[0] == c.result(k) {
			address := c.Inputs + len(c.Outputs) - len(outputs)
			l.list = append(l.list, vectorInstruction{opcode: store, dst: absent, in: [3]value{y, absent, absent}, address: address})
			outputs = outputs[1:]
		}
	}
	return l
}

func (l *lowering) apply(op Op, a, b, c value) value {
	switch op {
	case Neg:
		return l.xor(l.bits(signBit), a)
	case Abs:
		return l.andNot(l.bits(signBit), a)
	case Sign:
		unit := l.or(l.and(l.bits(signBit), a), l.constant(1))
		l.compare(less, l.constant(0), l.andNot(l.bits(signBit), a))
		return l.choose(unit, a)
	case Sqrt:
		return l.emit(sqrt, a, absent)
	case Reciprocal:
		return l.div(l.constant(1), a)
	case Floor, Ceil, Round:
		return l.round(a, map[Op]uint8{Round: 0, Floor: 1, Ceil: 2}[op])
	case ReLU:
		return l.larger(a, l.constant(0))
	case Exp:
		return l.exp(a)
	case Tanh:
		return l.tanh(a)
	case Logistic:
		return l.logistic(a)
	case Erf:
		return l.erf(a)
	case Add:
		return l.add(a, b)
	case Sub:
		return l.sub(a, b)
	case Mul:
		return l.mul(a, b)
	case Div:
		return l.div(a, b)
	case Max:
		return l.larger(a, b)
	case Min:
		return l.orNaN(l.or(l.min(a, b), l.min(b, a)), a, b)
	case Equal, Less, LessEqual:
		l.compare(map[Op]uint8{Equal: equal, Less: less, LessEqual: lessOrEqual}[op], a, b)
		return l.keep(l.constant(1))
	case Select:
		l.compare(notEqual, a, l.constant(0))
		return l.choose(b, c)
	}
	panic("loop: an operation that cannot be compiled")
}

func (l *lowering) add(a, b value) value    { return l.emit(add, a, b) }
func (l *lowering) sub(a, b value) value    { return l.emit(sub, a, b) }
func (l *lowering) mul(a, b value) value    { return l.emit(mul, a, b) }
func (l *lowering) div(a, b value) value    { return l.emit(div, a, b) }
func (l *lowering) min(a, b value) value    { return l.emit(minimum, a, b) }
func (l *lowering) max(a, b value) value    { return l.emit(maximum, a, b) }
func (l *lowering) and(a, b value) value    { return l.emit(and, a, b) }
func (l *lowering) andNot(a, b value) value { return l.emit(andNot, a, b) } // ^a & b
func (l *lowering) or(a, b value) value     { return l.emit(or, a, b) }
func (l *lowering) xor(a, b value) value    { return l.emit(xor, a, b) }

// larger asks the processor both ways round: the answers differ only for zeros of two signs and for NaN.
func (l *lowering) larger(a, b value) value {
	return l.orNaN(l.and(l.max(a, b), l.max(b, a)), a, b)
}

// orNaN gives y, but NaN where a or b is.
func (l *lowering) orNaN(y, a, b value) value {
	nan := l.add(a, b)
	l.compare(unordered, a, b)
	return l.choose(nan, y)
}

// compare leaves the mask that choose and keep take.
func (l *lowering) compare(predicate uint8, a, b value) {
	l.list = append(l.list, vectorInstruction{opcode: compare, dst: absent, in: [3]value{a, b, absent}, imm: predicate})
}

// choose takes a where the mask is set, else b.
func (l *lowering) choose(a, b value) value {
	y := l.emit(blend, b, a)
	l.list[len(l.list)-1].masks = true
	return y
}

// keep takes a where the mask is set, else 0.
func (l *lowering) keep(a value) value {
	y := l.emit(move, a, absent)
	l.list[len(l.list)-1].masks = true
	return y
}

// round rounds to a whole number: to the nearest, halves to even (0), down (1) or up (2).
func (l *lowering) round(a value, mode uint8) value {
	const quiet = 8
	y := l.emit(round, a, absent)
	l.list[len(l.list)-1].imm = mode | quiet
	return y
}

// mulAdd is a·b + c, rounded once.
func (l *lowering) mulAdd(a, b, c value) value { return l.fused(mulAdd213, a, b, c) }

// subMul is a − b·c, rounded once.
func (l *lowering) subMul(a, b, c value) value { return l.fused(subMul231, a, b, c) }

func (l *lowering) fused(o opcode, a, b, c value) value {
	y := l.emit(o, a, b)
	last := &l.list[len(l.list)-1]
	last.in[2], last.inPlace = c, true
	return y
}

func (l *lowering) emit(o opcode, a, b value) value {
	y := l.newValue()
	l.list = append(l.list, vectorInstruction{opcode: o, dst: y, in: [3]value{a, b, absent}})
	return y
}

func (l *lowering) newValue() value {
	l.values++
	return value(l.values - 1)
}

func (l *lowering) constant(x float32) value { return l.bits(math.Float32bits(x)) }

func (l *lowering) bits(b uint32) value {
	v, known := l.of[b]
	if !known {
		v = l.newValue()
		l.of[b] = v
		l.constants, l.patterns = append(l.constants, v), append(l.patterns, b)
	}
	return v
}

// constantNumber returns which of the constants a value is, −1 if it is none.
func (l *lowering) constantNumber(v value) int { return slices.Index(l.constants, v) }
