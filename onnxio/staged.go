package onnxio

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// staged is a complete file under a temporary name, which is held until it takes its own.
type staged struct {
	temp *os.File // nil once it has its name
	path string
}

// stage writes and syncs a file beside path. What write returns is known only at its end, and put in place then: patches of the
// file that is written, which change no size.
func stage(path string, mode fs.FileMode, write func(w io.Writer) (late []patch, err error)) (*staged, error) {
	temp, err := createTemporary(filepath.Dir(path))
	if err != nil {
		return nil, unwritable(path, err)
	}
	s, whole := &staged{temp, path}, false
	defer func() { // which a fault passes, if the input is cut short
		if !whole {
			s.discard()
		}
	}()
	// The error of write may be of the input, so that only those of the file are said to be of the file.
	out := &failing{w: temp}
	var late []patch
	err = writeBehind(out, func(w io.Writer) (err error) {
		late, err = write(w)
		return err
	})
	for _, p := range late {
		if err == nil {
			out.w = io.NewOffsetWriter(temp, int64(p.start))
			err = p.write(out)
		}
	}
	if err == nil || out.err != nil {
		if err = errors.Join(out.err, temp.Chmod(mode), temp.Sync()); err != nil {
			err = unwritable(path, err)
		}
	}
	if err != nil {
		return nil, err
	}
	whole = true
	return s, nil
}

// claim gives the file its name if nothing stands there, and makes that last. Where files can have two names it keeps the
// temporary one, by which removeAbandoned knows whose it is if the process ends before a model reads it.
func (s *staged) claim() error {
	err := os.Link(s.temp.Name(), s.path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return unwritable(s.path, err)
	case err != nil:
		place, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return unwritable(s.path, err)
		}
		place.Close()
		if err := s.replace(); err != nil {
			os.Remove(s.path)
			return err
		}
	}
	if err := syncFolder(filepath.Dir(s.path)); err != nil {
		os.Remove(s.path)
		return unwritable(s.path, err)
	}
	return nil
}

// replace gives the file its name, in place of what stands there.
func (s *staged) replace() error {
	name := s.temp.Name()
	info, err := s.temp.Stat()
	if err != nil {
		return unwritable(s.path, err)
	}
	if !lockable {
		s.temp.Close() // such systems rename no open file
	}
	if err := os.Rename(name, s.path); err != nil {
		// A server whose answer was lost is asked again, and no longer finds what it has renamed.
		if done, e := os.Lstat(s.path); e != nil || !os.SameFile(info, done) {
			return unwritable(s.path, err)
		}
	}
	s.temp.Close()
	s.temp = nil
	return nil
}

// discard removes the temporary file if there still is one.
func (s *staged) discard() {
	if s == nil || s.temp == nil {
		return
	}
	os.Remove(s.temp.Name())
	if s.temp.Close(); !lockable {
		os.Remove(s.temp.Name()) // such systems remove no open file
	}
	s.temp = nil
}

// temporary is what the names of temporary files look like.
var temporary = regexp.MustCompile(`^\.onnxio-[0-9]+\.tmp$`)

// createTemporary creates a file in the folder that is held, where the system can, until it is closed.
func createTemporary(folder string) (*os.File, error) {
	for {
		file, err := os.CreateTemp(folder, ".onnxio-*.tmp")
		if err != nil || !lockable {
			return file, err
		}
		// Whoever clears the folder may have come before the lock.
		held := lock(file)
		info, err := file.Stat()
		named, e := os.Lstat(file.Name())
		if err == nil && e == nil && os.SameFile(info, named) && !isHeld(held) {
			return file, nil // held, or on a file system without locks, where nobody takes it for abandoned
		}
		file.Close()
		if err = cmp.Or(err, e); err != nil && !errors.Is(err, fs.ErrNotExist) {
			os.Remove(file.Name())
			return nil, err
		}
	}
}

// removeAbandoned removes the temporary files in the folder whose processes have ended, and the data that these claimed for
// a model that has not come, or had marked for removal once it had.
func removeAbandoned(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil || !lockable {
		return
	}
	var unread []superseded
	for _, entry := range entries {
		if !temporary.MatchString(entry.Name()) || !entry.Type().IsRegular() {
			continue
		}
		file, err := os.Open(filepath.Join(folder, entry.Name()))
		if err != nil {
			continue
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil || lock(file) != nil {
			continue
		}
		defer os.Remove(file.Name())
		for _, other := range entries {
			path := filepath.Join(folder, other.Name())
			if twin, err := os.Lstat(path); err == nil && filepath.Ext(path) == ".data" && os.SameFile(info, twin) {
				unread = append(unread, superseded{path, twin})
			}
		}
	}
	removeUnread(folder, unread)
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
