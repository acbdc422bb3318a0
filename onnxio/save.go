package onnxio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Saved says what was written.
type Saved struct {
	Path    string     // the model
	Data    string     // its external data file; "" if all values are in the model
	Tensors []Rescaled // in the order of the scalings, or the values
}

// Save writes the model to the file at path as Rewrite does. If values are in external files, those of all tensors go
// to a fresh file in the same folder: path with .data appended, or .2.data, .3.data, … where that is a file of the
// input. Each begins at a multiple of 4096 bytes; a checksum, where there is one, is renewed.
//
// Files are written under a temporary name in the folder, synced, and renamed when all are complete, data first; after
// an error nothing is left behind. A file at path is replaced, a symbolic link too. Permissions are those of the input,
// for data those that the model and all data files of the input have. Files of the input are never overwritten: to
// replace the model itself, use SaveInPlace.
func (m *Model) Save(path string, scale []Scaling, key, value string) (*Saved, error) {
	return m.saveElsewhere(path, func() ([]*change, error) { return m.changes(scale) }, key, value)
}

// SaveInPlace replaces the file that the model was opened from, as Save writes it. Its external data files stay as they
// are: the new model has its own. The Model goes on showing the input as it was. A link is refused, and a file that the
// Hugging Face hub's cache shares between revisions.
func (m *Model) SaveInPlace(scale []Scaling, key, value string) (*Saved, error) {
	return m.saveInPlace(func() ([]*change, error) { return m.changes(scale) }, key, value)
}

func (m *Model) saveElsewhere(path string, changes func() ([]*change, error), key, value string) (*Saved, error) {
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: cannot be written: it exists and is not a regular file; give another name", path)
	case m.isInput(path):
		return nil, fmt.Errorf("%s: would overwrite the input; give another name, or ask for the model to be changed in place", path)
	}
	return m.save(path, changes, key, value)
}

func (m *Model) saveInPlace(changes func() ([]*change, error), key, value string) (*Saved, error) {
	info, err := os.Lstat(m.Path)
	switch {
	case m.Path == "":
		return nil, fmt.Errorf("%s: cannot be changed in place: it was not opened from a file", m.name)
	case err != nil:
		return nil, fmt.Errorf("cannot be changed in place: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, fmt.Errorf("%s: cannot be changed in place: it is a symbolic link; name the file that it points to", m.Path)
	case IsSharedBlob(m.Path):
		return nil, fmt.Errorf("%s: cannot be changed in place: it belongs to the Hugging Face hub's cache, which shares it; give another name", m.Path)
	case !os.SameFile(info, m.file.info) || info.Size() != m.file.info.Size() || !info.ModTime().Equal(m.file.info.ModTime()):
		return nil, fmt.Errorf("%s: cannot be changed in place: the file has changed since it was read; start again", m.Path)
	}
	return m.save(m.Path, changes, key, value)
}

func (m *Model) save(path string, tried func() ([]*change, error), key, value string) (saved *Saved, err error) {
	err = m.guarded(m.name, func() error {
		changes, err := tried()
		if err != nil {
			return err
		}
		rel, err := m.relocate(changes)
		if err != nil {
			return err
		}
		// Now that the external files are mapped they are known to isInput.
		if m.isInput(path) && path != m.Path {
			return fmt.Errorf("%s: would overwrite the input's external data; give another name", path)
		}
		saved = &Saved{Path: path}
		for _, c := range changes {
			saved.Tensors = append(saved.Tensors, c.Rescaled)
		}
		all := patches(changes)
		var files staged
		defer files.discard()
		if rel != nil {
			saved.Data = m.dataPath(path)
			if err := files.stage(saved.Data, rel.mode, rel.write); err != nil {
				return err
			}
			all = append(all, rel.patches(filepath.Base(saved.Data))...)
		}
		err = files.stage(path, m.mode(), func(w io.Writer) error { return m.write(w, all, key, value) })
		if err != nil {
			return err
		}
		return files.commit()
	})
	if err != nil {
		return nil, err
	}
	return saved, nil
}

// isInput reports whether path is a file that the model was read from.
func (m *Model) isInput(path string) bool {
	if m.Path != "" && sameName(path, m.Path) {
		return true
	}
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if os.SameFile(info, m.file.info) {
		return true
	}
	for _, file := range m.external {
		if os.SameFile(info, file.info) {
			return true
		}
	}
	return false
}

func sameName(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// dataPath returns the name of the external data file for the model at path.
func (m *Model) dataPath(path string) string {
	name := path + ".data"
	for i := 2; m.isInput(name); i++ {
		name = path + "." + strconv.Itoa(i) + ".data"
	}
	return name
}

// staged are complete files under temporary names, in the order in which they take their own.
type staged []struct{ temp, path string }

// stage writes a file beside path.
func (s *staged) stage(path string, mode fs.FileMode, write func(w io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".onnx-*.tmp")
	if err != nil {
		return unwritable(path, err)
	}
	*s = append(*s, struct{ temp, path string }{file.Name(), path})
	defer file.Close()
	// The error of write may be of the input, so that only those of the file are said to be of the file.
	out := &failing{w: file}
	if err := buffered(out, write); err != nil && out.err == nil {
		return err
	}
	err = errors.Join(out.err, file.Chmod(mode), file.Sync(), file.Close())
	if err != nil {
		return unwritable(path, err)
	}
	return nil
}

// commit gives the files their names.
func (s *staged) commit() error {
	for i, file := range *s {
		if err := os.Rename(file.temp, file.path); err != nil {
			for _, done := range (*s)[:i] {
				os.Remove(done.path)
			}
			return unwritable(file.path, err)
		}
	}
	for _, file := range *s {
		if folder, err := os.Open(filepath.Dir(file.path)); err == nil {
			folder.Sync() // some systems cannot; the files are complete all the same
			folder.Close()
		}
	}
	*s = nil
	return nil
}

// discard removes the temporary files that were not committed.
func (s *staged) discard() {
	for _, file := range *s {
		os.Remove(file.temp)
	}
}

// failing remembers the error of its writer.
type failing struct {
	w   io.Writer
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err != nil {
		f.err = err
	}
	return n, err
}

// unwritable returns the error for a file that cannot be written, without the temporary name.
func unwritable(path string, err error) error {
	var pathError *fs.PathError
	var linkError *os.LinkError
	if errors.As(err, &pathError) {
		err = pathError.Err
	} else if errors.As(err, &linkError) {
		err = linkError.Err
	}
	return fmt.Errorf("%s: cannot be written: %w; check the folder, its permissions and the room on the disk", path, err)
}
