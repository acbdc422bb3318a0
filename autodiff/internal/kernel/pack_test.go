package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestPack(t *testing.T) {
	for _, set := range instructionSets {
		t.Run("impl="+set.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 8))
			for cols := 1; cols <= set.cols; cols++ {
				for n := 1; n < 40; n++ {
					testPack(t, rng, set.copyRows, n, cols, false)
					if cols <= 16 {
						testPack(t, rng, set.transpose, n, cols, true)
					}
				}
			}
		})
	}
}

func testPack(t *testing.T, rng *rand.Rand, pack func(dst, src *float32, ds, ld, n, cols int), n, cols int, transpose bool) {
	ds, ld := cols+n%3, cols+n%2
	if transpose {
		ld = n + cols%2
	}
	size := (n-1)*ld + cols
	if transpose {
		size = (cols-1)*ld + n
	}
	srcAll, src := framed(rng, size)
	dstAll, dst := framed(rng, (n-1)*ds+cols)
	want := append([]float32(nil), dst...)
	for k := range n {
		for j := range cols {
			if transpose {
				want[k*ds+j] = src[j*ld+k]
			} else {
				want[k*ds+j] = src[k*ld+j]
			}
		}
	}
	pack(&dst[0], &src[0], ds, ld, n, cols)
	name := fmt.Sprintf("%d rows of %d, transposed %v", n, cols, transpose)
	if !intact(srcAll) || !intact(dstAll) {
		t.Fatalf("%s: wrote outside", name)
	}
	for i := range want {
		if dst[i] != want[i] {
			t.Fatalf("%s: element %d is %v, want %v", name, i, dst[i], want[i])
		}
	}
}
