package metainit

import (
	"math"
	"slices"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/onnxio"
)

// Tables of angles are computed and not trained, and their values tell: a column of cosines or sines of p·f for the rows p
// = 0, 1, … satisfies x[p+1] + x[p−1] = 2 cos(f) x[p], whatever its frequency f, phase and amplitude; frequencies 1/θ^(2i/d)
// have one ratio. So many digits do not agree by chance: what a weight would have to hit, in bits, is the evidence.
const enoughBits = 30

// roundoff returns half the distance of 1 to the next number of the type, or of float32, in which double tables are
// computed too.
func roundoff(t onnxio.DataType) float64 {
	precision, _ := t.Rounding()
	return math.Ldexp(1, -min(precision, 24))
}

// waves looks whether the columns of a table are such angles, the rows being along one axis of the tensor. Where there are
// axes before that one, the columns of all their tables are taken together.
type waves struct {
	rows, columns int
	count         int       // elements so far
	before, last  []float64 // the rows before
	exact         []bool    // whether the first row is 0 or 1
	xx, xy, yy    []float64 // sums over p with x = x[p], y = x[p+1] + x[p−1]
	tolerance     float64   // of a column, relative to its size
	refuted       bool
}

// maxColumns bounds the columns of a table of angles.
const maxColumns = 1 << 14

// newWaves returns a detector of tables along each axis longer than 1 but the last of these.
func newWaves(t *onnxio.Tensor) []*waves {
	var list []*waves
	columns := int64(1)
	for _, d := range slices.Backward(t.Shape) {
		if columns > 1 && columns <= maxColumns && d >= 4 {
			w := &waves{rows: int(d), columns: int(columns), tolerance: 4*roundoff(t.DataType) + 0x1p-24*float64(d)}
			w.before, w.last, w.exact = make([]float64, columns), make([]float64, columns), make([]bool, columns)
			w.xx, w.xy, w.yy = make([]float64, columns), make([]float64, columns), make([]float64, columns)
			list = append(list, w)
		}
		columns *= d
	}
	return list
}

func (w *waves) add(elements []float64) {
	for _, v := range elements {
		if w.refuted {
			return
		}
		row, c := w.count/w.columns%w.rows, w.count%w.columns
		if w.count++; row == 0 {
			w.exact[c] = v == 0 || v == 1
		}
		if row >= 2 {
			x, y := w.last[c], v+w.before[c]
			w.xx[c] += x * x
			w.xy[c] += x * y
			w.yy[c] += y * y
		}
		w.before[c], w.last[c] = w.last[c], v
		if row == min(w.rows-1, 7) && c == w.columns-1 {
			w.refuted = w.bits() == 0 // of most tensors the first rows are enough
		}
	}
}

// bits returns the evidence that the rows so far are angles; 0 if a column is none. What hardly moves along the rows says
// nothing.
func (w *waves) bits() float64 {
	evidence, each := 0.0, -math.Log2(w.tolerance)
	rows := w.count / w.columns
	constraints := rows/w.rows*(w.rows-2) + max(rows%w.rows-2, 0) - 1
	for c, xx := range w.xx {
		if xx == 0 {
			if w.yy[c] != 0 {
				return 0
			}
			continue
		}
		cos := w.xy[c] / (2 * xx)
		rest := math.Max(w.yy[c]-w.xy[c]*w.xy[c]/xx, 0) / (4 * xx)
		if !(math.Sqrt(rest) <= w.tolerance) || math.Abs(cos) > 1+w.tolerance {
			return 0
		}
		if math.Abs(cos) < 1-max(1e-3, 8*w.tolerance) {
			evidence += each * float64(constraints)
			if w.exact[c] {
				evidence += each
			}
		}
	}
	return evidence
}

func (w *waves) found() bool { return !w.refuted && w.bits() >= enoughBits }

// frequencies reports whether the elements fall from one to the next by one ratio, as those of rotary embeddings do, to less
// than half of the first. Two are enough if they begin with 1 and the base θ is a number that people choose.
func frequencies(elements []float64, t onnxio.DataType) bool {
	n := len(elements)
	if n < 2 || !(elements[n-1] > 0 && elements[n-1] < elements[0]/2) {
		return false
	}
	ratio := math.Pow(elements[n-1]/elements[0], 1/float64(n-1))
	tolerance := 16 * roundoff(t)
	for i, v := range elements {
		if !(math.Abs(v/(elements[0]*math.Pow(ratio, float64(i)))-1) <= tolerance) {
			return false
		}
	}
	evidence := -math.Log2(tolerance) * float64(n-2)
	if elements[0] == 1 {
		evidence += 12
		for _, base := range []float64{1e2, 1e3, 1e4, 1e5, 5e5, 1e6} {
			if math.Abs(math.Pow(ratio, float64(n))*base-1) <= float64(n)*tolerance {
				evidence += 20
			}
		}
	}
	return evidence >= enoughBits
}

// falling reports whether the elements begin with exactly 1 and fall from each to the next, to less than half of it: frequencies
// of rotary embeddings that were scaled for longer texts, each by a factor of its own (Llama 3, YaRN). By chance one order of
// n! is so.
func falling(elements []float64, t onnxio.DataType) bool {
	n := len(elements)
	if n < 2 || elements[0] != 1 || !(elements[n-1] > 0 && elements[n-1] < 0.5) {
		return false
	}
	even := true // in equal steps, as a parameter may begin
	for i := 1; i < n; i++ {
		if !(elements[i] < elements[i-1]) {
			return false
		}
		even = even && math.Abs(1-elements[i]-float64(i)*(1-elements[1])) <= 4*float64(n)*roundoff(t)
	}
	if even {
		return false
	}
	orders, _ := math.Lgamma(float64(n + 1))
	return orders/math.Ln2-math.Log2(roundoff(t)) >= enoughBits
}

// counting reports whether the elements are 0, 1, 2, …: the positions that frequencies are multiplied by.
func counting(elements []float64) bool {
	for i, v := range elements {
		if v != float64(i) {
			return false
		}
	}
	return len(elements) > 2
}

// anglesOf returns two functions: add takes all elements of a tensor, then found says whether they are angles, frequencies or
// positions, "" if they are none. In a factor of a product no table of angles is looked for.
func anglesOf(w *lower.Weight) (add func(elements []float64), found func() string) {
	var tables []*waves
	var line []float64
	single := oneAxis(w.Node.Shape()) && w.Tensor.Size() <= maxColumns
	if w.Kinds&lower.Factor == 0 {
		tables = newWaves(w.Tensor)
	}
	add = func(elements []float64) {
		if single {
			line = append(line, elements...)
		}
		for _, table := range tables {
			table.add(elements)
		}
	}
	return add, func() string {
		switch {
		case single && frequencies(line, w.Tensor.DataType):
			return "frequencies: each is the one before times the same ratio"
		case single && falling(line, w.Tensor.DataType):
			return "frequencies: they fall from exactly 1"
		case single && counting(line):
			return "positions: 0, 1, 2 and so on"
		case slices.ContainsFunc(tables, (*waves).found):
			return "a table of angles: its columns are sines and cosines of the row's number"
		}
		return ""
	}
}
