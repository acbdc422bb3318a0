package kernel

// The constants of this file were chosen by measuring. The comments say what they trade
// off, and which benchmark to run after a change. Where the order of sums depends on a
// constant, a change of it changes the last bits of results.
//
// Where times are given, they are those of the benchmark with half and with twice the
// constant, to its own: the geometric mean over its cases, the best of three runs each, on
// two cores of an AMD EPYC with AVX-512.

// Of matrix products in float32: BenchmarkGemm32, 126 cases. Half and twice gemmK 1.02 and
// 0.99, gemmM 1.00 and 1.00, gemmN 1.00 and 1.00, readCost 1.00 and 1.00.
const (
	// gemmK × gemmM elements of a are a block that stays in the second-level cache, and
	// gemmK rows of a strip of b stay in the first. More of them load and store c less
	// often, until they do not fit. The order of the sums depends on gemmK.
	gemmK = 384
	gemmM = 168

	// gemmN is how many columns of b are packed at a time: more of them read a less often,
	// until the packed strips do not fit in the last-level cache.
	gemmN = 2048

	// readCost is how many multiply-adds take as long as reading an element of a or b, where
	// the shape of the threads' blocks is chosen.
	readCost = 16

	// pageElements is the size of a page, 4 KiB: rows at a multiple of it from each other
	// fall into the same sets of the first-level cache, and copying them apart pays.
	pageElements = 1 << 10
)

// Of matrix products in plain Go, as all in float64 are: BenchmarkGemm, which has one thread;
// there is none for the grains. The order of the sums depends on panelK.
const (
	// A tile of the result stays in registers: eight sums at a time, see tileHalf.
	tileRows = 4
	tileCols = 4

	// A panel of a and a strip of b stay in the caches.
	panelK = 256
	panelN = 512

	// productGrain is how many multiply-adds of whole products are worth another thread,
	// rowsGrain how many of the rows of one product.
	productGrain = 1 << 16
	rowsGrain    = 1 << 17
)

// Of convolutions in float32: BenchmarkConvCL, 396 cases. Half and twice filterPixels 1.00
// and 1.00; a skipShare of 0.7 and 0.9 0.99 and 0.99. Of 66 cases by Winograd's method half and
// twice winogradBlock 0.97 and 1.01, winogradChunk 0.98 and 0.98, winogradSum 1.00 and 0.96.
const (
	// filterPixels is how many pixels a block of a filter's gradient has, about. More of
	// them load and store dw less often, until their channels do not stay in the
	// second-level cache while each tap visits them. The order of the sums depends on it.
	filterPixels = 512

	// shortLine is the length of lines from which on the gradient is summed along them:
	// shorter sums load and store dw too often, but the pixels of several images are far
	// apart. The order of the sums depends on it.
	shortLine = 4

	// filterJobs is how many tiles there are if threads need nothing else to share; where
	// there are fewer, that many chunks of the sum are shared. It is fixed, since the order
	// of the sums depends on it.
	filterJobs = 8

	// partialCost bounds the memory of these chunks: they are taken if so many times their
	// elements are fewer than those of x and dy. The order of the sums depends on it.
	partialCost = 8

	// skipShare is the share of taps that are inside the image below which it pays to skip
	// those outside, which takes calls for each pixel, rather than multiply zeros.
	skipShare = 0.8

	// channelwiseCost is how many times longer a multiply-add takes where each channel has
	// a filter of its own.
	channelwiseCost = 8

	// winogradMapCost is how many multiply-adds take as long as mapping a number of x or y to
	// one point of Winograd's convolution, winogradFilterCost one of w.
	winogradMapCost    = 8
	winogradFilterCost = 12
	// winogradBlock is how many numbers at points of Winograd's convolution a thread works on
	// at once, which stay in the second-level cache.
	winogradBlock = 128 << 10
	// winogradChunk is how many numbers at points a filter's gradient by Winograd's method
	// is computed of at once, which stay in the last-level cache. The order of the sums
	// depends on it.
	winogradChunk = 1 << 20
	// winogradSum is how many tiles are summed at a time: fewer load and store sums more
	// often, more round them more. The order of the sums depends on it.
	winogradSum = 64
	// imageCollision is the number of elements, 1 KiB, at multiples of which images are so
	// far from each other that the rows of a tile, one from each, would be in the same sets
	// of the first-level cache.
	imageCollision = 1 << 8
)

// Of sums: BenchmarkSum, 28 cases of which some vary by a third. Half and twice sumChunk 1.06
// and 0.94, sumBlock 0.97 and 1.00, sumWidth 0.96 and 1.13. The order of the sums depends on all of them, and on no number of
// threads.
const (
	// sumChunk is how many elements are summed by themselves: more take fewer additions
	// at the end, fewer can be shared better.
	sumChunk = 1 << 14

	// A sum of n results has chunks of at least chunkRows·n elements: fewer would take more
	// time to add up than to sum.
	chunkRows = 32

	// sumBlock is the longest run for one call of a loop.
	sumBlock = 4096

	// sumWidth is the length of rows up to which several are added at a time: a call for
	// each would take longer than its additions.
	sumWidth = 512

	// sumShares is how large a kept first axis is that is shared by itself: along a
	// smaller one the sums are shared one by one.
	sumShares = 8
)

// Of elementwise loops and of copies. BenchmarkWindow depends on longestRun, loopGrain and
// moveGrain. There is none for the others: BenchmarkLoops times single calls.
const (
	// blockLen is how many elements an elementwise loop handles at once: a few blocks of
	// either precision stay in the first-level cache.
	blockLen = 512

	// longestRun is how many elements one call of a loop is given at most: assembly cannot
	// be preempted.
	longestRun = 4096

	// loopGrain is how many elements of assembly loops are worth another thread, moveGrain
	// how many that plain Go moves or compares.
	loopGrain = 1 << 14
	moveGrain = 1 << 12

	// lineRows is how many rows are copied at once where their elements are closer to those
	// of the next row than to each other: a cache line of them.
	lineRows = 16

	// Rows of up to shortRun elements are copied many in a call, of up to callRuns elements:
	// longer rows are worth a call each, and assembly cannot be preempted.
	shortRun = 1 << 10
	callRuns = 1 << 12

	// leastPart is how many elements the parts have at least that rows longer than shortRun are
	// cut into: shorter ones are worth less than another thread. No benchmark shows it.
	leastPart = 1 << 7
)

// Of threads.
const (
	// spins is how often a thread looks for a parallel loop before it sleeps: some 250 µs,
	// longer than most kernels that keep to one thread. A thread that sleeps has to be
	// woken, one that spins takes a core from others. BenchmarkRecurrence of package
	// metainit runs many small kernels one after the other.
	spins = 1_000_000

	// callDepth bounds the depth of one call of a micro-kernel: assembly is not preempted,
	// so that it should return within 50 µs. The order of the sums depends on it.
	// BenchmarkTile times a depth of 256.
	callDepth = 8192
)
