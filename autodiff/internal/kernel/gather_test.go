package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestGatherRows gathers rows whose elements are far apart and close to those of
// the next row, from any row on, in calls of any length.
func TestGatherRows(t *testing.T) {
	t.Run("float32", testGatherRows[float32])
	t.Run("float64", testGatherRows[float64])
}

func testGatherRows[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	x := random[T](rng, 3*40*7)
	views := []Strided{
		{Shape: []int{3, 40, 7}, Strides: []int{280, 1, 40}},
		{Shape: []int{3, 40, 7}, Strides: []int{280, 7, 1}},
		{Shape: []int{3, 40, 7}, Strides: []int{280, -1, 40}, Offset: 39},
		{Shape: []int{40, 3, 7}, Strides: []int{0, 1, 3}},
		{Shape: []int{3, 40, 7}, Strides: []int{40, 1, 0}},
		{Shape: []int{3, 40, 7}, Strides: []int{280, 1, -40}, Offset: 240},
		{Shape: []int{3, 7, 40}, Strides: []int{280, 40, 1}},
		{Shape: []int{3, 7, 40}, Strides: []int{280, -40, 1}, Offset: 240},
		{Shape: []int{3, 7, 40}, Strides: []int{7, 1, 0}},
	}
	for _, v := range views {
		total, n := v.RowCount(), v.RowLen()
		want := make([]T, 0, 840)
		for c := v.At(0); len(want) < cap(want); c.Next() {
			for k := range n {
				want = append(want, x[c.Offset+k*v.RowStride()])
			}
		}
		for first := 0; first < total; first += 13 {
			c := v.At(first)
			got := make([]T, 0, 840)
			for row := first; row < total; {
				rows := min(1+rng.IntN(30), total-row)
				block := make([]T, rows*n)
				GatherRows(block, x, &c, rows)
				got = append(got, block...)
				row += rows
			}
			if !slices.Equal(got, want[first*n:]) {
				t.Fatalf("view %+v from row %d differs", v, first)
			}
		}
	}
}

// TestCopy copies between views whose axes have any order in memory, in part
// with gaps, and leaves the gaps as they were; rows of any length.
func TestCopy(t *testing.T) {
	t.Run("float32", testCopy[float32])
	t.Run("float64", testCopy[float64])
}

func testCopy[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for round := range 300 {
		shape := make([]int, rng.IntN(5))
		for k := range shape {
			shape[k] = 1 + rng.IntN(40)>>uint(k)
		}
		if round%10 == 0 { // rows that are cut, or not
			shape = []int{1 + rng.IntN(3), (64 + rng.IntN(2)) * rng.IntN(80)}
		}
		src, from := randomView[T](rng, shape)
		dst, to := randomView[T](rng, shape)
		want := slices.Clone(to)
		eachIndex(shape, func(index []int) { want[position(dst, index)] = from[position(src, index)] })
		for _, threads := range []int{1, 3} {
			got := slices.Clone(to)
			Copy(NewWorkspace[T](threads), got, dst, from, src)()
			if !slices.Equal(got, want) {
				t.Fatalf("%d threads: copy of %+v to %+v differs", threads, src, dst)
			}
		}
	}
}

// randomView returns a view with its axes in a random order and gaps between them,
// some reversed, and a slice that holds it.
func randomView[T Float](rng *rand.Rand, shape []int) (Strided, []T) {
	v := Strided{Shape: shape, Strides: make([]int, len(shape))}
	step := 1 + rng.IntN(3)/2
	for _, k := range rng.Perm(len(shape)) {
		v.Strides[k] = step
		step *= shape[k] + rng.IntN(4)/3
		if rng.IntN(8) == 0 {
			v.Offset += (shape[k] - 1) * v.Strides[k]
			v.Strides[k] = -v.Strides[k]
		}
	}
	return v, random[T](rng, step+v.Offset)
}

func position(v Strided, index []int) int {
	at := v.Offset
	for k, i := range index {
		at += i * v.Strides[k]
	}
	return at
}

// eachIndex calls body with every index of a shape.
func eachIndex(shape []int, body func(index []int)) {
	index := make([]int, len(shape))
	for range Contiguous(shape).RowCount() * Contiguous(shape).RowLen() {
		body(index)
		for k := len(shape) - 1; k >= 0; k-- {
			if index[k]++; index[k] < shape[k] {
				break
			}
			index[k] = 0
		}
	}
}
