package loop

// Op is what an instruction does with a number from each of its operands.
type Op uint8

// The operations. None stands for those that cannot be compiled.
const (
	None Op = iota

	Neg
	Abs
	Sign
	Sqrt
	Reciprocal
	Floor
	Ceil
	Round // halves to even
	ReLU
	Exp
	Tanh
	Logistic
	Erf

	Add
	Sub
	Mul
	Div
	Max
	Min
	Equal
	Less
	LessEqual

	Select // the second operand where the first is not 0, else the third
)

// Instruction applies an operation to values.
type Instruction struct {
	Op Op
	In [3]int // as many as the operation takes
}

// Code is a loop over the elements of its operands, row by row. Values are numbered: first the inputs, then the constants, then
// the results of the instructions. An instruction uses values of lower numbers.
type Code struct {
	Inputs       int
	Repeated     []bool // the inputs that have one number for each row; nil: none
	Constants    []float32
	Instructions []Instruction
	Outputs      []int // the results that are written to memory, in the order of their instructions
}

// isRepeated reports whether an input has one number for each row.
func (c *Code) isRepeated(input int) bool { return c.Repeated != nil && c.Repeated[input] }

// result returns the number of the value that instruction k computes.
func (c *Code) result(k int) int { return c.Inputs + len(c.Constants) + k }
