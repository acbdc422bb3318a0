package metainit

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/x448/float16"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// rounded rounds to a type as exporters do.
var rounded = map[onnxio.DataType]func(float64) float64{
	float32Type:    func(x float64) float64 { return float64(float32(x)) },
	float64Type:    func(x float64) float64 { return x },
	onnxio.Float16: func(x float64) float64 { return float64(float16.Fromfloat32(float32(x)).Float32()) },
	onnxio.BFloat16: func(x float64) float64 {
		return float64(math.Float32frombits((math.Float32bits(float32(x)) + 0x7fff) &^ 0xffff))
	},
}

// angleOf says what a tensor with these elements is, used as something that is no factor.
func angleOf(elements []float64, dataType onnxio.DataType, shape ...int) string {
	dims := make([]int64, len(shape))
	for i, d := range shape {
		dims[i] = int64(d)
	}
	t := &onnxio.Tensor{DataType: dataType, Shape: dims}
	add, found := anglesOf(&lower.Weight{Tensor: t, Node: autodiff.NewGraph().Variable("w", shape...)})
	add(elements[:len(elements)/2])
	add(elements[len(elements)/2:])
	return found()
}

func TestAngles(t *testing.T) {
	for dataType, round := range rounded {
		for _, base := range []float64{1e4, 5e5} {
			for _, size := range [][2]int{{6, 2}, {64, 8}, {300, 32}, {2048, 4}} {
				rows, pairs := size[0], size[1]
				if rows < 64 && roundoff(dataType) > 0x1p-20 {
					continue // too few digits to tell
				}
				var halves, inTurn []float64
				for p := range rows {
					for k := range 2 * pairs {
						// The program computes in float32.
						angle := float64(float32(float64(p) * float64(float32(math.Pow(base, -float64(k%pairs)/float64(pairs))))))
						halves = append(halves, round(1.5*math.Cos(angle)))
						angle = float64(p+2) * math.Pow(base, -float64(k/2)/float64(pairs))
						inTurn = append(inTurn, round(math.Sin(angle+float64(k%2)*math.Pi/2)))
					}
				}
				if angleOf(halves, dataType, 1, rows, 1, 2*pairs) == "" {
					t.Errorf("%v: cosines of %d rows and %d pairs, base %g, are no table", dataType, rows, pairs, base)
				}
				if angleOf(append(halves, halves...), dataType, 2, 1, rows, 2*pairs) == "" {
					t.Errorf("%v: cosines of %d rows and %d pairs for each head, base %g, are no table", dataType, rows, pairs, base)
				}
				if angleOf(inTurn, dataType, 1, rows, pairs, 2) == "" {
					t.Errorf("%v: sines and cosines in turn of %d rows and %d pairs, base %g, are no table", dataType, rows, pairs, base)
				}
			}
			for _, n := range []int{2, 4, 16, 64} {
				if roundoff(dataType) > 0x1p-20 && (n < 4 || base > 1e4) {
					continue // too few digits, and none for numbers so small
				}
				var falling []float64
				for i := range n {
					falling = append(falling, round(math.Pow(base, -float64(i)/float64(n))))
				}
				if angleOf(falling, dataType, n) == "" || angleOf(falling, dataType, 1, n, 1) == "" {
					t.Errorf("%v: %d frequencies, base %g, are not found", dataType, n, base)
				}
			}
		}
	}
	for dataType, least := range map[onnxio.DataType]int{float32Type: 8, onnxio.BFloat16: 16} {
		for n := least; n <= 64; n *= 2 {
			if list := llama3(n, rounded[dataType]); angleOf(list, dataType, n) == "" || angleOf(list, dataType, 1, n, 1) == "" {
				t.Errorf("%v: %d frequencies as Llama 3 scales them are not found", dataType, n)
			}
		}
	}
	if angleOf([]float64{0, 1, 2, 3}, float32Type, 4, 1) == "" {
		t.Error("positions are not found")
	}
}

