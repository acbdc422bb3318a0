package onnxio

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

// TestScaleFloats scales float32s of all small lengths as they are, and word by word, to the same bytes, norms and errors.
func TestScaleFloats(t *testing.T) {
	nan, inf := float32(math.Float32frombits(0xffc12345)), float32(math.Inf(-1))
	numbers := []float32{1.5, -2, 0.1, 0, 1e-45, -3e-39, 2e38, 7, -1e-20, 3, 5}
	for _, special := range [][]float32{nil, {nan}, {inf}, {1e38, nan}, {-3e38}} {
		for _, factor := range []float64{0.1, -1.7, 3, 0, 1e-30, 1e300} {
			for n := range numbers {
				var data []byte
				for _, x := range append(numbers[:n:n], special...) {
					data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
				}
				r := run{span: span{end: len(data)}, field: rawData, packed: true}
				p := &payload{elementType: elementTypes[Float32], size: int64(len(data) / 4), file: &mapping{data: data}, runs: []run{r}, width: 4}
				words := make([]uint64, len(data)/4)
				load(words, data, 4)
				slow := scaler{elementType: p.elementType, factor: factor}
				errWant := slow.edit(words)
				fast := scaler{elementType: p.elementType, factor: factor}
				var got bytes.Buffer
				items, err := p.rewrite(&got, r, &fast)
				if (err == nil) != (errWant == nil) || err != nil && err.Error() != errWant.Error() {
					t.Errorf("%v times %v: error %v, want %v", numbers[:n], factor, err, errWant)
				}
				if err != nil {
					continue
				}
				if want := p.store(nil, words, r, 0); items != len(words) || !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%v, %v times %v: %d items, %x, want %x", numbers[:n], special, factor, items, got.Bytes(), want)
				}
				before, after := fast.norms()
				wantBefore, wantAfter := slow.norms()
				if !near(before, wantBefore) || !near(after, wantAfter) {
					t.Errorf("%v, %v times %v: norms %v and %v, want %v and %v", numbers[:n], special, factor, before, after, wantBefore, wantAfter)
				}
			}
		}
	}
}

// near reports whether numbers are the same but for rounding.
func near(x, y float64) bool {
	return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-14*math.Abs(y)
}
