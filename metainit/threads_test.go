package metainit

import (
	"path/filepath"
	"reflect"
	"testing"

	"onnx-metainit/autodiff"
)

// TestThreads: results are the same bit for bit for any number of threads. The
// batches of noise are large enough that the kernels share their work.
func TestThreads(t *testing.T) {
	for _, name := range []string{"reference/resnet_bn", "reference/transformer", "reference/lstm", "models/mobilenet", "models/unet"} {
		for _, precision := range []autodiff.Precision{autodiff.Float32, autodiff.Float64} {
			r := loadReference(t, filepath.Join("../testdata", name))
			t.Run(r.name+"/"+precision.String(), func(t *testing.T) {
				var first *Measurement
				for threads := 1; threads <= 3; threads++ {
					opt := Options{Batch: 16, ClassAxis: r.want.ClassAxis, Precision: precision, Threads: threads}
					p, err := New(r.model, opt)
					if err != nil {
						t.Fatal(err)
					}
					m, err := p.Measure()
					if err != nil {
						t.Fatal(err)
					}
					if first == nil {
						first = m
					} else if !reflect.DeepEqual(m, first) {
						t.Errorf("with %d threads: loss %v, gq %v, lgq %v; with one %v, %v, %v (and slopes)",
							threads, m.Loss, m.GQ, m.LGQ, first.Loss, first.GQ, first.LGQ)
					}
				}
			})
		}
	}
}
