package autodiff

import (
	"math"
	"testing"
)

// TestProgramAgreesWithEvaluate runs every sample of the table, and its first
// derivatives, as one program, in both precisions and with several threads.
func TestProgramAgreesWithEvaluate(t *testing.T) {
	for op := range opCount {
		s := NewSampler(uint64(op) + 100)
		outputs := s.Samples(op)
		for _, y := range outputs {
			for _, x := range ancestors([]*Node{y}) {
				if dx := VJP([]*Node{y}, []*Node{y}, []*Node{x})[0]; x.op == OpVariable && dx != nil {
					outputs = append(outputs, dx)
				}
			}
		}
		if len(outputs) == 0 {
			continue
		}
		want, err := Evaluate(outputs, s.Values)
		if err != nil {
			t.Fatal(err)
		}
		for _, opt := range []Options{{Precision: Float64, Threads: 1}, {Precision: Float64, Threads: 3}, {Threads: 2}} {
			prog, err := Compile(outputs, opt)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a second run finds the memory used
				for n, v := range s.Values {
					prog.Write(n, 0, v)
				}
				if err := prog.Run(); err != nil {
					t.Fatal(err)
				}
			}
			tolerance := 0.0
			if opt.Precision == Float32 {
				tolerance = 1e-5
			}
			for i, y := range outputs {
				for k, got := range prog.Read(y) {
					if math.Abs(got-want[i][k]) > tolerance*(1+math.Abs(want[i][k])) {
						t.Fatalf("%v with %+v: element %d is %g, want %g", y, opt, k, got, want[i][k])
					}
				}
			}
		}
	}
}

// TestCloseAgain: what is closed again gives no memory of others back.
func TestCloseAgain(t *testing.T) {
	graph := NewGraph()
	x := graph.Variable("x", 1<<20)
	var programs []*Program
	for range 2 {
		prog, err := Compile([]*Node{Add(x, x)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if programs = append(programs, prog); len(programs) == 1 {
			prog.Close()
		}
	}
	programs[0].Close()
	programs[1].Fill(x, 1)
	if err := programs[1].Run(); err != nil {
		t.Fatal(err)
	}
}
