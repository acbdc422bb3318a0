//go:build !unix

package onnxio

import (
	"io"
	"os"
)

// mapFile reads the first size bytes of the file.
func mapFile(file *os.File, size int) (data []byte, unmap func() error, err error) {
	data = make([]byte, size)
	_, err = io.ReadFull(file, data)
	return data, nil, err
}
