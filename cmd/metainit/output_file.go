package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"onnx-metainit/onnxio"
)

// outputName returns the model's name with .metainit before the extension.
func outputName(model string) string {
	extension := filepath.Ext(model)
	return strings.TrimSuffix(model, extension) + ".metainit" + extension
}

// creatable returns an error if a file cannot be written at path. It is asked before a long computation.
func creatable(path string) error {
	info, err := os.Stat(path)
	if err == nil {
		if info.IsDir() {
			return fmt.Errorf("%s: is a folder; give the name of a file", path)
		}
		if !info.Mode().IsRegular() {
			return nil
		}
		if isStandard(info) {
			return fmt.Errorf("%s: is the file that the standard output or error goes to; give another name", path)
		}
		if runtime.GOOS == "windows" && info.Mode().Perm()&0o200 == 0 {
			return fmt.Errorf("%s: cannot be written: it is write-protected; take the protection off or give another name", path)
		}
	}
	return onnxio.CanWriteFile(path)
}

// isStandard reports whether the file is that of the standard output or error. To replace it would replace /dev/stdout.
func isStandard(info fs.FileInfo) bool {
	return slices.ContainsFunc([]*os.File{os.Stdout, os.Stderr}, func(f *os.File) bool {
		standard, err := f.Stat()
		return err == nil && os.SameFile(info, standard)
	})
}

// writeFile writes the file as a whole. What is no regular file, such as /dev/stdout, is written to directly.
func writeFile(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(path, data, 0)
	}
	return onnxio.WriteFile(path, data)
}
