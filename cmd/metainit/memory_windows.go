package main

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// memoryStatus is the MEMORYSTATUSEX of sysinfoapi.h.
type memoryStatus struct {
	length, load                     uint32
	totalPhysical, availablePhysical uint64
	totalPageFile, availablePageFile uint64 // with the physical memory: what can be committed
	totalVirtual, availableVirtual   uint64
	availableExtendedVirtual         uint64
}

// peakMemory returns 0: the most memory that the process has held is not known here.
func peakMemory() float64 { return 0 }

// freeMemory returns how many bytes the process can take: the least of the physical memory that is available, what can be
// committed, and the address space; 0 if it is not known.
func freeMemory() int64 {
	s := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	call := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	if ok, _, _ := call.Call(uintptr(unsafe.Pointer(&s))); ok == 0 {
		return 0
	}
	return int64(min(s.availablePhysical, s.availablePageFile, s.availableVirtual))
}
