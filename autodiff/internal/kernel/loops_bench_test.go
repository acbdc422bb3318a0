package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkLoops times a block of 512 elements from the first-level cache.
func BenchmarkLoops(b *testing.B) {
	const n = 512
	type operation struct {
		name string
		run  func(l Loops, dst []float32, x [][]float32)
	}
	operations := []operation{
		{"mulscalar", func(l Loops, dst []float32, x [][]float32) { l.Mul(dst, x[0], x[1][:1]) }},
		{"fill", func(l Loops, dst []float32, x [][]float32) { l.Fill(dst, 1) }},
		{"sum", func(l Loops, dst []float32, x [][]float32) { l.Sum(x[0]) }},
	}
	for _, c := range loopCases() {
		operations = append(operations, operation{c.name, c.run})
	}
	acc := make([]float64, n)
	operations = append(operations, operation{"addto64", func(l Loops, dst []float32, x [][]float32) { l.AddTo64(acc, x[0]) }})
	x := make([][]float32, 3)
	for k := range x {
		x[k] = make([]float32, n)
		for i := range x[k] {
			x[k][i] = float32(1+(i*37+k*11)%n) / 100
		}
	}
	dst := make([]float32, n)
	for _, op := range operations {
		for _, l := range AllLoops() {
			b.Run(fmt.Sprintf("op=%s/n=%d/impl=%s", op.name, n, l.Name), func(b *testing.B) {
				for b.Loop() {
					op.run(l, dst, x)
				}
				b.ReportMetric(n*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "elements/ns")
			})
		}
	}
}
