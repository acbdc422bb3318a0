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

// freeMemory returns the bytes of memory that the machine has, 0 if that is not known: the system compresses and swaps
// what does not fit, and does not say how much of it other programs can do without.
func freeMemory() int64 {
	size, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return int64(size)
}
