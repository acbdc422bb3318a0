package autodiff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// randomTree is an elementwise function of tensors with the given rows: whole ones, columns of wider ones, one row or one number
// a row repeated, and transposed ones. Some of its operations have no compiled loop.
func randomTree(s *Sampler, rng *rand.Rand, rows, n int) []*Node {
	wide := s.Variable(rows, 2*n+3)
	pool := []*Node{
		s.Variable(rows, n), s.Variable(rows, n), SliceAxis(wide, 1, 1, n+1), SliceAxis(wide, 1, n, 2*n),
		BroadcastTo(s.Variable(rows, 1), rows, n), BroadcastTo(s.Variable(n), rows, n), Transpose(s.Variable(n, rows), 1, 0),
		BroadcastTo(s.Graph.Scalar(0.5), rows, n),
	}
	pick := func() *Node { return pool[max(rng.IntN(len(pool)), rng.IntN(len(pool)))] }
	unary := []func(*Node) *Node{Neg, Abs, Sign, Tanh, Logistic, Erf, Sin, Floor, ReLU, func(x *Node) *Node { return Log1p(Abs(x)) }}
	binary := []func(a, b *Node) *Node{Add, Sub, Mul, Add, Mul, Max, Min, LessEqual, func(a, b *Node) *Node { return Div(a, Exp(Neg(Abs(b)))) }}
	for range 3 + rng.IntN(40) {
		switch rng.IntN(4) {
		case 0:
			pool = append(pool, unary[rng.IntN(len(unary))](pick()))
		case 1:
			pool = append(pool, Select(LessEqual(pick(), pick()), pick(), pick()))
		default:
			pool = append(pool, binary[rng.IntN(len(binary))](pick(), pick()))
		}
	}
	y, z := pool[len(pool)-1], pick()
	return []*Node{y, z, Sum(y, 1), SumAll(Mul(y, z)), Sum(Mul(z, z), 0)}
}

// TestCompiledLoops compares steps of compiled loops with those that have a loop for each instruction, bit for bit.
func TestCompiledLoops(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 7))
		rows, n := 1+rng.IntN(40), []int{1, 3, 15, 16, 17, 64, 100, 1000, 1500, 2100}[rng.IntN(10)]
		t.Run(fmt.Sprintf("seed=%d/%dx%d", seed, rows, n), func(t *testing.T) {
			s := NewSampler(seed)
			outputs := randomTree(s, rng, rows, n)
			run := func(apart bool, threads int) [][]float64 {
				defer func(was bool) { compiling.Apart = was }(compiling.Apart)
				compiling.Apart = apart
				prog, err := Compile(outputs, Options{Threads: threads})
				if err != nil {
					t.Fatal(err)
				}
				defer prog.Close()
				for v, data := range s.Values {
					prog.Write(v, 0, data)
				}
				if err := prog.Run(); err != nil {
					t.Fatal(err)
				}
				var results [][]float64
				for _, y := range outputs {
					results = append(results, prog.Read(y))
				}
				return results
			}
			want := run(true, 1)
			for threads := 1; threads <= 2; threads++ {
				for i, got := range run(false, threads) {
					for k, v := range got {
						if math.Float64bits(v) != math.Float64bits(want[i][k]) {
							t.Fatalf("%d threads: element %d of %v is %v, want %v", threads, k, outputs[i], v, want[i][k])
						}
					}
				}
			}
		})
	}
}