// llama3 returns n frequencies of base 500000 that are scaled by 1/8 where their waves are longer than 8192 places, by nothing
// where they are shorter than a fourth of that, smoothly between.
func llama3(n int, round func(float64) float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		f := math.Pow(5e5, -float64(i)/float64(n))
		smooth := min(max((8192*f/(2*math.Pi)-1)/3, 0), 1)
		list[i] = round((1-smooth)*f/8 + smooth*f)
	}
	return list
}

// TestNoAngles: what nets are initialized with is no table.
func TestNoAngles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	fill := func(n int, f func(i int) float64) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = f(i)
		}
		return list
	}
	for dataType, round := range rounded {
		for _, shape := range [][]int{{4, 2}, {4, 4}, {64, 3}, {8, 512}, {3, 3, 3}, {5, 6, 7}, {8, 4, 4, 4}, {2}, {3}, {4}, {64}} {
			n := 1
			for _, d := range shape {
				n *= d
			}
			for name, elements := range map[string][]float64{
				"normal":        fill(n, func(int) float64 { return round(r.NormFloat64()) }),
				"small":         fill(n, func(int) float64 { return round(0.02 * r.NormFloat64()) }),
				"ones":          fill(n, func(int) float64 { return 1 }),
				"zeros":         fill(n, func(int) float64 { return 0 }),
				"nearly one":    fill(n, func(int) float64 { return round(1 + 0.01*r.NormFloat64()) }),
				"rows alike":    fill(n, func(i int) float64 { return float64(i % (n / shape[0])) }),
				"identity":      fill(n, func(i int) float64 { return float64(min(1, i%(n/shape[0]+1)) ^ 1) }),
				"forget gate":   fill(n, func(i int) float64 { return float64(i / (n/4 + 1) % 2) }),
				"steps down":    fill(n, func(i int) float64 { return round(1 - 0.9*float64(i)/float64(n)) }),
				"standard form": fill(n, func(i int) float64 { return round(float64(i%5) / 5) }),
			} {
				if found := angleOf(elements, dataType, shape...); found != "" {
					t.Errorf("%v %v, %s: %s", dataType, shape, name, found)
				}
			}
		}
	}
}

// FuzzAngles: whatever the elements, what they are does not depend on how they come in blocks.
func FuzzAngles(f *testing.F) {
	f.Add(uint64(1), uint8(4), uint8(6), uint8(2), false)
	f.Add(uint64(2), uint8(1), uint8(40), uint8(3), true)
	f.Fuzz(func(t *testing.T, seed uint64, a, b, c uint8, hostile bool) {
		r := rand.New(rand.NewPCG(seed, 0))
		shape := []int{int(a % 9), int(b % 40), int(c % 9)}
		elements := make([]float64, shape[0]*shape[1]*shape[2])
		step := r.Float64()
		for i := range elements {
			row, column := i/max(shape[2], 1)%max(shape[1], 1), i%max(shape[2], 1)
			elements[i] = math.Sin(float64(row) * step * float64(column+1))
			if hostile && r.IntN(8) == 0 {
				elements[i] = []float64{0, 1, math.NaN(), math.Inf(1), math.Inf(-1), 1e308, 5e-324}[r.IntN(7)]
			}
		}
		want := angleOf(elements, float64Type, shape...)
		w := &lower.Weight{Tensor: &onnxio.Tensor{DataType: float64Type, Shape: []int64{int64(shape[0]), int64(shape[1]), int64(shape[2])}}, Node: autodiff.NewGraph().Variable("w", shape...)}
		add, found := anglesOf(w)
		for len(elements) > 0 {
			n := 1 + r.IntN(len(elements))
			add(elements[:n])
			elements = elements[n:]
		}
		if got := found(); got != want {
			t.Errorf("shape %v: in other blocks %q, at first %q", shape, got, want)
		}
	})
}
