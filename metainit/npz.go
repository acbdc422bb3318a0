package metainit

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// npzInflation is how many times the size of a .npz file its arrays may have: more is a trap rather than data.
const npzInflation = 200

// ReadNPZ reads the arrays of a .npz file of NumPy, by name: .npy files, as numpy.savez and numpy.savez_compressed write them.
// Errors name the file and the array.
func ReadNPZ(path string) (map[string]*Array, error) {
	if err := regular(path); err != nil {
		return nil, fmt.Errorf("data cannot be read: %w", err)
	}
	r, err := zip.OpenReader(path)
	var file *fs.PathError
	switch {
	case errors.As(err, &file):
		return nil, fmt.Errorf("data cannot be read: %w", err)
	case err != nil:
		return nil, fmt.Errorf("%s: not a .npz file that can be read: %w; save it with numpy.savez", path, err)
	}
	defer r.Close()
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("data cannot be read: %w", err)
	}
	var stored, held uint64
	for _, f := range r.File {
		stored, held = stored+f.CompressedSize64, held+f.UncompressedSize64
	}
	if held > npzInflation*min(stored, uint64(info.Size())) {
		return nil, fmt.Errorf("%s: its arrays take %d bytes, over %d times what the file does: save it with numpy.savez", path, held, npzInflation)
	}
	arrays := make(map[string]*Array)
	for _, f := range r.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		if arrays[name] != nil {
			return nil, fmt.Errorf("%s: there are two arrays %q", path, name)
		}
		a, err := readMember(f)
		if err != nil {
			return nil, fmt.Errorf("%s: array %q cannot be read: %w", path, name, err)
		}
		a.File = path
		arrays[name] = a
	}
	return arrays, nil
}

func readMember(f *zip.File) (*Array, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return decodeNPY(r, int64(f.UncompressedSize64))
}
