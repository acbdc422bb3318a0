//go:build !linux && !darwin && !windows

package main

// peakMemory returns 0: it is not known here.
func peakMemory() float64 { return 0 }

// freeMemory returns 0: how many bytes the process can take is not known here.
func freeMemory() int64 { return 0 }
