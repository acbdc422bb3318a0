package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRuns writes rows of all lengths, with gaps, backwards and one onto another, and
// looks for writes outside.
func TestRuns(t *testing.T) {
	for _, set := range instructionSets {
		t.Run("impl="+set.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(9, 10))
			for n := set.cols / 2; n < 130; n++ {
				for rows := 1; rows < 6; rows++ {
					m := rowsOf{n: n, rows: rows, fromStep: 1, fromNext: n + n%3, step: 1, next: n + n%2}
					testRuns(t, rng, m, set.copyRuns)
					m.fromNext, m.from = -1, rows-1
					testRuns(t, rng, m, set.copyRuns)
					m.fromStep, m.fromNext, m.from = 0, 3, 0
					testRuns(t, rng, m, set.fillRuns)
					m.fromNext = 0
					testRuns(t, rng, m, set.fillRuns)
				}
			}
			long := rowsOf{n: shortRun, rows: 11, fromStep: 1, fromNext: shortRun + 5, step: 1, next: shortRun}
			testRuns(t, rng, long, set.copyRuns) // takes several calls
		})
	}
}

func testRuns(t *testing.T, rng *rand.Rand, m rowsOf, write func(dst, src *float32, ds, ld, n, cols int)) {
	t.Helper()
	read := (m.n-1)*m.fromStep + 1
	srcAll, src := framed(rng, (m.rows-1)*max(m.fromNext, -m.fromNext)+read)
	dstAll, dst := framed(rng, (m.rows-1)*m.next+m.n)
	want := slices.Clone(dst)
	for r := range m.rows {
		for j := range m.n {
			want[r*m.next+j] = src[m.from+r*m.fromNext+j*m.fromStep]
		}
	}
	writeRuns(dst, src, m, write)
	if !intact(srcAll) || !intact(dstAll) {
		t.Fatalf("%+v: wrote outside", m)
	}
	if !slices.Equal(dst, want) {
		t.Fatalf("%+v: wrote %v, want %v", m, dst, want)
	}
}
