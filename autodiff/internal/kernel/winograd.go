package kernel

// Winograd's convolution computes tiles of four by four pixels at 36 points: x and w are
// mapped to them, the channels are multiplied there, point by point, and the products are
// mapped back. For filters of three by three that takes 36 multiplications where the sums
// over the taps take 144.
//
// Rounding errors are two to three times those of the sums, relative to the numbers of a
// tile rather than of a pixel (TestWinogradErrors).

const (
	winogradTile   = 4
	winogradPatch  = 6 // pixels of x for a tile, along an axis
	winogradPoints = winogradPatch * winogradPatch
	// winogradApart keeps the numbers of a point from those of the next, so that they are
	// not all in the same sets of the first-level cache.
	winogradApart = 16
)

// winograd tells whether c is faster by points than by taps, from the multiply-adds of
// both and from what the maps take.
func (set *instructionSet) winograd(c *Conv) bool {
	lanes := set.cols / 2
	three := c.K == [3]int{1, 3, 3} && c.Stride == [3]int{1, 1, 1} && c.Dilated == [3]int{1, 1, 1}
	if !three || c.Groups > 1 || c.X[0] != 1 || c.Y[0] != 1 || c.Pad[0] != 0 || c.C%lanes != 0 || c.M%lanes != 0 || c.C*c.M*c.N == 0 {
		return false
	}
	taps := c.N * c.Y[1] * c.Y[2] * 9
	if set.skips(c) {
		taps = int(float64(taps) * c.reachable())
	}
	tiles := c.N * balanced(c.Y[1], winogradTile) * balanced(c.Y[2], winogradTile)
	points := winogradPoints * (tiles*(c.C*c.M+winogradMapCost*(c.C+c.M)) + winogradFilterCost*c.C*c.M)
	return points < taps*c.C*c.M
}

// winogradTiles are the tiles of y, over all images and factors.
type winogradTiles struct {
	*Conv
	down, across int // tiles of an image
}

func newWinogradTiles(c *Conv) winogradTiles {
	return winogradTiles{c, balanced(c.Y[1], winogradTile), balanced(c.Y[2], winogradTile)}
}

// of returns the image of tile t, and the first line and pixel of it in y.
func (w *winogradTiles) of(t int) (image, line, pixel int) {
	return t / w.across / w.down, t / w.across % w.down * winogradTile, t % w.across * winogradTile
}

// square returns size by size pixels of an image from a line and a pixel on, and how far
// its lines are from each other: where the square is not inside, a copy with zeros.
func square(patch, image []float32, lines, pixels, channels, line, pixel, size int) (first *float32, lineStride int) {
	if line >= 0 && pixel >= 0 && line+size <= lines && pixel+size <= pixels {
		return &image[(line*pixels+pixel)*channels], pixels * channels
	}
	lo, hi := max(0, -pixel), max(0, min(size, pixels-pixel))
	for i := range size {
		to := patch[i*size*channels:][:size*channels]
		if l := line + i; l < 0 || l >= lines || lo >= hi {
			clear(to)
			continue
		}
		clear(to[:lo*channels])
		copy(to[lo*channels:hi*channels], image[((line+i)*pixels+pixel+lo)*channels:])
		clear(to[hi*channels:])
	}
	return &patch[0], size * channels
}
