package lower

// Kind says as what operations use a stored tensor: a set of the constants below.
type Kind uint16

const (
	Factor       Kind = 1 << iota // operand of a product or of a recurrent network
	Gain                          // multiplies an activation elementwise, or divides one
	Bias                          // is added to the result of a product
	Shift                         // is added to another activation elementwise, or subtracted from one
	Scale                         // multiplies something that is no activation elementwise
	Affine                        // bias, gain or slope, by the operand's position
	Statistic                     // measured and not trained, by the operand's position
	Fixed                         // not trained, by the operand's position
	FixedUniform                  // not trained if all its elements are equal, by the operand's position
	Other                         // anything else
)

// roles are what stored tensors are as inputs of an operator, by input.
type roles map[int]role

// role is what a stored tensor is by its position alone.
type role struct {
	kind Kind
	as   string // in words, of the operator
}
