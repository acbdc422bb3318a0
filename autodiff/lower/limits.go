package lower

// A file is hostile until it is lowered: a few bytes of it can ask for any amount of memory and time. What it can try, and
// what stops it:
//
//   - Sizes that overflow or that no memory holds, in shapes, attributes and elements that decide shapes: every size is
//     compared with maxSize or maxCount before it is multiplied further. The memory of the graph itself is bounded by
//     Options.MemoryLimit, in package autodiff.
//   - Small operations with large constants: ranges, windows, matrices of a transform, repeated numbers. maxKnown bounds those
//     of one operation, maxComputed what is computed of them.
//   - Growth by repetition: functions that call functions (maxOperations, maxNameBytes), loops (maxUnrolledOperations,
//     maxUnrolledElements), sequences (maxSequenceElements), long recurrences (maxSteps). What remains is bounded by maxNodes.
//   - Deep recursion: functions and subgraphs (maxDepth), names of sizes that are expressions (maxSizeName). The reader of the
//     file bounds how deep its messages nest.
//   - Work out of proportion to the file: products (maxProductWork), pairs of boxes (maxBoxPairs), comparisons of every tensor
//     with every other (maxTied, maxCompared), searches through the graph (maxTries).
//
// Beyond a limit is an error, except in the searches: they give up, and find less.

// Sizes.
const (
	maxSize  = 1 << 40 // elements of a tensor, or size of an axis: bytes of them, and sums, do not overflow
	maxCount = 1 << 30 // a count or offset in an attribute: sums and products of two do not overflow
	maxRank  = 64      // axes of a tensor: work for each axis, and for each pair of axes, stays small
	maxDense = 1 << 24 // elements of a sparse tensor, which are stored densely
)

// Constants that operations make.
const (
	maxKnown    = 1 << 22 // elements of the tables that one operation makes while building, or of the numbers it reads for them
	maxComputed = 1 << 24 // elements that are computed while building, all together, besides maxPerGiven for each one given
	maxPerGiven = 1 << 4
	maxUnpacked = 1 << 26 // elements of a matrix of packed numbers, as large layers have, and points that RoiAlign reads
)

// What one operation becomes, where that grows faster than its operands.
const (
	maxSteps       = 1 << 14 // length of a recurrence: every element adds nodes to the graph
	maxTaps        = 1 << 8  // elements that GridSample reads for one of the result: cubic takes 4 along each axis
	maxDeterminant = 8       // rows of a determinant: its expansion has n·2ⁿ⁻¹ products
	maxWindow      = 1 << 20 // channels that LRN adds up
	maxFactor      = 1 << 20 // by which Resize enlarges an axis
	maxScaleBlock  = 1 << 20 // elements of MatMulNBits that share a scale
	maxBlock       = 1 << 15 // side of the blocks of DepthToSpace: its square is no overflow
	maxImageBlock  = 1 << 10 // elements of the blocks of Col2Im, whose filter is the square
	maxBinLength   = 1 << 16 // of a region that RoiAlign samples: one sample for each pixel
	maxProductWork = 1 << 30 // multiply-adds of a product that is computed while building
	maxBoxPairs    = 1 << 30 // pairs of boxes that NonMaxSuppression compares
)

// The whole model.
const (
	maxDepth      = 64      // of subgraphs in subgraphs, and of functions that call functions: the lowering recurses
	maxNodes      = 1 << 21 // of the autodiff graph
	maxOperations = 1 << 18 // after inlining: functions that call others twice double at each level
	maxNameBytes  = 1 << 26 // of the names of tensors that inlining makes: each call adds a prefix
	maxEdges      = 1 << 20 // of operations with several results: onnx-go makes one from each result to each operand

	maxUnrolledOperations = 1 << 18 // lowered in subgraphs: iterations times the operations of a body
	maxUnrolledElements   = 1 << 25 // of the constants that these make
	maxSequenceElements   = 1 << 21 // of all sequences: each insertion copies a sequence
)

// Searches.
const (
	maxSizeName = 256     // bytes of a name of a size that is parsed as an expression, by recursive descent
	maxTied     = 8       // matrices of one shape and first element that a further one is compared with
	maxCompared = 1 << 16 // elements of the tensors that are compared with all others: those that vary along one axis
	maxTries    = 64      // tensors that are tried as the one that everything goes through
	maxTurns    = 1 << 10 // numbers that take turns as bounds of an index: those of [n 2] and of [n 3] make 6
)
