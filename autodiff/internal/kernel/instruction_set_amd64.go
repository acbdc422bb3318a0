//go:build amd64 && !noasm

package kernel

import "golang.org/x/sys/cpu"

//go:generate go -C gen run .

// assembly lists the instruction sets that the processor has. GODEBUG=cpu.avx512f=off
// and cpu.avx2=off take them away.
func assembly() (sets []*instructionSet) {
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasBMI2 {
		sets = append(sets, avx512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		sets = append(sets, avx2)
	}
	return sets
}

var avx512 = &instructionSet{
	name: "avx512", rows: 14, cols: 32,
	full:         []func(*tileArgs){nil, tile512x1x2, tile512x2x2, tile512x3x2, tile512x4x2, tile512x5x2, tile512x6x2, tile512x7x2, tile512x8x2, tile512x9x2, tile512x10x2, tile512x11x2, tile512x12x2, tile512x13x2, tile512x14x2},
	half:         []func(*tileArgs){nil, tile512x1x1, tile512x2x1, tile512x3x1, tile512x4x1, tile512x5x1, tile512x6x1, tile512x7x1, tile512x8x1, tile512x9x1, tile512x10x1, tile512x11x1, tile512x12x1, tile512x13x1, tile512x14x1},
	fullChannels: []func(*tileArgs){nil, channels512x1x2, channels512x2x2, channels512x3x2, channels512x4x2, channels512x5x2, channels512x6x2, channels512x7x2, channels512x8x2, channels512x9x2, channels512x10x2, channels512x11x2, channels512x12x2, channels512x13x2, channels512x14x2},
	halfChannels: []func(*tileArgs){nil, channels512x1x1, channels512x2x1, channels512x3x1, channels512x4x1, channels512x5x1, channels512x6x1, channels512x7x1, channels512x8x1, channels512x9x1, channels512x10x1, channels512x11x1, channels512x12x1, channels512x13x1, channels512x14x1},
	copyRows:     copyRows512,
	transpose:    transpose512,
	copyRuns:     copyRuns512,
	fillRuns:     fillRuns512,
	winogradMaps: winogradMaps{winogradImage512, winogradResult512, winogradResultAdd512, winogradGradient512, winogradFilter512, winogradFilterGradient512, winogradFilterGradientAdd512},
	peak:         peak512,
	peakFlops:    24 * 16 * 2,
	threadWork:   1 << 18,
	cache:        96 << 10,
}

var avx2 = &instructionSet{
	name: "avx2", rows: 6, cols: 16,
	full:         []func(*tileArgs){nil, tile256x1x2, tile256x2x2, tile256x3x2, tile256x4x2, tile256x5x2, tile256x6x2},
	half:         []func(*tileArgs){nil, tile256x1x1, tile256x2x1, tile256x3x1, tile256x4x1, tile256x5x1, tile256x6x1},
	fullChannels: []func(*tileArgs){nil, channels256x1x2, channels256x2x2, channels256x3x2, channels256x4x2, channels256x5x2, channels256x6x2},
	halfChannels: []func(*tileArgs){nil, channels256x1x1, channels256x2x1, channels256x3x1, channels256x4x1, channels256x5x1, channels256x6x1},
	copyRows:     copyRowsPlain,
	transpose:    transposeAVX2,
	copyRuns:     copyRuns256,
	fillRuns:     fillRuns256,
	winogradMaps: winogradMaps{winogradImage256, winogradResult256, winogradResultAdd256, winogradGradient256, winogradFilter256, winogradFilterGradient256, winogradFilterGradientAdd256},
	peak:         peak256,
	peakFlops:    12 * 8 * 2,
	threadWork:   1 << 17,
	cache:        96 << 10,
}

// transposeAVX2 leaves to assembly the blocks of 8×8, to Go the edges.
func transposeAVX2(dst, src *float32, ds, ld, n, cols int) {
	whole := n &^ 7
	j := 0
	for ; j+8 <= cols && whole > 0; j += 8 {
		transpose256(at(dst, j), at(src, j*ld), ds, ld, whole/8)
	}
	if whole < n && j > 0 {
		transposePlain(at(dst, whole*ds), at(src, whole), ds, ld, n-whole, j)
	}
	if j < cols {
		transposePlain(at(dst, j), at(src, j*ld), ds, ld, n, cols-j)
	}
}
