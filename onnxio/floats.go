package onnxio

import (
	"encoding/binary"
	"math"
)

// Most weights are contiguous float32s. They are read and scaled as such: to decode each as an element of any type would take
// longer than everything else.

// plain reports whether the run is contiguous float32s.
func (p *payload) plain(r run) bool {
	return p.kind == float && p.bits == 32 && p.width == 4 && r.packed
}

// stretches calls yield with the bytes of a plain run in order, at most blockSize elements at a time.
func (p *payload) stretches(r run, yield func(bytes []byte) error) error {
	passed := newSweep(p.file, r.start, r.end)
	defer passed.done()
	for pos := r.start; pos < r.end; passed.reach(pos) {
		if err := p.file.check(); err != nil {
			return err
		}
		next := min(pos+4*blockSize, r.end)
		if err := yield(p.file.data[pos:next]); err != nil {
			return err
		}
		pos = next
	}
	return nil
}

// loadFloats sets dst to the float32s of src, little-endian:
//
//	for i := range dst { dst[i] = float64(src[i]) }
func loadFloats(dst []float64, src []byte) {
	for len(dst) >= 4 && len(src) >= 16 { // so that few bounds are checked
		dst[0], dst[1], dst[2], dst[3] = floatAt(src), floatAt(src[4:]), floatAt(src[8:]), floatAt(src[12:])
		dst, src = dst[4:], src[16:]
	}
	for i := range dst {
		dst[i] = floatAt(src[4*i:])
	}
}

// scaleFloats sets dst to the float32s of src times the factor, and returns the sums of their squares before and after, which
// are finite if all elements are:
//
//	for i := range src { dst[i] = float32(float64(src[i]) * factor); before += src[i]²; after += dst[i]² }
//
// len(dst) == len(src), in bytes, a multiple of 4.
func scaleFloats(dst, src []byte, factor float64) (before, after float64) {
	var before1, after1 float64 // of each second one, so that few sums wait for the one before
	for len(src) >= 8 && len(dst) >= 8 {
		x0, x1 := floatAt(src), floatAt(src[4:])
		y0, y1 := float32(x0*factor), float32(x1*factor)
		binary.LittleEndian.PutUint32(dst, math.Float32bits(y0))
		binary.LittleEndian.PutUint32(dst[4:], math.Float32bits(y1))
		before += x0 * x0
		before1 += x1 * x1
		after += float64(y0) * float64(y0)
		after1 += float64(y1) * float64(y1)
		src, dst = src[8:], dst[8:]
	}
	if len(src) > 0 {
		x := floatAt(src)
		y := float32(x * factor)
		binary.LittleEndian.PutUint32(dst, math.Float32bits(y))
		before += x * x
		after += float64(y) * float64(y)
	}
	return before + before1, after + after1
}

func floatAt(bytes []byte) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(bytes)))
}
