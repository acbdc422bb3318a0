package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestTicks looks at the ticks of some ranges.
func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		log       bool
		n         int
		want      string
	}{
		{0, 1, false, 6, "[0.0 0.2 0.4 0.6 0.8 1.0]"},
		{0, 60, false, 4, "[0 20 40 60]"},
		{-0.31, 0.32, false, 5, "[−0.2 0.0 0.2]"},
		{3, 3.004, false, 3, "[3.000 3.002 3.004]"},
		{0, 250000, false, 4, "[0 10⁵ 2×10⁵]"},
		{0.9, 4.2, true, 8, "[1 1.5 2 3 4]"},
		{0.9, 4.2, true, 4, "[1 2 3 4]"},
		{0.01, 3, true, 6, "[0.01 0.03 0.1 0.3 1 3]"},
		{8.1, 10.4, true, 4, "[8.5 9.0 9.5 10.0]"},
		{1e-9, 1e9, true, 5, "[10⁻⁸ 10⁻⁴ 10⁰ 10⁴ 10⁸]"},
		{0.95, 1.05, true, 4, "[0.95 1.00 1.05]"},
	} {
		var got []string
		for _, tick := range (scale{Low: c.low, High: c.high, Log: c.log}).ticks(c.n) {
			got = append(got, tick.Label)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%v to %v, log %v, at most %d: %v, want %s", c.low, c.high, c.log, c.n, got, c.want)
		}
	}
}

// TestScales fits scales to numbers of all kinds: what they show has a place between the ends, in order, and there are ticks.
func TestScales(t *testing.T) {
	for _, values := range [][]float64{
		nil, {0}, {1}, {-3}, {1, 2}, {1e-300, 1e300}, {-1e300, 1e300}, {math.NaN(), 1}, {math.Inf(1), math.Inf(-1)},
		{math.MaxFloat64, 2}, {0, 0}, {1, 1 + 1e-15}, {5e-324, 1}, {-1, 0, 1}, {1e-5, 1e-4, 0.2},
	} {
		for _, log := range []bool{false, true} {
			s := fit(values, log, 200, 10)
			if !(s.Low < s.High) || log && !(s.Low > 0) || math.IsInf(s.High-s.Low, 0) && log {
				t.Errorf("%v, log %v: from %v to %v", values, log, s.Low, s.High)
			}
			for _, v := range values {
				at := s.at(v)
				if s.shows(v) && !(at >= 10 && at <= 200) || math.IsNaN(at) {
					t.Errorf("%v, log %v: %v is at %v", values, log, v, at)
				}
			}
			for n := 2; n < 12; n++ {
				last := math.Inf(-1)
				ticks := s.ticks(n)
				for _, tick := range ticks {
					if tick.Value <= last || tick.Value < s.Low || tick.Value > s.High || tick.Label == "" {
						t.Errorf("%v, log %v: tick %v after %v", values, log, tick, last)
					}
					last = tick.Value
				}
				if len(ticks) > n+1 || len(ticks) == 0 && s.High/2-s.Low/2 > 1e-12*math.Abs(s.High) && n > 3 {
					t.Errorf("%v, log %v, at most %d: ticks %v", values, log, n, ticks)
				}
			}
		}
	}
}

// TestNumbers prints numbers for people.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		v            float64
		digits       int
		number, with string
	}{
		{0, 3, "0", "0"},
		{1, 4, "1", "1"},
		{2.4, 4, "2.4", "2.400"},
		{15.4919, 4, "15.49", "15.49"},
		{-0.0125, 3, "−0.0125", "−0.0125"},
		{99999, 3, "100000", "99999"},
		{831000, 3, "8.31×10⁵", "8.31×10⁵"},
		{1e-6, 3, "10⁻⁶", "10⁻⁶"},
		{-2e-7, 3, "−2×10⁻⁷", "−2×10⁻⁷"},
		{math.Inf(1), 3, "+Inf", "+Inf"},
	} {
		if got := Number(c.v, c.digits); got != c.number {
			t.Errorf("%v: %s, want %s", c.v, got, c.number)
		}
		if got := number(c.v); strings.ContainsAny(got, "INn") {
			t.Errorf("%v: the coordinate %s", c.v, got)
		}
		if got := Digits(c.v, c.digits); got != c.with {
			t.Errorf("%v: %s, want %s", c.v, got, c.with)
		}
	}
}
