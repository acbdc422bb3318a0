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

// freeMemory returns 0: how many bytes the process can take is not known here.
func freeMemory() int64 { return 0 }
