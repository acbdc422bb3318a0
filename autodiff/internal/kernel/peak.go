package kernel

import "time"

// Peak32 measures the float32 peak of one core in GFLOP/s: the best of several
// runs of multiply-adds in registers. It takes about 10 ms.
func Peak32() float64 { return units[0].measurePeak() }

func (u *unit) measurePeak() float64 {
	const rounds = 1 << 14 // a few tens of microseconds
	best := 0.0
	for start := time.Now(); time.Since(start) < 10*time.Millisecond; {
		t := time.Now()
		u.peak(rounds)
		best = max(best, float64(rounds*u.peakFlops)/float64(time.Since(t).Nanoseconds()))
	}
	return best
}

func peakPlain(n int) {
	var s [8]float32
	a, b := float32(n), float32(n)
	s0, s1, s2, s3, s4, s5, s6, s7 := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
	for range n {
		s0 += a * b
		s1 += a * b
		s2 += a * b
		s3 += a * b
		s4 += a * b
		s5 += a * b
		s6 += a * b
		s7 += a * b
	}
	peakSink = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7
}

// peakSink keeps the sums of peakPlain alive.
var peakSink float32
