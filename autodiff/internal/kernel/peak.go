package kernel

import "time"

// Peak32 measures the float32 peak of one core in GFLOP/s: the best of several
// runs of multiply-adds in registers. It takes about 10 ms.
func Peak32() float64 { return instructionSets[0].measurePeak() }

func (set *instructionSet) measurePeak() float64 {
	const rounds = 1 << 14 // a few tens of microseconds
	best := 0.0
	for start := time.Now(); time.Since(start) < 10*time.Millisecond; {
		t := time.Now()
		set.peak(rounds)
		best = max(best, float64(rounds*set.peakFlops)/float64(time.Since(t).Nanoseconds()))
	}
	return best
}

// peakPlain runs n rounds of 12 independent multiplications and additions.
func peakPlain(n int) {
	a, b := peakOperands[0], peakOperands[1]
	s0, s1, s2, s3, s4, s5 := a, a, a, a, a, a
	t0, t1, t2, t3, t4, t5 := b, b, b, b, b, b
	for range n {
		s0, s1, s2, s3, s4, s5 = s0*a+b, s1*b+a, s2*a+a, s3*b+b, s4*a+s4, s5*b+s5
		t0, t1, t2, t3, t4, t5 = t0*a+b, t1*b+a, t2*a+a, t3*b+b, t4*a+t4, t5*b+t5
	}
	peakOperands[2] = s0 + s1 + s2 + s3 + s4 + s5 + t0 + t1 + t2 + t3 + t4 + t5
}

// peakOperands keeps the compiler from knowing peakPlain's numbers, or dropping
// its result.
var peakOperands [3]float32
