//go:build !unix

package onnxio

// release has nothing to release: files are not mapped here.
func (f *mapping) release(from, to int) {}

// expect has nothing to read ahead.
func (f *mapping) expect(from, to int) {}
