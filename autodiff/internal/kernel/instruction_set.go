package kernel

// instructionSet is an instruction set for the float32 kernels.
type instructionSet struct {
	name string
	// The largest tile; cols is two vectors.
	rows, cols int
	// The micro-kernels by the number of rows, of full and of half width.
	full, half                 []func(*tileArgs)
	fullChannels, halfChannels []func(*tileArgs)
	// copyRows copies n rows of cols elements: dst[k·ds+j] = src[k·ld+j].
	copyRows func(dst, src *float32, ds, ld, n, cols int)
	// transpose copies cols rows of n elements as columns: dst[k·ds+j] = src[j·ld+k].
	transpose func(dst, src *float32, ds, ld, n, cols int)
	// copyRuns and fillRuns write n rows of at least cols/2 elements, a vector:
	// dst[k·ds+j] = src[k·ld+j], or src[k·ld].
	copyRuns, fillRuns func(dst, src *float32, ds, ld, n, cols int)
	winogradMaps
	// peak runs n rounds of multiply-adds in registers, of peakFlops operations each.
	peak      func(n int)
	peakFlops int
	// threadWork is how many multiply-adds are worth another thread: BenchmarkGemm32 and
	// BenchmarkConvCL with two threads.
	threadWork int
	// cache is how many elements of images are worked on at once, a part of the
	// second-level cache: BenchmarkConvCL.
	cache int
}

// instructionSets lists the instruction sets of this machine, the best first and plain Go
// last.
var instructionSets = append(assembly(), plain)

// plain has the kernels in plain Go.
var plain = &instructionSet{
	name: "go", rows: 4, cols: 4,
	full:         []func(*tileArgs){1: tilePlain, 2: tilePlain, 3: tilePlain, 4: tilePlain},
	half:         []func(*tileArgs){1: tilePlain, 2: tilePlain, 3: tilePlain, 4: tilePlain},
	fullChannels: []func(*tileArgs){1: channelsPlain, 2: channelsPlain, 3: channelsPlain, 4: channelsPlain},
	halfChannels: []func(*tileArgs){1: channelsPlain, 2: channelsPlain, 3: channelsPlain, 4: channelsPlain},
	copyRows:     copyRowsPlain,
	transpose:    transposePlain,
	copyRuns:     copyRowsPlain,
	fillRuns:     fillRunsPlain,
	winogradMaps: winogradPlain,
	peak:         peakPlain,
	peakFlops:    24,
	threadWork:   1 << 13,
	cache:        96 << 10,
}
