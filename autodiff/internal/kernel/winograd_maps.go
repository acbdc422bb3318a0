package kernel

import "math"

// winogradMap is a linear map of squares of pixels: n channels from src, whose lines and
// pixels are srcLine and srcPixel apart, to dst. It works line by line and needs temp, of
// winogradTemp elements. n is a multiple of the instruction set's lanes.
type winogradMap func(dst, src, temp *float32, dstLine, dstPixel, srcLine, srcPixel, n int)

// winogradTemp is enough for six by six pixels of the widest vector.
const winogradTemp = winogradPoints * 16

// winogradMaps are the maps of Winograd's convolution y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A and of
// its adjoints, for tiles of four by four pixels of y and filters of three by three. The
// matrices are those of Toom and Cook for the points 0, ±a, ±b and ∞; with a = 1/√2 and
// b = √2 the rounding errors are half of those of the usual 1 and 2 (Barabasz, Anderson,
// Soodhalter and Gregg, Error analysis and improving the accuracy of Winograd convolution,
// 2020).
type winogradMaps struct {
	image             winogradMap // Bᵀ x B, 6 × 6 to 6 × 6
	result            winogradMap // Aᵀ m A, 6 × 6 to 4 × 4
	resultAdd         winogradMap // the same, added
	gradient          winogradMap // A dy Aᵀ, 4 × 4 to 6 × 6
	filter            winogradMap // G w Gᵀ, 3 × 3 to 6 × 6
	filterGradient    winogradMap // Gᵀ u G, 6 × 6 to 3 × 3
	filterGradientAdd winogradMap // the same, added
}

const (
	winogradA = math.Sqrt2 / 2
	winogradB = math.Sqrt2
)

// winogradPlain has the maps in plain Go.
var winogradPlain = winogradMaps{
	image: winogradMapOf(6, 6, false, func(x [6]float32) [6]float32 {
		evenA, oddA, evenB, oddB := x[4]-2*x[2], winogradA*(x[3]-2*x[1]), x[4]-.5*x[2], winogradB*(x[3]-.5*x[1])
		return [6]float32{x[0] + x[4] - 2.5*x[2], evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, x[1] + x[5] - 2.5*x[3]}
	}),
	result:    winogradMapOf(6, 4, false, winogradResult),
	resultAdd: winogradMapOf(6, 4, true, winogradResult),
	gradient: winogradMapOf(4, 6, false, func(x [6]float32) [6]float32 {
		evenA, oddA, evenB, oddB := x[0]+.5*x[2], winogradA*(x[1]+.5*x[3]), x[0]+2*x[2], winogradB*(x[1]+2*x[3])
		return [6]float32{x[0], evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, x[3]}
	}),
	filter: winogradMapOf(3, 6, false, func(x [6]float32) [6]float32 {
		evenA, oddA, evenB, oddB := -2./3*(x[0]+.5*x[2]), -2./3*winogradA*x[1], 1./6*(x[0]+2*x[2]), 1./6*winogradB*x[1]
		return [6]float32{x[0], evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, x[2]}
	}),
	filterGradient:    winogradMapOf(6, 3, false, winogradFilterGradient),
	filterGradientAdd: winogradMapOf(6, 3, true, winogradFilterGradient),
}

func winogradResult(x [6]float32) [6]float32 {
	evenA, oddA, evenB, oddB := x[1]+x[2], winogradA*(x[1]-x[2]), x[3]+x[4], winogradB*(x[3]-x[4])
	return [6]float32{x[0] + evenA + evenB, oddA + oddB, .5*evenA + 2*evenB, x[5] + .5*oddA + 2*oddB}
}

func winogradFilterGradient(x [6]float32) [6]float32 {
	evenA, oddA, evenB, oddB := -2./3*(x[1]+x[2]), -2./3*winogradA*(x[1]-x[2]), 1./6*(x[3]+x[4]), 1./6*winogradB*(x[3]-x[4])
	return [6]float32{x[0] + evenA + evenB, oddA + oddB, x[5] + .5*evenA + 2*evenB}
}

// winogradMapOf is the map of squares of in by in pixels that line makes along each axis.
func winogradMapOf(in, out int, add bool, line func([6]float32) [6]float32) winogradMap {
	return func(dst, src, _ *float32, dstLine, dstPixel, srcLine, srcPixel, n int) {
		for c := range n {
			var columns [6][6]float32 // by pixel
			for pixel := range in {
				var x [6]float32
				for i := range in {
					x[i] = *at(src, i*srcLine+pixel*srcPixel+c)
				}
				columns[pixel] = line(x)
			}
			for i := range out {
				var x [6]float32
				for pixel := range in {
					x[pixel] = columns[pixel][i]
				}
				for pixel, y := range line(x) {
					if pixel == out {
						break
					}
					to := at(dst, i*dstLine+pixel*dstPixel+c)
					if add {
						y += *to
					}
					*to = y
				}
			}
		}
	}
}
