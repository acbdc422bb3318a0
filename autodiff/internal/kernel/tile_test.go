package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

var nan32 = float32(math.NaN())

// testInstructionSets are the instruction sets, and each once more with little work for a thread and
// little cache, so that small cases are split.
func testInstructionSets() (all []*instructionSet) {
	for _, set := range instructionSets {
		small := *set
		small.name, small.threadWork, small.cache = set.name+"-split", 1, 200
		all = append(all, set, &small)
	}
	return all
}

// framed returns n random elements between NaNs.
func framed(rng *rand.Rand, n int) (all, inner []float32) {
	const frame = 40
	all = random[float32](rng, n+2*frame)
	for i := range frame {
		all[i], all[len(all)-1-i] = nan32, nan32
	}
	return all, all[frame : frame+n]
}

// intact tells whether the NaNs of framed are still there, and no others.
func intact(all []float32) bool {
	for i, v := range all {
		if (v != v) != (i < 40 || i >= len(all)-40) {
			return false
		}
	}
	return true
}

// TestTileArgs checks what the assembly takes for granted.
func TestTileArgs(t *testing.T) {
	typ := reflect.TypeFor[tileArgs]()
	for i, name := range []string{"a", "a2", "b", "c", "c2", "steps", "lanes", "count", "k", "lda", "ka", "ldb", "ldc", "cols", "add"} {
		if f := typ.Field(i); f.Name != name || f.Offset != uintptr(8*i) || f.Type.Size() != 8 {
			t.Errorf("field %d is %s at %d", i, f.Name, f.Offset)
		}
	}
}

// naiveTile is the loop of tileArgs' documentation; at gives the index of (s, i, p).
func naiveTile(rows, cols, k int, steps []tileStep, channels bool, a, b, c []float32, aRow, cRow func(i int) int, ka, ldb int, add bool) {
	for i := range rows {
		for j := range cols {
			sum := 0.0
			for _, s := range steps {
				for p := range k {
					at := aRow(i) + s.a + p*ka
					if channels {
						at += j
					}
					sum += float64(a[at]) * float64(b[s.b+p*ldb+j])
				}
			}
			if add {
				sum += float64(c[cRow(i)+j])
			}
			c[cRow(i)+j] = float32(sum)
		}
	}
}

func TestTile(t *testing.T) {
	for _, set := range instructionSets {
		for _, channels := range []bool{false, true} {
			t.Run(fmt.Sprintf("impl=%s/channels=%v", set.name, channels), func(t *testing.T) { testTile(t, set, channels) })
		}
	}
}

func testTile(t *testing.T, set *instructionSet, channels bool) {
	rng := rand.New(rand.NewPCG(5, 6))
	for rows := 1; rows <= set.rows; rows++ {
		for cols := 1; cols <= set.cols; cols++ {
			for _, k := range []int{1, 3, 4, 9} {
				for flags := range 4 {
					add, packed := flags&1 != 0, flags&2 != 0
					upper := (rows + 1) / 2
					lda, ka, ldb, ldc := k+cols+2, 1, cols+flags, cols+3
					if packed {
						lda, ka = 1, rows
					}
					if channels {
						lda, ka = k*cols+1, cols
					}
					// Two steps; the second group of rows is further on, out of line.
					span := rows*lda + k*ka + cols
					steps := []tileStep{{0, 0}, {2 * span, k * ldb}}
					aAll, a := framed(rng, 5*span)
					bAll, b := framed(rng, (2*k-1)*ldb+cols)
					cAll, c := framed(rng, 2*rows*ldc)
					aRow := func(i int) int {
						if i < upper {
							return i * lda
						}
						return span + (i-upper)*lda
					}
					cRow := func(i int) int {
						if i < upper {
							return i * ldc
						}
						return rows*ldc + (i-upper)*ldc
					}
					want := append([]float32(nil), c...)
					naiveTile(rows, cols, k, steps, channels, a, b, want, aRow, cRow, ka, ldb, add)
					args := &tileArgs{a: &a[0], a2: &a[span], b: &b[0], c: &c[0], c2: &c[rows*ldc], steps: &steps[0], count: 2,
						k: k, lda: lda, ka: ka, ldb: ldb, ldc: ldc}
					if add {
						args.add = 1
					}
					if channels {
						set.channelTile(args, rows, cols)
					} else {
						set.matrixTile(args, rows, cols)
					}
					name := fmt.Sprintf("rows %d, columns %d, depth %d, add %v, packed %v", rows, cols, k, add, packed)
					if !intact(aAll) || !intact(bAll) || !intact(cAll) {
						t.Fatalf("%s: wrote or read outside", name)
					}
					almost(t, name, c, want, 2*k)
				}
			}
		}
	}
}

