package metainit

import (
	"math"
	"slices"
	"testing"

	"onnx-metainit/onnxio"
)

// TestValueHistograms counts the elements of a model and of one with a rescaled tensor, against all of them at once.
func TestValueHistograms(t *testing.T) {
	path := "../testdata/reference/mlp/model.onnx"
	a, err := onnxio.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	i := slices.IndexFunc(a.Tensors, func(t *onnxio.Tensor) bool { return t.Name == "3.weight" })
	out := t.TempDir() + "/scaled.onnx"
	if _, err := a.Save(out, []onnxio.Scaling{{Tensor: a.Tensors[i], Factor: 3}}, "key", nil); err != nil {
		t.Fatal(err)
	}
	b, err := onnxio.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	d, err := Diff(a, b, DiffOptions{Histograms: true})
	if err != nil || len(d.Histograms) != len(d.Tensors) {
		t.Fatalf("%d histograms of %d tensors, %v", len(d.Histograms), len(d.Tensors), err)
	}
	for k, row := range d.Tensors {
		if (d.Histograms[k] != nil) != (row.Name == "3.weight") {
			t.Errorf("%s: histogram %v", row.Name, d.Histograms[k])
		}
	}
	values, err := a.Tensors[i].Float32s()
	if err != nil {
		t.Fatal(err)
	}
	h := d.Histograms[i]
	low, high := float64(slices.Min(values)), float64(slices.Max(values))
	if math.Abs(h.Low-3*low) > 1e-6 || math.Abs(h.High-3*high) > 1e-6 {
		t.Errorf("from %v to %v, want 3 times %v to %v", h.Low, h.High, low, high)
	}
	for _, side := range []struct {
		counts []int64
		factor float64
	}{{h.A, 1}, {h.B, 3}} {
		want := make([]int64, valueBins)
		for _, v := range values {
			part := (float64(float32(side.factor*float64(v))) - h.Low) / (h.High - h.Low)
			want[min(int(part*valueBins), valueBins-1)]++
		}
		if !slices.Equal(side.counts, want) {
			t.Errorf("factor %v: %v, want %v", side.factor, side.counts, want)
		}
	}
}
