package autodiff

// The constants of this file were chosen by measuring. The comments say what they trade off, and which benchmark to run after a
// change.

// Of portions. The largest tensor of the models that the repository's benchmarks run has 150528 elements: they are not cut, and none
// shows these.
const (
	// fitsCache is the largest tensor, in elements, up to which work is left in one: with smaller ones much of what a step reads is
	// still in the cache.
	fitsCache = 1 << 20

	// leastPortion is the largest tensor that a portion has at least: smaller ones lose by the number of calls what they gain by
	// the cache.
	leastPortion = 1 << 19

	// maxPortions bounds the size of the program.
	maxPortions = 4

	// boundByProducts is how many multiply-adds an element of a product takes where the time is that of the products, and not of
	// the memory.
	boundByProducts = 200
)

// Of graphs: BenchmarkCompileChain, which reports the time and the memory of a node.
const (
	// blockNodes, blockOperands and blockListed are how many nodes, operands and entries of an index are allocated at a time: more
	// take fewer allocations, and leave more unused in small graphs.
	blockNodes    = 512 // 32 KiB
	blockOperands = 1024
	blockListed   = 1024

	// hashedAtOnce is how many elements of a constant are put into scratch at a time.
	hashedAtOnce = 1 << 12

	// The last bits of a node's hash are at most nearBits more than the number of its latest operand. So nodes that are built one
	// after the other, from operands that were, are near each other in the index. The first bits distinguish these.
	nearBits, firstBits = 1<<12 - 1, ^uint32(1<<22 - 1)
)

// Of what is computed while building.
const (
	// foldLimit bounds the elements of a result that is computed while building, and so the memory of constants: beyond it every
	// run computes the result again. No benchmark shows it.
	foldLimit = 1 << 22

	// maxGates bounds the gates, one behind the other, that a product is taken behind: each adds a selection to the product. No
	// benchmark shows it.
	maxGates = 4
)
