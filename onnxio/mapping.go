package onnxio

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime/debug"
	"unsafe"
)

// mapping is a file in memory.
type mapping struct {
	data  []byte
	path  string       // where it was opened
	info  fs.FileInfo  // as it was then; nil if it was never a file
	unmap func() error // nil if there is nothing to undo

	until context.Context // that ends reading; nil: none
}

// openMapping maps the file that stat and open find at path, and look looks at. Only regular files have an end that is known
// beforehand.
func openMapping(stat func(string) (fs.FileInfo, error), open func(string) (*os.File, error), look func(*os.File) (fs.FileInfo, error), path string) (*mapping, error) {
	// Opening a pipe would wait for its writer.
	if info, err := stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, notRegular(path)
	}
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := look(file)
	if err != nil {
		return nil, err
	}
	size := info.Size()
	switch {
	case !info.Mode().IsRegular():
		return nil, notRegular(path)
	case size > math.MaxInt:
		return nil, fmt.Errorf("%s: %d bytes are more than this machine can address", path, size)
	case size == 0:
		return &mapping{path: path, info: info}, nil
	}
	data, unmap, err := mapFile(file, int(size))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &mapping{data: data, path: path, info: info, unmap: unmap}, nil
}

func notRegular(path string) error {
	return fmt.Errorf("%s: not a regular file; give a file on disk", path)
}

func (f *mapping) close() error {
	f.data = nil
	if f.unmap == nil {
		return nil
	}
	unmap := f.unmap
	f.unmap = nil
	return unmap()
}

// holds reports whether the address is in the mapping.
func (f *mapping) holds(address uintptr) bool {
	base := uintptr(unsafe.Pointer(unsafe.SliceData(f.data)))
	return f.unmap != nil && address >= base && address-base < uintptr(len(f.data))
}

// guarded runs f. Reading a mapped file that somebody has cut short raises a fault, which would end the process; this
// makes it the error of f, about what is being read. Everything that touches mapped bytes runs guarded, each goroutine by
// itself: it is the goroutine that the guard is set for.
func (m *Model) guarded(what string, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			if !m.maps(fault.Addr()) {
				panic(fault)
			}
			err = fmt.Errorf("%s: the file or its external data became shorter while it was read; start again", what)
		default:
			panic(fault)
		}
	}()
	return f()
}

// maps reports whether the address is in one of the model's files.
func (m *Model) maps(address uintptr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.file.holds(address) {
		return true
	}
	for _, file := range m.external {
		if file.holds(address) {
			return true
		}
	}
	return false
}
