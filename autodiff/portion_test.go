package autodiff

import (
	"math"
	"slices"
	"testing"
)

// TestPortions checks the parts of every primitive's samples along every axis against
// slices of the whole.
func TestPortions(t *testing.T) {
	for op := range opCount {
		s := NewSampler(uint64(op))
		passed := 0
		for _, y := range s.Samples(op) {
			for axis, size := range y.shape {
				for _, n := range []int{1, 2, 3, 4} {
					if size%n != 0 {
						continue
					}
					parts := Portions(y, axis, n)
					for i, part := range parts {
						want := SliceAxis(y, axis, i*size/n, (i+1)*size/n)
						if !slices.Equal(part.shape, want.shape) || distance(compute(t, s, part), compute(t, s, want)) > 1e-14 {
							t.Errorf("%s: part %d of %d along axis %d of %v is %v", table[op].Name, i, n, axis, y, part)
						}
					}
					if parts != nil && n > 1 {
						passed++
					}
				}
			}
		}
		if passes := table[op].portion != nil || table[op].Elementwise(); passes != (passed > 0) {
			t.Errorf("%s: parts pass %v, but %d did", table[op].Name, passes, passed)
		}
	}
}

// TestPortionsOfNet: a net's parts are computed from parts of its input alone, but where
// the rows of a batch depend on each other.
func TestPortionsOfNet(t *testing.T) {
	s := NewSampler(1)
	x := s.Variable(4, 6)
	hidden := Tanh(Dot(x, s.Variable(6, 5), false, false))
	rows := Reshape(Transpose(Reshape(hidden, 4, 5, 1), 1, 0, 2), 20, 1) // the batch is inside
	out := Softmax(Transpose(Reshape(Exp(rows), 5, 4), 1, 0), 1)
	parts := Portions(out, 0, 2)
	if parts == nil {
		t.Fatal("it has no parts")
	}
	for i, part := range parts {
		for _, n := range ancestors(parts[i : i+1]) {
			if n == hidden {
				t.Errorf("part %d is computed from %v", i, n)
			}
		}
		if want := SliceAxis(out, 0, 2*i, 2*i+2); distance(compute(t, s, part), compute(t, s, want)) > 1e-14 {
			t.Errorf("part %d is another", i)
		}
	}
	centred := Sub(out, BroadcastTo(Mean(out, 0), 4, 5))
	if Portions(centred, 0, 2) != nil {
		t.Error("a mean over the batch was cut")
	}
}

func TestPortionCount(t *testing.T) {
	g := NewGraph()
	// net is two layers on a batch: tanh(x·w)·v.
	net := func(batch, in, hidden int) *Node {
		x := Tanh(Dot(g.Variable("x", batch, in), g.Variable("w", in, hidden), false, false))
		return Dot(x, g.Variable("v", hidden, 8), false, false)
	}
	for _, c := range []struct {
		what string
		x    *Node
		want int
	}{
		{"small tensors", net(2048, 16, 512), 1},
		{"large tensors", net(16384, 16, 512), 4},
		{"portions that would be small", net(2496, 16, 512), 2},
		{"an odd batch", net(16383, 16, 512), 1},
		{"a batch with one factor 2", net(16386, 16, 512), 2},
		{"products that take the time", net(16384, 1024, 512), 1},
		{"weights that are more than a quarter of the tensors", net(512, 128, 16384), 2},
		{"no axis", SumAll(net(16384, 16, 512)), 1},
	} {
		if got := PortionCount(c.x); got != c.want {
			t.Errorf("%s: %d portions, want %d", c.what, got, c.want)
		}
	}
}

// distance is the largest difference of two lists, as long as the first.
func distance(a, b []float64) float64 {
	most := 0.0
	for i := range a {
		most = max(most, math.Abs(a[i]-b[i]))
	}
	return most
}
