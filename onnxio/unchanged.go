package onnxio

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// What is read of a mapped file is what the file holds at that moment, so that a save could mix the bytes of two files if
// somebody writes one while it is read. A save therefore checks, when all bytes of the output are complete and before any
// file takes its name, that each file of the input is the one that was opened and was not written since.

// tick is the time within which two writes may give a file the same time: the clock of file systems advances by up to 10 ms.
const tick = 20 * time.Millisecond

// settled returns the file's information once its time is so old that a later write gives it another. Somebody who goes on
// writing is not waited for: that is seen at the end.
func settled(file *os.File) (info fs.FileInfo, err error) {
	for range 10 {
		if info, err = file.Stat(); err != nil {
			return nil, err
		}
		age := min(time.Since(info.ModTime()), time.Since(changeTime(info)))
		if age < 0 || age >= tick {
			break
		}
		time.Sleep(tick - age)
	}
	return info, nil
}

// same reports whether two looks found one file, not written in between. Where the system has the time of the last change,
// that counts too: a copy that keeps the times of its source sets the other back. A new name or permission explains it.
func same(a, b fs.FileInfo) bool {
	explained := links(a) != links(b) || a.Mode() != b.Mode()
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && (explained || changeTime(a).Equal(changeTime(b)))
}

// unchanged returns an error unless the file's path leads to the file that was opened, as it was then.
func (f *mapping) unchanged() error {
	if f.info == nil {
		return nil // it was never a file
	}
	switch info, err := os.Stat(f.path); {
	case err != nil:
		return fmt.Errorf("%s: the file has changed since it was read: %w; start again", f.path, cause(err))
	case !same(info, f.info):
		return fmt.Errorf("%s: the file has changed since it was read; start again", f.path)
	}
	return nil
}

// unchanged returns an error if a file of the input is not what it was when it was opened. It runs guarded.
func (m *Model) unchanged() error {
	m.mu.Lock()
	files := []*mapping{m.file}
	for _, file := range m.external {
		files = append(files, file)
	}
	m.mu.Unlock()
	slices.SortFunc(files[1:], func(a, b *mapping) int { return cmp.Compare(a.path, b.path) })
	for _, file := range files {
		if err := file.unchanged(); err != nil {
			return err
		}
	}
	// Whoever maps the file too can write to it without giving it a time.
	if m.Path != "" && !m.isClosed() && m.hashStructure() != m.structure {
		return fmt.Errorf("%s: the structure has changed since it was read; start again", m.name)
	}
	return nil
}

// blame returns the error, unless the reason for it, or for not having one, is that the input has changed.
func (m *Model) blame(err error) error {
	changed := m.guarded(m.name, m.unchanged)
	return cmp.Or(changed, err)
}

// remember notes the structure of the file, for unchanged.
func (m *Model) remember() error {
	return m.guarded(m.name, func() error {
		m.structure = m.hashStructure()
		return nil
	})
}

// hashStructure returns the hash of the bytes of the file that are not values of tensors.
func (m *Model) hashStructure() [sha256.Size]byte {
	var values []span
	for _, t := range m.Tensors {
		for _, r := range t.values {
			values = append(values, r.span)
		}
	}
	slices.SortFunc(values, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	hash := sha256.New()
	at := 0
	for _, v := range values {
		hash.Write(m.file.data[at:v.start])
		at = v.end
	}
	hash.Write(m.file.data[at:])
	return [sha256.Size]byte(hash.Sum(nil))
}
