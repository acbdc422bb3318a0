package onnxio

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Saved says what was written.
type Saved struct {
	Path    string     // the model
	Data    string     // its external data file; "" if all values are in the model
	Tensors []Rescaled // in the order of the scalings, or the values
}

// Save writes the model to the file at path as Rewrite does. If values are in external files, those of all tensors go
// to a fresh file in the same folder: path with .data appended, or .2.data, .3.data, … where something stands already. Each
// begins at a multiple of 4096 bytes; a checksum, where there is one, is renewed. What is wrong with a scaling may show only while
// the files are written, since each value is read once.
//
// When all values are written, value is called with what became of the tensors, unless it is nil; what it returns is appended to
// metadata_props under the key, as Rewrite does.
//
// The files are written under temporary names in the folder and synced. Then, if each file of the input still is what was
// opened, the data take their name, and the model its own, in place of what stands at path, a symbolic link too. Up to this
// last step the old model is whole, after it the new one; after an error nothing is left behind. What a killed
// process leaves, the next save into the folder removes, where files can be locked and have two names.
//
// When the new model is there, the data of the old one are removed if Save wrote them: if the old model has an entry of
// metadata with the key, they are named as above, and no model in the folder reads them. With an empty key nobody can tell,
// and they stay. No other file is overwritten or removed; to replace the model itself, use SaveInPlace.
//
// Permissions are those of the input, for data those that the model and all data files of the input have. Where a file that
// is write-protected cannot be replaced, as on Windows, that is an error.
func (m *Model) Save(path string, scale []Scaling, key string, value func([]Rescaled) string) (*Saved, error) {
	return m.saveElsewhere(path, func() ([]*change, error) { return m.planned(scale) }, key, value)
}

// SaveInPlace replaces the file that the model was opened from, as Save writes it. Data files that came with it stay as they
// are: the new model has its own, which the next save removes. The Model goes on showing the input as it was. A link is
// refused, and a file that the Hugging Face hub's cache shares between revisions.
func (m *Model) SaveInPlace(scale []Scaling, key string, value func([]Rescaled) string) (*Saved, error) {
	return m.saveInPlace(func() ([]*change, error) { return m.planned(scale) }, key, value)
}

func (m *Model) saveElsewhere(path string, changes func() ([]*change, error), key string, value func([]Rescaled) string) (*Saved, error) {
	if err := m.elsewhere(path); err != nil {
		return nil, err
	}
	return m.save(path, changes, key, value)
}

func (m *Model) saveInPlace(changes func() ([]*change, error), key string, value func([]Rescaled) string) (*Saved, error) {
	if err := m.inPlace(); err != nil {
		return nil, err
	}
	return m.save(m.Path, changes, key, value)
}

func (m *Model) save(path string, tried func() ([]*change, error), key string, value func([]Rescaled) string) (saved *Saved, err error) {
	err = m.guarded(m.name, func() error {
		if err := m.unchanged(); err != nil {
			return err
		}
		changes, err := tried()
		if err != nil {
			return err
		}
		rel, err := m.relocate(changes)
		if err != nil {
			return err
		}
		if err := m.overData(path); err != nil {
			return err
		}
		saved = &Saved{Path: path}
		folder := filepath.Dir(path)
		removeAbandoned(folder)
		old := m.supersededBy(path, key)
		all := patches(changes)
		var data *staged
		if rel != nil {
			saved.Data = dataPath(path)
			if data, err = stage(saved.Data, rel.mode, func(w io.Writer) ([]patch, error) { return nil, rel.write(w) }); err != nil {
				return err
			}
			defer data.discard()
			all = append(all, rel.patches(filepath.Base(saved.Data))...)
		}
		model, err := stage(path, m.mode(), func(w io.Writer) ([]patch, error) {
			late, err := m.writeOnce(w, all)
			if err != nil {
				return nil, err
			}
			saved.Tensors = rescaled(changes)
			text := ""
			if value != nil {
				text = value(saved.Tensors)
			}
			entry, err := m.entry(key, text)
			if err == nil {
				_, err = w.Write(entry)
			}
			return late, err
		})
		if err != nil {
			return err
		}
		defer model.discard()
		if err := m.unchanged(); err != nil {
			return err
		}
		if data != nil {
			if err := data.claim(); err != nil {
				return err
			}
		}
		for _, file := range old {
			defer file.mark().discard()
		}
		if err := model.replace(); err != nil {
			if data != nil {
				os.Remove(saved.Data)
			}
			return err
		}
		data.discard() // its second name
		// Nothing is an error any more. Data that the old model reads stay where that might yet come back after a crash.
		if syncFolder(folder) == nil {
			removeUnread(folder, old)
		}
		return nil
	})
	if err != nil {
		return nil, m.blame(err)
	}
	return saved, nil
}

// inPlace returns the error for a model that cannot be changed in place.
func (m *Model) inPlace() error {
	info, err := os.Lstat(m.Path)
	switch {
	case m.Path == "":
		return fmt.Errorf("%s: cannot be changed in place: it was not opened from a file", m.name)
	case err != nil:
		return fmt.Errorf("cannot be changed in place: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s: cannot be changed in place: it is a symbolic link; name the file that it points to", m.Path)
	case IsSharedBlob(m.Path):
		return fmt.Errorf("%s: cannot be changed in place: it belongs to the Hugging Face hub's cache, which shares it; give another name", m.Path)
	}
	if err := m.file.unchanged(); err != nil {
		return err
	}
	return protected(m.Path, info)
}

// protected returns the error for a file that is there and cannot be replaced: on Windows, one that is write-protected.
func protected(path string, info fs.FileInfo) error {
	if runtime.GOOS != "windows" || info.Mode().Perm()&0o200 != 0 {
		return nil
	}
	return fmt.Errorf("%s: cannot be written: it is write-protected; take the protection off or give another name", path)
}

// overData returns the error for a path that is an external data file of the input, once these are mapped.
func (m *Model) overData(path string) error {
	if path != m.Path && m.isInput(path) {
		return fmt.Errorf("%s: would overwrite the input's external data; give another name", path)
	}
	return nil
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
