package metainit

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

func openProblem(t testing.TB, path string, opt Options) *Problem {
	t.Helper()
	m, err := onnxio.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	p, err := New(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestUnits: the axes of a target are found in an input by their sizes; without a partner for all, the batch alone.
func TestUnits(t *testing.T) {
	for _, c := range []struct {
		name                string
		target, input       []int
		units, features     int
		full                bool
		secondUnit, secondF int // where they begin
	}{
		{"images with a label each", []int{4}, []int{4, 3, 5, 6}, 4, 90, true, 90, 1},
		{"images with a label for each pixel", []int{4, 5, 6}, []int{4, 3, 5, 6}, 120, 3, true, 1, 30},
		{"channels last", []int{4, 5, 6}, []int{4, 5, 6, 3}, 120, 3, true, 3, 1},
		{"labels of a smaller image", []int{4, 2, 2}, []int{4, 3, 5, 6}, 4, 90, false, 90, 1},
		{"tokens", []int{4, 7}, []int{4, 7}, 28, 1, true, 1, 0},
		{"the sequence first", []int{4}, []int{7, 4, 3}, 4, 21, true, 3, 1},
		{"nothing of that size", []int{4}, []int{5}, 1, 5, false, 0, 1},
	} {
		u := newUnits(c.target, c.input)
		if u.starts.count != c.units || u.features.count != c.features || u.full != c.full {
			t.Errorf("%s: %d units of %d features, full %v", c.name, u.starts.count, u.features.count, u.full)
			continue
		}
		if c.units > 1 && u.starts.at(1) != c.secondUnit || c.features > 1 && u.features.at(1) != c.secondF {
			t.Errorf("%s: the second unit is at %d, the second feature at %d", c.name, u.starts.at(1), u.features.at(1))
		}
		seen := make(map[int]bool)
		for unit := range u.starts.count {
			for f := range u.features.count {
				seen[u.starts.at(unit)+u.features.at(f)] = true
			}
		}
		if len(seen) != sizeOf(c.input) {
			t.Errorf("%s: the units cover %d of %d elements", c.name, len(seen), sizeOf(c.input))
		}
	}
}

func sizeOf(shape []int) int {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return size
}

// TestSmooth: noise of variance 1 whose neighbours are alike.
func TestSmooth(t *testing.T) {
	for _, shape := range [][]int{{3, 16, 16}, {7}, {1, 9}, {5, 64, 32}} {
		s, rng := newSmooth(shape), rand.New(rand.NewPCG(1, 2))
		x := make([]float64, sizeOf(shape))
		square, product, n := 0.0, 0.0, 0.0
		for range 300 {
			s.draw(rng, x)
			for i, v := range x[1:] {
				square, product, n = square+v*v, product+v*x[i], n+1
			}
		}
		if math.Abs(square/n-1) > 0.1 || product/n < 0.3 {
			t.Errorf("%v: variance %.3f, covariance of neighbours %.3f", shape, square/n, product/n)
		}
	}
}

// TestTasks: on every model of ours the tasks are the same for the same seed, others for another, within the ranges of inputs
// and targets, and a net that is no good at first learns at least one of them.
func TestTasks(t *testing.T) {
	for _, name := range []string{"conv1d", "conv3d", "causal_lm", "two_inputs", "regression", "sigmoid_end", "softmax_end", "gru", "unet"} {
		p := openProblem(t, "../testdata/models/"+name+"/model.onnx", Options{Batch: 8})
		m, err := newMaker(p)
		if err != nil {
			t.Fatal(err)
		}
		tasks, again, others := m.tasks(3), m.tasks(3), m.tasks(4)
		for i, task := range tasks {
			if !(task.base > 0) {
				t.Errorf("%s, %s: base %v", name, task.name, task.base)
			}
			b, same, other := cloned(task.draw(2)), cloned(again[i].draw(2)), others[i].draw(2)
			differs := false
			for v, data := range b {
				if len(data) != v.Size() || !slices.Equal(data, same[v]) {
					t.Errorf("%s, %s: %d elements of %d, or not the same twice", name, task.name, len(data), v.Size())
				}
				differs = differs || !slices.Equal(data, other[v])
			}
			if !differs {
				t.Errorf("%s, %s: the seed changes nothing", name, task.name)
			}
			for _, g := range m.goals {
				for _, y := range b[g.node] {
					if g.classes > 0 && (y != math.Floor(y) || y < 0 || y >= float64(g.classes)) {
						t.Fatalf("%s, %s: label %v of %d classes", name, task.name, y, g.classes)
					}
				}
			}
		}
		if b, c := cloned(tasks[1].draw(0)), tasks[1].draw(2); !slices.Equal(b[m.goals[0].node], c[m.goals[0].node]) {
			t.Errorf("%s: there is more to memorize than two batches", name)
		}
	}
}

// cloned is a batch that stays when the next is drawn.
func cloned(b batch) batch {
	c := maps.Clone(b)
	for v, data := range c {
		c[v] = slices.Clone(data)
	}
	return c
}

// TestLearning: with enough steps every task is learned by a net from He's norms, so that it can distinguish candidates.
func TestLearning(t *testing.T) {
	p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{Batch: 16})
	race, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He}, Contest: ContestOptions{Steps: 100, Optimizer: SGD, Tasks: []string{TaskMeans, TaskMemorizing, TaskStructured}}})
	if err != nil {
		t.Fatal(err)
	}
	for task, progress := range race.Contestants[1].Tasks {
		if progress < 1 {
			t.Errorf("%s: progress %.3f", task, progress)
		}
	}
}

// TestLSUV: with its factors the results of all products have standard deviation 1 on the first batch.
func TestLSUV(t *testing.T) {
	for _, name := range []string{"models/conv1d", "models/vgg", "models/patch_transformer", "reference/plain"} {
		p := openProblem(t, "../testdata/"+name+"/model.onnx", Options{Precision: autodiff.Float64})
		factors, err := p.lsuv()
		if err != nil {
			t.Fatal(err)
		}
		var products []*autodiff.Node
		for _, list := range p.multiplications() {
			products = append(products, list[0].Product)
		}
		for j, par := range p.counted {
			par.factor = factors[j]
		}
		prog, err := p.first(autodiff.Float64, products)
		if err != nil {
			t.Fatal(err)
		}
		defer prog.Close()
		for _, n := range products {
			sum, square := 0.0, 0.0
			data := prog.Read(n)
			for _, v := range data {
				sum, square = sum+v, square+v*v
			}
			mean := sum / float64(len(data))
			near(t, name+": standard deviation", math.Sqrt(square/float64(len(data))-mean*mean), 1, 1e-9)
		}
	}
}

// TestFormulas: the norms that formulas give.
func TestFormulas(t *testing.T) {
	p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{})
	for candidate, want := range map[Candidate][]float64{ // of [48 64], [48 48] and [10 48]
		He:         {math.Sqrt(2 * 48), math.Sqrt(2 * 48), math.Sqrt(2 * 10)},
		Glorot:     {math.Sqrt(2. * 48 * 64 / (48 + 64)), math.Sqrt(48), math.Sqrt(2. * 480 / 58)},
		Orthogonal: {math.Sqrt(48), math.Sqrt(48), math.Sqrt(10)},
	} {
		k := 0
		for j, factor := range p.byFormula(candidate) {
			par := p.counted[j]
			if !par.rescaled() {
				if factor != 1 {
					t.Errorf("%s: %s gets factor %v", candidate, par.Name, factor)
				}
				continue
			}
			near(t, string(candidate)+" "+par.Name, factor*par.Norm, want[k], 1e-12)
			k++
		}
	}
}
