package lower

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/onnxpb"
)

// TestFloatFormats compares rounding with a search among all numbers of each format, in constants and in tensors that a
// run gives.
func TestFloatFormats(t *testing.T) {
	for _, c := range []struct {
		t     DataType
		count int // finite numbers from 0 on
	}{
		{onnxio.Float16, 31 << 10},
		{onnxio.BFloat16, 255 << 7},
		{onnxio.Float8E4M3FN, 127},
		{onnxio.Float8E4M3FNUZ, 128},
		{onnxio.Float8E5M2, 124},
		{onnxio.Float8E5M2FNUZ, 128},
		{onnxio.Float6E2M3, 32},
		{onnxio.Float6E3M2, 32},
		{onnxio.Float4E2M1, 8},
	} {
		f, _ := formatOf(c.t)
		// The bits of a number, read as a whole number, count the numbers up to it.
		number := func(bits int) float64 {
			exponent, rest := bits>>f.mantissa, bits&(1<<f.mantissa-1)
			if exponent == 0 {
				return math.Ldexp(float64(rest), f.least-f.mantissa)
			}
			return math.Ldexp(float64(rest+1<<f.mantissa), f.least-f.mantissa+exponent-1)
		}
		if last := number(c.count - 1); last != f.max {
			t.Errorf("%v ends with %v, expected %v", c.t, f.max, last)
		}
		var x, want []float64
		for i := range c.count - 1 {
			low, high := number(i), number(i+1)
			middle := (low + high) / 2
			even := low
			if i%2 == 1 {
				even = high
			}
			x = append(x, low, middle, -middle, math.Nextafter(middle, 0), math.Nextafter(middle, high))
			want = append(want, low, even, -even, low, high)
		}
		for i := range x {
			if got := f.round(x[i], true); got != want[i] {
				t.Fatalf("%v: %v is rounded to %v, want %v", c.t, x[i], got, want[i])
			}
		}
		beyond := 1.5 * f.max
		if got := f.round(-beyond, true); f.saturates(true) && got != -f.max || !f.saturates(true) && got != math.Inf(-1) {
			t.Errorf("%v: −%v is rounded to %v", c.t, beyond, got)
		}
		if f.mantissa > 3 {
			continue
		}
		x = append(x, beyond, -beyond, math.Inf(1), math.Inf(-1))
		if !f.clamps {
			x = append(x, math.NaN())
		}
		for _, saturate := range []bool{true, false} {
			g := autodiff.NewGraph()
			v := g.Variable("x", len(x))
			got, err := autodiff.Evaluate([]*autodiff.Node{f.roundNode(v, saturate)}, map[*autodiff.Node][]float64{v: x})
			if err != nil {
				t.Fatal(err)
			}
			for i, y := range got[0] {
				if want := f.round(x[i], saturate); y != want && !(math.IsNaN(y) && math.IsNaN(want)) {
					t.Fatalf("%v: %v is rounded to %v in a run, want %v", c.t, x[i], y, want)
				}
			}
		}
	}
}

func TestRoundToPower(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	x := []float64{0, 0x1p-127, 0x1p-130, 1, 1.25, 1.5, 1.75, 0x1p127, 0x1.8p127, 0x1p200, inf, nan}
	for _, c := range []struct {
		mode     string
		saturate bool
		want     []float64
	}{
		{"up", true, []float64{0x1p-127, 0x1p-127, 0x1p-127, 1, 2, 2, 2, 0x1p127, 0x1p127, 0x1p127, 0x1p127, nan}},
		{"down", true, []float64{0x1p-127, 0x1p-127, 0x1p-127, 1, 1, 1, 1, 0x1p127, 0x1p127, 0x1p127, 0x1p127, nan}},
		{"nearest", false, []float64{nan, 0x1p-127, nan, 1, 1, 2, 2, 0x1p127, nan, nan, nan, nan}},
	} {
		for i := range x {
			if got := roundToPower(x[i], c.mode, c.saturate); got != c.want[i] && !(math.IsNaN(got) && math.IsNaN(c.want[i])) {
				t.Errorf("%s, saturate %v: %v is rounded to %v, want %v", c.mode, c.saturate, x[i], got, c.want[i])
			}
		}
	}
}

// TestWraps: constants wrap around in every type of whole numbers, computed ones in the narrow types.
func TestWraps(t *testing.T) {
	const endless = math.MaxInt64 // what exporters write for "to the end"
	x := []float64{0, 5, -5, 127, 128, -129, 255, 256, 1 << 20, endless}
	for _, c := range []struct {
		t    DataType
		want []float64
	}{
		{onnxio.Int2, []float64{0, 1, -1, -1, 0, -1, -1, 0, 0, endless}},
		{onnxio.Uint4, []float64{0, 5, 11, 15, 0, 15, 15, 0, 0, endless}},
		{onnxio.Int8, []float64{0, 5, -5, 127, -128, 127, -1, 0, 0, endless}},
		{onnxio.Uint8, []float64{0, 5, 251, 127, 128, 127, 255, 0, 0, endless}},
		{onnxio.Int32, x},
	} {
		g := autodiff.NewGraph()
		got, _ := wraps(g.Const(x, len(x)), c.t).Value()
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.t, got, c.want)
		}
		v := g.Variable("x", len(x)-1)
		run, err := autodiff.Evaluate([]*autodiff.Node{wraps(v, c.t)}, map[*autodiff.Node][]float64{v: x[:len(x)-1]})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(run[0], c.want[:len(x)-1]) {
			t.Errorf("%v in a run: got %v, want %v", c.t, run[0], c.want)
		}
	}
}

// TestBits takes numbers to bits and back.
func TestBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for dt := range onnxpb.TensorProto_DataType_name {
		dt := DataType(dt)
		width := bitWidth(dt)
		if width == 0 || dt == boolType {
			continue
		}
		for range 100 {
			word := r.Uint64() >> 11 << 11 >> (64 - width) // what a double holds
			x := decodeBits(word, dt)
			if got := encodeBits(x, dt) << (64 - width) >> (64 - width); got != word && !math.IsNaN(x) {
				t.Fatalf("%v: bits %x are %v, whose bits are %x", dt, word, x, got)
			}
		}
	}
}
