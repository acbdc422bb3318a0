package metainit

import (
	"archive/zip"
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"onnx-metainit/autodiff"
)

const someSamples = 37

var leftOut = []int{1, 3, 5, 7, 36}

// sampleData is samples for the reference net mlp, whose first element is their number; some labels are left out of the mean.
func sampleData(t *testing.T) *Dataset {
	x, y := &Array{Shape: []int{someSamples, 1, 8, 8}}, &Array{Shape: []int{someSamples}, Integer: true}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range someSamples {
		x.Data = append(x.Data, float64(i))
		x.Data = append(x.Data, sampled(make([]float64, 63), rng.NormFloat64)...)
		y.Data = append(y.Data, float64(rng.IntN(10)))
	}
	for _, i := range leftOut {
		y.Data[i] = ignoredLabel
	}
	d, err := NewDataset(map[string]*Array{"input": x, OnlyTarget: y})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// alone returns the loss of each sample by itself, and whether its label is the class with the greatest logit.
func alone(t *testing.T, d *Dataset) (losses []float64, right []bool) {
	for i := range d.size {
		p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{Precision: autodiff.Float64, Inputs: map[string]*Array{"": d.samples("input", []int{i})}})
		out, err := p.Forward()
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, z := range out.Data {
			sum += math.Exp(z)
		}
		label := max(int(d.arrays[OnlyTarget].Data[i]), 0)
		losses = append(losses, math.Log(sum)-out.Data[label])
		right = append(right, out.Data[label] == slices.Max(out.Data))
	}
	return losses, right
}

// TestScores: the loss and the accuracy on a dataset are those of its samples one by one, though its size is no multiple of
// the batch's and labels are left out; and so is the loss of each training step of the samples that it takes, every one once an epoch.
func TestScores(t *testing.T) {
	d := sampleData(t)
	losses, right := alone(t, d)
	p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{Precision: autodiff.Float64, Batch: 16, Data: d, TestData: d})
	trainer, err := p.newTrainer(SGD)
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.start(); err != nil {
		t.Fatal(err)
	}
	defer trainer.close()
	if err := trainer.reset(nil); err != nil {
		t.Fatal(err)
	}
	score, err := p.examine(trainer.prog, trainer.exam, d)
	if err != nil {
		t.Fatal(err)
	}
	kept := func(i int) bool { return !slices.Contains(leftOut, i) }
	loss, correct := 0.0, 0.0
	for i := range losses {
		if kept(i) {
			loss += losses[i] / float64(someSamples-len(leftOut))
			if right[i] {
				correct++
			}
		}
	}
	near(t, "loss", score.Loss, loss, 1e-12)
	near(t, "accuracy", *score.Accuracy, correct/float64(someSamples-len(leftOut)), 1e-12)

	trainer.rate = 1e-300
	seen := make(map[int]bool)
	draw := p.training(d, 0)
	for step := range 2 {
		b := draw(step)
		want, n := 0.0, 0.0
		for k := range 16 {
			i := int(b[p.lowered.Inputs[0].Node][k*64])
			if seen[i] {
				t.Errorf("step %d: sample %d again", step, i)
			}
			if seen[i] = true; kept(i) {
				want, n = want+losses[i], n+1
			}
		}
		got, err := trainer.step(b)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "loss of a step", got, want/n, 1e-12)
	}
	if again := p.training(d, 1)(0)[p.samples]; len(again) != 16 {
		t.Errorf("%d weights", len(again))
	}
}

// TestOneHot: labels, and their probabilities as targets, are the same task with the same scores.
func TestOneHot(t *testing.T) {
	d := sampleData(t)
	labels := d.arrays[OnlyTarget]
	hot := &Array{Shape: []int{someSamples, 10}, Data: make([]float64, 10*someSamples)}
	for i := range labels.Data {
		labels.Data[i] = max(labels.Data[i], 0)
		hot.Data[10*i+int(labels.Data[i])] = 1
	}
	var trials []*Trial
	for _, target := range []*Array{labels, hot} {
		d, err := NewDataset(map[string]*Array{"input": d.arrays["input"], OnlyTarget: target})
		if err != nil {
			t.Fatal(err)
		}
		p := openProblem(t, "../testdata/reference/mlp/model.onnx", Options{Precision: autodiff.Float64, Data: d, TestData: d})
		race, err := p.Race(context.Background(), RaceOptions{Candidates: []Candidate{Keep, He}})
		if err != nil {
			t.Fatal(err)
		}
		trials = append(trials, race.Contestants[1].Trials[0])
	}
	near(t, "base", trials[1].Base, trials[0].Base, 1e-12)
	near(t, "progress", trials[1].Progress, trials[0].Progress, 1e-9)
	near(t, "loss", trials[1].Test.Loss, trials[0].Test.Loss, 1e-9)
	near(t, "accuracy", *trials[1].Test.Accuracy, *trials[0].Test.Accuracy, 1e-12)
}

