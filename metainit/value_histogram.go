package metainit

import (
	"math"

	"onnx-metainit/onnxio"
)

// valueBins is the number of bins of a ValueHistogram.
const valueBins = 48

// ValueHistogram is how the elements of two tensors are distributed, in bins of equal width from Low to High, which are the
// least and the greatest finite element of both.
type ValueHistogram struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	A    []int64 `json:"a"`
	B    []int64 `json:"b"`
}

// newValueHistogram counts the elements of two numeric tensors, which are read twice, block by block. It is nil if they have
// no finite elements that differ.
func newValueHistogram(a, b *onnxio.Tensor) (*ValueHistogram, error) {
	h := &ValueHistogram{Low: math.Inf(1), High: math.Inf(-1), A: make([]int64, valueBins), B: make([]int64, valueBins)}
	for _, t := range []*onnxio.Tensor{a, b} {
		err := t.Blocks(func(block []float64) error {
			for _, v := range block {
				if allFinite(v) {
					h.Low, h.High = min(h.Low, v), max(h.High, v)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if !(h.Low < h.High) {
		return nil, nil
	}
	for _, side := range []struct {
		tensor *onnxio.Tensor
		counts []int64
	}{{a, h.A}, {b, h.B}} {
		err := side.tensor.Blocks(func(block []float64) error {
			for _, v := range block {
				if allFinite(v) {
					side.counts[h.bin(v)]++
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return h, nil
}

// bin returns the bin of a value from Low to High, whose difference may be no finite number.
func (h *ValueHistogram) bin(v float64) int {
	part := (v/2 - h.Low/2) / (h.High/2 - h.Low/2)
	return min(max(int(part*valueBins), 0), valueBins-1)
}

// histograms returns those of the tensors that differ and are in both models as a whole; nil for others.
func histograms(rows []TensorDifference, inA, inB map[string]*onnxio.Tensor) ([]*ValueHistogram, error) {
	list := make([]*ValueHistogram, len(rows))
	err := inParallel(0, len(rows), func(i int) (err error) {
		row := rows[i]
		a, b := inA[row.Name], inB[row.Name]
		if row.Other != "" {
			b = inB[row.Other]
		}
		if row.Status != StatusSame && a != nil && b != nil && a.IsNumeric() && b.IsNumeric() {
			list[i], err = newValueHistogram(a, b)
		}
		return err
	})
	return list, err
}
