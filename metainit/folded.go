package metainit

import (
	"fmt"
	"slices"
)

// foldedFrom says that a weight is a tensor whose rows were multiplied by a number each, as when batch normalization is folded into
// a convolution; "" if it is not.
func foldedFrom(w *holding, holdings []*holding) string {
	values, err := w.values()
	if err != nil || len(w.tensor.Shape) < 2 {
		return ""
	}
	for _, h := range holdings {
		if !slices.Equal(h.tensor.Shape, w.tensor.Shape) {
			continue
		}
		others, err := h.values()
		if err == nil && proportional(values, others, int(w.tensor.Shape[0])) {
			return fmt.Sprintf(" (%q with each row multiplied by a number: batch normalization was folded into it; export with do_constant_folding=False and training=TrainingMode.PRESERVE, or with dynamo=True, optimize=False)", h.name)
		}
	}
	return ""
}

func proportional(a, b []float32, rows int) bool {
	width := len(a) / rows
	for i := range rows {
		ab, aa, bb := 0.0, 0.0, 0.0
		for k := i * width; k < (i+1)*width; k++ {
			x, y := float64(a[k]), float64(b[k])
			ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
		}
		if ab*ab < 0.9999*aa*bb {
			return false
		}
	}
	return width > 1
}
