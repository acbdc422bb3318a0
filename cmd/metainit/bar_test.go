package main

import (
	"math"
	"testing"
	"time"
)

func TestFactorBars(t *testing.T) {
	title, bars := factorBars([]float64{4, 1, 0.5, -2, 0.25, 1.1, 0, math.NaN()})
	if title != "1/4     1       4" {
		t.Errorf("the title is %q", title)
	}
	for i, want := range []string{"        │████████", "        │", "    ████│", "        │████", "████████│", "        │▌", "████████│", ""} {
		if bars[i].text != want {
			t.Errorf("%d: got %q, want %q", i, bars[i].text, want)
		}
	}
	if title, bars := factorBars([]float64{1.2}); title != "1/2     1       2" || bars[0].text != "        │██" {
		t.Errorf("got %q, %q", title, bars[0].text)
	}
}

func TestDoneBar(t *testing.T) {
	for part, want := range map[float64]string{0: "····", 1: "████", 0.5: "██··", 0.3: "█▏··", 2: "████", -1: "····"} {
		if got := doneBar(part, 4); got != want {
			t.Errorf("%v: got %q, want %q", part, got, want)
		}
	}
}

func TestAmount(t *testing.T) {
	for v, want := range map[float64]string{0: "0 B", 5962: "5962 B", 12345: "12.3 kB", 86567656: "86.6 MB", 999999: "1 MB", 1.2e9: "1.2 GB", 2.5: "2.5 B", 1e30: "1000000000000 EB"} {
		if got := amount(v, "B"); got != want {
			t.Errorf("%v: got %q, want %q", v, got, want)
		}
	}
	if got := amount(86567656, ""); got != "86.6 M" {
		t.Errorf("got %q", got)
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 ms", 329 * time.Millisecond: "329 ms", 33 * time.Second: "33 s", 5 * time.Minute: "5 min", 3 * time.Hour: "3 hours", 72 * time.Hour: "3 days"} {
		if got := durationText(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
