package autodiff

import (
	"fmt"
	"runtime"
	"testing"
)

// chainQuotient builds what the quotient of a chain of n operators and its slopes are made of: derivatives of the third order.
func chainQuotient(n int) []*Node {
	g := NewGraph()
	w := g.Variable("w", 4, 4)
	y := tanhs(Dot(g.Variable("x", 4, 4), w, false, false), n)
	loss := SumAll(Mul(y, y))
	theta := []*Node{w}
	slope := Grad(loss, theta)[0]
	along := Stop(slope)
	p := JVP([]*Node{slope}, theta, []*Node{along})[0]
	a, b := Sign(p), Abs(slope)
	c := Add(JVP([]*Node{slope}, theta, []*Node{a})[0], b)
	t := JVP([]*Node{p}, []*Node{w, along}, []*Node{c, a})[0]
	return []*Node{loss, SumAll(Abs(p)), SumAll(Mul(t, w))}
}

// BenchmarkCompileChain builds and plans chains of operators. What one operator takes should not depend on their number.
func BenchmarkCompileChain(b *testing.B) {
	for _, n := range []int{1000, 10000, 50000} {
		b.Run(fmt.Sprintf("operators=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			live := uint64(0)
			for b.Loop() {
				outputs := chainQuotient(n)
				prog, err := Compile(outputs, Options{PlanOnly: true})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				live = m.HeapAlloc
				runtime.KeepAlive(prog)
				runtime.KeepAlive(outputs)
				b.StartTimer()
			}
			perOperator := float64(b.N * n)
			b.ReportMetric(float64(b.Elapsed().Microseconds())/perOperator, "µs/operator")
			b.ReportMetric(float64(live)/float64(n), "live-B/operator")
		})
	}
}
