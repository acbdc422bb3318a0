package autodiff

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

// TestMain has every program of these tests checked between the passes of its compilation, but for those that are timed.
func TestMain(m *testing.M) {
	flag.Parse()
	compiling.Verify = flag.Lookup("test.bench").Value.String() == ""
	os.Exit(m.Run())
}

// dumped is what Dump writes.
func dumped(t *testing.T, prog *Program) string {
	t.Helper()
	var text bytes.Buffer
	if err := prog.Dump(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// deep is a net of dense and convolution layers with the tangent of its gradient:
// all that the passes look for.
func deep(layers, batch int) (outputs []*Node, values map[*Node][]float64) {
	s := NewSampler(5)
	x := s.Variable(batch, 3, 6, 6)
	var weights []*Node
	for i := range layers {
		w := s.Variable(3, 3, 3, 3)
		weights = append(weights, w)
		x = Conv(x, w, ConvSpec{PadLo: []int{1, 1}, PadHi: []int{1, 1}})
		if i%2 == 0 {
			x = ReLU(x)
		} else {
			x = Mul(x, Logistic(x))
		}
	}
	flat := Reshape(x, batch, 108)
	head := s.Variable(5, 108)
	loss := Neg(Mean(SliceAxis(LogSoftmax(Dot(flat, head, false, true), 1), 1, 0, 1), 0, 1))
	theta := append(weights, head)
	g := Grad(loss, theta)
	var u []*Node
	for _, dx := range g {
		u = append(u, Stop(dx))
	}
	outputs = append([]*Node{loss}, JVP(g, theta, u)...)
	for i, p := range outputs[1:] {
		product, _ := Inner(p, theta[i])
		outputs = append(outputs, SumAll(Abs(p)), product)
	}
	return outputs, s.Values
}

// TestPlansAgree computes a net with second derivatives by programs with
// everything on, with cuts and without, and compares them with the plain walk of the graph.
func TestPlansAgree(t *testing.T) {
	for _, enough := range []int{0, 1} {
		testPlan(t, enough)
	}
}

func testPlan(t *testing.T, enough int) {
	before := compiling
	defer func() { compiling = before }()
	compiling.Enough = enough
	outputs, values := deep(7, 32)
	want, err := Evaluate(outputs, values)
	if err != nil {
		t.Fatal(err)
	}
	for _, opt := range []Options{{Precision: Float64, Threads: 2}, {Threads: 1}, {Threads: 2}} {
		prog, err := Compile(outputs, opt)
		if err != nil {
			t.Fatal(err)
		}
		for v, data := range values {
			prog.Write(v, 0, data)
		}
		if again := strings.Contains(dumped(t, prog), "'"); again != (enough > 0) {
			t.Errorf("nodes are computed again: %v, where %d elements are enough", again, enough)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		tolerance := 1e-11
		if opt.Precision == Float32 {
			tolerance = 1e-3
		}
		for i, n := range outputs {
			scale := largest(want[i])
			for k, got := range prog.Read(n) {
				if d := got - want[i][k]; d > tolerance*scale || d < -tolerance*scale {
					t.Fatalf("%+v: element %d of output %d is %g, want %g", opt, k, i, got, want[i][k])
				}
			}
		}
		prog.Close()
	}
}
