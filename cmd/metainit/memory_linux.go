package main

import (
	"os"
	"strconv"
	"strings"
)

// peakMemory returns the most memory that the process has held, in MiB; 0 if it is not known. It is VmHWM, since the
// ru_maxrss of getrusage begins with what the parent process held.
func peakMemory() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			return kib / 1024
		}
	}
	return 0
}
