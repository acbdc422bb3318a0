package onnxio

import (
	"fmt"
	"os"
	"path/filepath"
)

// CanSave returns the error that Save to path would have, as far as it can be told beforehand: a path that is no place for
// a model, a folder that cannot be written, external data that are missing, and a disk without room for the files. It
// leaves nothing behind.
func (m *Model) CanSave(path string) error {
	if err := m.elsewhere(path); err != nil {
		return err
	}
	return m.canWrite(path)
}

// CanSaveInPlace returns the error of SaveInPlace, as CanSave does that of Save.
func (m *Model) CanSaveInPlace() error {
	if err := m.inPlace(); err != nil {
		return err
	}
	return m.canWrite(m.Path)
}

func (m *Model) canWrite(path string) error {
	return m.guarded(m.name, func() error {
		rel, err := m.relocate(nil)
		if err != nil {
			return err
		}
		if err := m.overData(path); err != nil {
			return err
		}
		if err := CanWriteFile(path); err != nil {
			return err
		}
		needed := int64(len(m.file.data)) + rel.size()
		if free, known := freeSpace(filepath.Dir(path)); known && free < needed {
			return unwritable(path, fmt.Errorf("%d bytes are needed, %d are free on the disk", needed, free))
		}
		return nil
	})
}

// elsewhere returns the error for a path that Save refuses.
func (m *Model) elsewhere(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s: cannot be written: it exists and is not a regular file; give another name", path)
	case m.isInput(path):
		return fmt.Errorf("%s: would overwrite the input; give another name, or ask for the model to be changed in place", path)
	case err == nil:
		return protected(path, info)
	}
	return nil
}