// TestTies: where several classes are the greatest, each counts as a part of an answer.
func TestTies(t *testing.T) {
	g := autodiff.NewGraph()
	x := g.Variable("x", 2, 4)
	out := answer(x, 1)
	prog, err := autodiff.Compile([]*autodiff.Node{out}, autodiff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer prog.Close()
	prog.Write(x, 0, []float64{0, 3, 3, 1, 2, 0, 0, 0})
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	if got := prog.Read(out); !slices.Equal(got, []float64{0, 0.5, 0.5, 0, 1, 0, 0, 0}) {
		t.Errorf("got %v", got)
	}
}

// TestNPZ: what NumPy writes is read; what is no archive of arrays is an error, and so are arrays out of proportion.
func TestNPZ(t *testing.T) {
	write := func(method uint16, files map[string][]byte) string {
		path := filepath.Join(t.TempDir(), "data.npz")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z := zip.NewWriter(f)
		for name, data := range files {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
			if err == nil {
				_, err = w.Write(data)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	encoded := func(a *Array) []byte {
		var b bytes.Buffer
		if err := WriteNPY(&b, a); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	x := &Array{Shape: []int{2, 2}, Data: []float64{1, 2, 3, 4}}
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		arrays, err := ReadNPZ(write(method, map[string][]byte{"x.npy": encoded(x), "target.npy": encoded(&Array{Shape: []int{2}, Data: []float64{0, 1}, Integer: true})}))
		if err != nil {
			t.Fatal(err)
		}
		if len(arrays) != 2 || !slices.Equal(arrays["x"].Data, x.Data) || !arrays["target"].Integer {
			t.Errorf("method %d: got %v", method, arrays)
		}
	}
	for _, c := range []struct{ path, want string }{
		{"../testdata/reference/mlp/input.npy", "not a .npz file that can be read"},
		{write(zip.Store, map[string][]byte{"x.npy": encoded(x)[:90]}), `array "x" cannot be read`},
		{write(zip.Deflate, map[string][]byte{"x.npy": encoded(&Array{Shape: []int{1 << 20}, Data: make([]float64, 1<<20)})}), "over 200 times what the file does"},
	} {
		if _, err := ReadNPZ(c.path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: error %v, want %q", c.path, err, c.want)
		}
	}
}

// TestHoldOut: the samples that are held out and the rest are all of them, each once, drawn by the seed; where either part makes
// no batch none are.
func TestHoldOut(t *testing.T) {
	d := sampleData(t)
	held := func(opt Options) (train, test []int) {
		opt.Data, opt.Precision = d, autodiff.Float64
		p := openProblem(t, "../testdata/reference/mlp/model.onnx", opt)
		numbers := func(d *Dataset) (list []int) {
			for i := range d.size {
				list = append(list, int(d.row("input", i)[0]))
			}
			return list
		}
		if train = numbers(p.opt.Data); p.opt.TestData != nil {
			test = numbers(p.opt.TestData)
		}
		if first := int(p.opt.Inputs["input"].Data[0]); first != train[0] {
			t.Errorf("the first batch begins with sample %d, want %d", first, train[0])
		}
		return train, test
	}
	train, test := held(Options{Batch: 7, HoldOut: 0.2})
	if all := slices.Sorted(slices.Values(slices.Concat(train, test))); len(test) != 7 || len(all) != someSamples || all[0] != 0 || all[36] != 36 || len(slices.Compact(all)) != someSamples {
		t.Errorf("%v and %v", train, test)
	}
	if _, other := held(Options{Batch: 7, HoldOut: 0.2, Seed: 1}); slices.Equal(test, other) {
		t.Errorf("another seed holds out %v too", other)
	}
	if train, test := held(Options{Batch: 8, HoldOut: 0.2}); len(train) != someSamples || test != nil {
		t.Errorf("%d samples are held out of %d", len(test), len(train))
	}
}
