package main

import (
	"fmt"
	"time"
)

// amount returns v with three digits and a prefix of the SI, such as 2.74 MFLOP; whole numbers below 10000 as they are.
func amount(v float64, unit string) string {
	if v < 10000 && v == float64(int(v)) {
		return withUnit(fmt.Sprintf("%.0f", v), "", unit)
	}
	prefixes := []string{"", "k", "M", "G", "T", "P", "E"}
	i := 0
	for ; v >= 999.5 && i < len(prefixes)-1; i++ {
		v /= 1000
	}
	return withUnit(rounded(v), prefixes[i], unit)
}

func withUnit(number, prefix, unit string) string {
	if prefix+unit == "" {
		return number
	}
	return number + " " + prefix + unit
}

// rounded returns v with three digits, or all that a whole number has.
func rounded(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// durationText is a time in one unit.
func durationText(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f hours", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
