package onnxio

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile writes a file that goes with a model as Save writes the model: under a temporary name, synced, which is then
// changed. Up to this last step what stands at path is whole, a symbolic link too, after it the new file; its permissions are
// those of the old one, or 0644. What a killed process left in the folder is removed.
func WriteFile(path string, data []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	folder := filepath.Dir(path)
	removeAbandoned(folder)
	s, err := stage(path, mode, func(w io.Writer) ([]patch, error) {
		_, err := w.Write(data)
		return nil, err
	})
	if err != nil {
		return err
	}
	defer s.discard()
	if err := s.replace(); err != nil {
		return err
	}
	_ = syncFolder(folder) // the file has its name
	return nil
}

// CanWriteFile returns the error that WriteFile would have where the folder cannot be written. It leaves nothing behind.
func CanWriteFile(path string) error {
	probe, err := createTemporary(filepath.Dir(path))
	if err != nil {
		return unwritable(path, err)
	}
	(&staged{probe, path}).discard()
	return nil
}
