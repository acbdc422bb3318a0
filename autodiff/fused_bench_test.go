package autodiff

import (
	"fmt"
	"testing"
)

// BenchmarkFused times the second derivative of GELU, a step of many
// instructions and operands, on tensors in the cache and in memory.
func BenchmarkFused(b *testing.B) {
	for _, rows := range []int{16, 1024, 8192} {
		g := NewGraph()
		v := make([]*Node, 8)
		for i := range v {
			v[i] = g.Variable(fmt.Sprint("v", i), rows, 512)
		}
		gelu := func(x *Node) *Node {
			return Mul(Mul(x, g.Scalar(0.5)), Add(Erf(Div(x, g.Scalar(1.4142135))), g.Scalar(1)))
		}
		x := v[:1]
		y := Mul(gelu(x[0]), v[1])
		d := VJP([]*Node{y}, v[2:3], x)
		t := JVP(d, x, v[3:4])
		u := JVP(d, x, v[4:5])
		w := JVP(u, x, v[5:6])
		outputs := []*Node{Add(t[0], Mul(w[0], v[6])), Add(u[0], v[7]), d[0]}
		prog, err := Compile(outputs, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("rows=%d/steps=%d", rows, prog.Steps()), func(b *testing.B) {
			for b.Loop() {
				if err := prog.Run(); err != nil {
					b.Fatal(err)
				}
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(float64(prog.Effort())/ns, "multiply-adds/ns") // what the work counts as
		})
		prog.Close()
	}
}
