package main

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// peakMemory returns the most memory that the process has held, in MiB; 0 if it is not known. It is VmHWM, since the
// ru_maxrss of getrusage begins with what the parent process held.
func peakMemory() float64 {
	return float64(quantity(os.DirFS("/"), "proc/self/status", "VmHWM:")) / 1024
}

// freeMemory returns how many bytes the process can take before the system has to end one for want of memory; 0 if it is
// not known.
func freeMemory() int64 { return freeMemoryIn(os.DirFS("/")) }

// freeMemoryIn is freeMemory of a system with the files: the least of what the machine has available and what its control
// groups allow (https://docs.kernel.org/admin-guide/cgroup-v2.html), which may drop what they hold of files.
func freeMemoryIn(files fs.FS) int64 {
	free := int64(math.MaxInt64)
	if kib := quantity(files, "proc/meminfo", "MemAvailable:"); kib > 0 {
		free = kib * 1024
	}
	groups, _ := fs.ReadFile(files, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		group, unified := strings.CutPrefix(strings.TrimSpace(line), "0::/")
		for ; unified; group = path.Dir(group) {
			folder := path.Join("sys/fs/cgroup", group)
			if limit := quantity(files, folder+"/memory.max", ""); limit > 0 {
				room := limit - quantity(files, folder+"/memory.current", "") + quantity(files, folder+"/memory.stat", "file")
				free = min(free, max(room, 1))
			}
			if group == "." || group == "" {
				break
			}
		}
	}
	if free == math.MaxInt64 {
		return 0
	}
	return free
}

// quantity returns the number behind the key in a file of lines, the first number for the key ""; 0 if there is none.
func quantity(files fs.FS, name, key string) int64 {
	text, _ := fs.ReadFile(files, name)
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if key != "" && len(fields) > 0 && fields[0] == key {
			fields = fields[1:]
		} else if key != "" {
			continue
		}
		if len(fields) > 0 {
			n, _ := strconv.ParseInt(fields[0], 10, 64)
			return n
		}
	}
	return 0
}
