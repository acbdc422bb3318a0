package main

import (
	"io/fs"
	"math"
	"os"
	"path"
	"slices"
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

// freeMemoryIn is freeMemory of a system with the files: the least of what the machine has available, what the limit of
// the address space leaves (RLIMIT_AS, `ulimit -v`), and what the control groups allow.
func freeMemoryIn(files fs.FS) int64 {
	free := int64(math.MaxInt64)
	if kib := quantity(files, "proc/meminfo", "MemAvailable:"); kib > 0 {
		free = kib * 1024
	}
	if limit := quantity(files, "proc/self/limits", "Max address space"); limit > 0 {
		free = min(free, max(limit-quantity(files, "proc/self/status", "VmSize:")*1024, 1))
	}
	groups, _ := fs.ReadFile(files, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		if fields := strings.SplitN(strings.TrimSpace(line), ":", 3); len(fields) == 3 {
			free = min(free, roomOfGroup(files, fields[1], fields[2]))
		}
	}
	if free == math.MaxInt64 {
		return 0
	}
	return free
}

// unlimited is the least limit of a control group of version 1 that means none: the greatest number of whole pages.
const unlimited = 1 << 62

// roomOfGroup returns what a control group, and those around it, allow beyond what they hold. They may drop what they
// hold of files. Version 2 has one hierarchy (https://docs.kernel.org/admin-guide/cgroup-v2.html), without a list of
// controllers; of version 1 that of the memory counts (https://docs.kernel.org/admin-guide/cgroup-v1/memory.html).
func roomOfGroup(files fs.FS, controllers, group string) int64 {
	root, limit, held, ofFiles := "sys/fs/cgroup", "memory.max", "memory.current", "file"
	if controllers != "" {
		if !slices.Contains(strings.Split(controllers, ","), "memory") {
			return math.MaxInt64
		}
		root, limit, held, ofFiles = "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache"
	}
	room := int64(math.MaxInt64)
	for group = strings.Trim(group, "/"); ; group = path.Dir(group) {
		folder := path.Join(root, group)
		if most := quantity(files, path.Join(folder, limit), ""); most > 0 && most < unlimited {
			left := most - quantity(files, path.Join(folder, held), "") + quantity(files, path.Join(folder, "memory.stat"), ofFiles)
			room = min(room, max(left, 1))
		}
		if group == "." || group == "" {
			return room
		}
	}
}

// quantity returns the number behind the words of a key in a file of lines, the first number for the key ""; 0 if there is
// none.
func quantity(files fs.FS, name, key string) int64 {
	text, _ := fs.ReadFile(files, name)
	words := strings.Fields(key)
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > len(words) && slices.Equal(fields[:len(words)], words) {
			n, _ := strconv.ParseInt(fields[len(words)], 10, 64)
			return n
		}
	}
	return 0
}
