package main

import "golang.org/x/sys/unix"

// peakMemory returns the most memory that the process has held, in MiB; 0 if it is not known.
func peakMemory() float64 {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return float64(usage.Maxrss) / (1 << 20)
}