// BenchmarkTile runs tiles whose operands are in the first-level cache.
func BenchmarkTile(b *testing.B) {
	const k = 256
	for _, set := range instructionSets {
		peak := set.measurePeak()
		for rows := 1; rows <= set.rows; rows++ {
			for _, packed := range []bool{true, false} {
				b.Run(fmt.Sprintf("op=tile/rows=%d/cols=%d/packed=%v/impl=%s", rows, set.cols, packed, set.name), func(b *testing.B) {
					x, y, z := make([]float32, 20*k), make([]float32, k*set.cols), make([]float32, 20*set.cols)
					args := &tileArgs{a: &x[0], b: &y[0], c: &z[0], c2: &z[set.cols*10], steps: &origin[0], count: 1, k: k, ldb: set.cols, ldc: set.cols}
					if packed {
						args.lda, args.ka, args.a2 = 1, rows, &x[(rows+1)/2]
					} else {
						args.lda, args.ka, args.a2 = k+16, 1, &x[(rows+1)/2*(k+16)]
					}
					best(b, 2*rows*set.cols*k, peak, func() { set.matrixTile(args, rows, set.cols) })
				})
			}
		}
	}
}

// best runs f and reports its best time, with GFLOP/s and the share of the peak:
// the machine may be busy with other things as well.
func best(b *testing.B, flops int, peak float64, f func()) {
	calls := max(1, int(20e3*peak/float64(flops))) // about 20 µs
	least := math.Inf(1)
	for b.Loop() {
		start := time.Now()
		for range calls {
			f()
		}
		least = min(least, float64(time.Since(start).Nanoseconds())/float64(calls))
	}
	b.ReportMetric(least, "ns/op")
	b.ReportMetric(float64(flops)/least, "GFLOP/s")
	b.ReportMetric(100*float64(flops)/least/peak, "%peak")
}

// TestTileSpecials: what is not finite stays in its row or column, and denormals
// are not flushed.
func TestTileSpecials(t *testing.T) {
	inf, tiny := float32(math.Inf(1)), math.Float32frombits(1)
	for _, set := range instructionSets {
		for rows := 1; rows <= set.rows; rows++ {
			for cols := 1; cols <= set.cols; cols++ {
				a, b, c := make([]float32, rows), make([]float32, set.cols), make([]float32, rows*cols)
				for i := range a {
					a[i] = 1
				}
				for j := range b {
					b[j] = nan32 // beyond the columns, too
				}
				for j := range cols {
					b[j] = []float32{tiny, 1, inf, nan32, -tiny}[j%5]
				}
				a[rows-1] = []float32{1, -inf, nan32}[cols%3]
				second := min((rows+1)/2, rows-1)
				set.matrixTile(&tileArgs{a: &a[0], a2: &a[second], b: &b[0], c: &c[0], c2: &c[second*cols],
					steps: &origin[0], count: 1, k: 1, lda: 1, ka: rows, ldb: set.cols, ldc: cols}, rows, cols)
				for i := range rows {
					for j := range cols {
						if got, want := c[i*cols+j], a[i]*b[j]; got != want && (got == got || want == want) {
							t.Fatalf("impl=%s, %d×%d: element %d, %d is %v, want %v", set.name, rows, cols, i, j, got, want)
						}
					}
				}
			}
		}
	}
}
