package program

// The constants of this file were chosen by measuring. The comments say what they trade off, and which benchmark to run after a
// change: BenchmarkFused and BenchmarkCompileChain are of package autodiff, BenchmarkRace and BenchmarkRecurrence of metainit.

// Of clusters: BenchmarkFused, BenchmarkRace.
const (
	// maxCluster bounds the nodes of a fused cluster, so that its blocks fit in the cache.
	maxCluster = 40

	// The rows that a fused cluster adds up, in elements: longer ones do not fit in its blocks, shorter ones are better added up
	// by the kernel.
	minRow, maxRow = 16, 2048
)

// Of what is computed again instead of being stored: BenchmarkRace.
const (
	// maxRecipe bounds the elementwise nodes of a recipe, maxCost what their loops take, in additions, and maxSources the tensors
	// that it starts from.
	maxRecipe  = 60
	maxCost    = 18
	maxSources = 6
)

// Operands of instructions have numbers of 16 bits: a cluster has at most maxCluster nodes of its own, and copies of maxRecipe for
// each operand of these.
const _ = int16(4 * maxCluster * (1 + 3*maxRecipe))

// Of cuts: BenchmarkRace, and for what planning them takes BenchmarkRecurrence and BenchmarkCompileChain.
const (
	// enoughMemory is the peak, in elements, up to which a program is left as it is.
	enoughMemory = 1 << 22

	// enoughForNode is that for each node, if there are so many that this is more: planning cuts of them takes more memory than they
	// save. Of two layers of LSTM over 400 steps and 32 samples cuts save 164 of 472 MB, and planning them takes 540 MB and three
	// times as long.
	enoughForNode = 256

	// plainCuts of the maxCuts cuts have only elementwise nodes computed again, the others whatever pays.
	plainCuts = 2
	maxCuts   = 6

	// memoryPrice is the effort that one element of memory is worth at a cut.
	memoryPrice = 180

	// maxEffort is the share of the whole work's effort that all cuts may add. The first that is not plain may add firstShare of
	// that, and each later one evenly more.
	maxEffort  = 0.08
	firstShare = 0.6
)

// Of stacked products: BenchmarkRace.
const (
	// maxStacked is how many elements a stacked step may compute before their time, so that it takes little memory for little
	// time.
	maxStacked = 1 << 17
)

// Of memory: BenchmarkRace and, for manyTenants, BenchmarkCompileChain.
const (
	// alignment of values in the arena, in elements.
	alignment = 16

	// stagger is what large values are apart, so that tensors of one size do not all begin in the same few lines of the cache:
	// some lines, an odd number.
	stagger = 17 * alignment

	// largeValue is the size from which on that matters.
	largeValue = 1 << 12

	// manyTenants is how many take too long to be settled by size, which is quadratic.
	manyTenants = 1 << 13
)

// Of tapes: BenchmarkFused, 3 cases, the best of three runs on two cores of an AMD EPYC with AVX-512. Half and twice cacheElements
// 1.07 and 0.99 of its time, threadWork 0.95 and 0.98.
const (
	// threadWork is how many elements times instructions are worth another thread.
	threadWork = 1 << 14

	// cacheElements is how many elements the blocks of a tape hold together.
	cacheElements = 32768

	// farElements is how large an operand is that the second-level cache cannot hold.
	farElements = 1 << 16

	// chunkBlocks is how many blocks of a sum are added up by one thread.
	chunkBlocks = 32

	// leastCompiled is how many operations are worth a compiled loop: a single one has a loop that is as good, unless there are
	// rows that need not be copied.
	leastCompiled = 2

	// leastRow is how many elements rows have that are read where they are: shorter ones fill no vector. BenchmarkRecurrence of
	// package metainit has rows of 64.
	leastRow = 16
)

// manyNodes is the size of graphs whose garbage is worth a collection of its own: BenchmarkCompileChain.
const manyNodes = 1 << 18
