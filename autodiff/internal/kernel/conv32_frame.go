package kernel

// frame addresses pixels of a channels-last batch by coordinates. These may be outside
// the image if the frame is a copy with zeros around. Pixel i of image n starts at
// origin + n·image + i[0]·stride[0] + i[1]·stride[1] + i[2]·stride[2].
type frame struct {
	data   []float32
	origin int
	image  int
	stride [3]int
}

func (f *frame) pixel(n int, i [3]int) int {
	return f.origin + n*f.image + f.offset(i)
}

func (f *frame) offset(i [3]int) int {
	return i[0]*f.stride[0] + i[1]*f.stride[1] + i[2]*f.stride[2]
}

// whole addresses a batch as it is.
func whole(x []float32, size [3]int, channels int) frame {
	return frame{x, 0, size[0] * size[1] * size[2] * channels,
		[3]int{size[1] * size[2] * channels, size[2] * channels, channels}}
}

// reads returns the box [lo, hi) of x that y needs.
func (c *Conv) reads() (lo, hi [3]int) {
	for d := range 3 {
		lo[d] = -c.Pad[d]
		hi[d] = (c.Y[d]-1)*c.Stride[d] + (c.K[d]-1)*c.Dilated[d] + 1 - c.Pad[d]
	}
	return lo, hi
}

// lineBox narrows the box [lo, hi) of x that y needs to its lines first ≤ l < last;
// they belong to the images n ≤ i < end.
func (c *Conv) lineBox(lo, hi [3]int, first, last int) (n, end int, _, _ [3]int) {
	perImage := c.Y[0] * c.Y[1]
	n, end = first/perImage, (last-1)/perImage+1
	if end-n == 1 && c.Y[0] == 1 {
		lo[1] += first % perImage * c.Stride[1]
		hi[1] -= (perImage - 1 - (last-1)%perImage) * c.Stride[1]
	}
	return n, end, lo, hi
}

// inside tells whether the box [lo, hi) of coordinates needs no zeros around.
func inside(lo, hi, size [3]int) bool {
	for d := range 3 {
		if lo[d] < 0 || hi[d] > size[d] {
			return false
		}
	}
	return true
}

// frameSize is the number of elements of a frame of one image.
func frameSize(lo, hi [3]int, channels int) int {
	return (hi[0] - lo[0]) * (hi[1] - lo[1]) * (hi[2] - lo[2]) * channels
}

// copyFrame copies the box [lo, hi) of the images first ≤ n < last to data, with
// zeros where it goes beyond them: all channels, or count of them from channel c.
func (set *instructionSet) copyFrame(data []float32, x []float32, size [3]int, channels, c, count, first, last int, lo, hi [3]int) frame {
	width, height := hi[2]-lo[2], hi[1]-lo[1]
	f := frame{data: data, stride: [3]int{height * width * count, width * count, count}}
	f.image = (hi[0] - lo[0]) * f.stride[0]
	f.origin = -first*f.image - f.offset(lo)
	left, right := min(max(0, -lo[2]), width), max(min(width, size[2]-lo[2]), 0)
	to := 0
	for n := first; n < last; n++ {
		for i0 := lo[0]; i0 < hi[0]; i0++ {
			for i1 := lo[1]; i1 < hi[1]; i1++ {
				line := data[to : to+f.stride[1]]
				to += len(line)
				if uint(i0) >= uint(size[0]) || uint(i1) >= uint(size[1]) || left >= right {
					clear(line)
					continue
				}
				clear(line[:left*count])
				from := (((n*size[0]+i0)*size[1]+i1)*size[2] + lo[2]) * channels
				if count == channels {
					copy(line[left*count:right*count], x[from+left*channels:from+right*channels])
				} else {
					for j := 0; j < count; j += set.cols {
						set.copyRows(&line[left*count+j], &x[from+left*channels+c+j], count, channels, right-left, min(set.cols, count-j))
					}
				}
				clear(line[right*count:])
			}
		}
	}
	return f
}
