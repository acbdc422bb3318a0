package autodiff

// Op numbers the primitives; it indexes the table.
type Op uint8

// The closed set of primitives.
const (
	OpVariable Op = iota
	OpConst

	OpNeg
	OpExp
	OpLog
	OpLog1p
	OpExpm1
	OpSqrt
	OpReciprocal
	OpTanh
	OpLogistic
	OpErf
	OpSin
	OpCos
	OpAsin
	OpAtan
	OpAsinh
	OpAbs
	OpSign
	OpFloor
	OpCeil
	OpRound
	OpReLU
	OpStop

	OpAdd
	OpSub
	OpMul
	OpDiv
	OpPow
	OpMax
	OpMin
	OpEqual
	OpLess
	OpLessEqual
	OpSelect

	OpBroadcast
	OpSum
	OpArgMax
	OpArgSort
	OpCumSum

	OpDot
	OpConv
	OpConvInput
	OpConvFilter
	OpWindowArgMax
	OpWindowSum
	OpWindowSpread
	OpWindowTake
	OpWindowScatter

	OpReshape
	OpTranspose
	OpSlice
	OpReverse
	OpPad
	OpConcat
	OpTake
	OpScatter
	OpTakeAlong
	OpScatterAlong

	opCount
)
