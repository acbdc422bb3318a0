package autodiff

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"onnx-metainit/autodiff/internal/kernel"
)

// BenchmarkPeak measures the multiply-adds in registers that one core, and all
// cores together, do in a second: the ceiling of every program.
func BenchmarkPeak(b *testing.B) {
	for _, threads := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			best := 0.0
			for b.Loop() {
				rates := make([]float64, threads)
				var all sync.WaitGroup
				for i := range rates {
					all.Go(func() { rates[i] = kernel.Peak32() })
				}
				all.Wait()
				total := 0.0
				for _, r := range rates {
					total += r
				}
				best = max(best, total)
			}
			b.ReportMetric(best, "GFLOP/s")
		})
	}
}
