//go:build !unix

package onnxio

// release does nothing: the file was read into memory.
func (f *mapping) release() {}
