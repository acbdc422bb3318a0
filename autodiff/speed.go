package autodiff

import (
	"math"
	"time"
)

// Speed is what a machine does in a second.
type Speed struct {
	Products float64 // multiply-adds of products, in the precision of a program
	Others   float64 // of what costs as much as that many multiply-adds in float32: elementwise work, and moving elements
}

// MeasureSpeed times products with the threads and the precision of some options, which takes some milliseconds.
func MeasureSpeed(opt Options) (Speed, error) {
	single, err := productRate(Float32, opt.Threads)
	if err != nil || opt.Precision == Float32 {
		return Speed{single, single}, err
	}
	double, err := productRate(Float64, opt.Threads)
	return Speed{double, single / 2}, err // elements are twice as large
}

// productRate is the multiply-adds a second of the best of some products.
func productRate(precision Precision, threads int) (float64, error) {
	const size, runs = 384, 4
	g := NewGraph()
	product := MatMul(g.Variable("a", size, size), g.Variable("b", size, size))
	prog, err := Compile([]*Node{product}, Options{Precision: precision, Threads: threads})
	if err != nil {
		return 0, err
	}
	defer prog.Close()
	best := time.Duration(math.MaxInt64)
	for range runs { // the first finds the memory new
		start := time.Now()
		if err := prog.Run(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(start))
	}
	return float64(product.multiplyAdds()) / max(best, 1).Seconds(), nil
}

// Seconds estimates how long a run of all outputs takes.
func (p *Program) Seconds(s Speed) float64 {
	products := float64(p.MultiplyAdds())
	return products/s.Products + (float64(p.Effort())-products)/s.Others
}
