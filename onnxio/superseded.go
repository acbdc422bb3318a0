package onnxio

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dataPath returns the name for the external data file of the model at path: one where nothing stands.
func dataPath(path string) string {
	name := path + ".data"
	for i := 2; ; i++ {
		if _, err := os.Lstat(name); err != nil {
			return name
		}
		name = path + "." + strconv.Itoa(i) + ".data"
	}
}

// isDataName reports whether dataPath may have returned the name for the model.
func isDataName(name, model string) bool {
	number, ok := strings.CutPrefix(name, model+".")
	if !ok || number == "data" {
		return ok
	}
	number, ok = strings.CutSuffix(number, ".data")
	i, err := strconv.Atoi(number)
	return ok && err == nil && i >= 2 && strconv.Itoa(i) == number
}

// superseded is a data file of a model that is replaced.
type superseded struct {
	path string
	info fs.FileInfo
}

// supersededBy returns the data files that go when a save to path with a metadata key has replaced the model there: those
// that Save wrote for it. That is known of a file in the model's folder, named by dataPath, that a model with this key reads
// its values from, and that is not an input of another model's save.
func (m *Model) supersededBy(path, key string) (list []superseded) {
	info, err := os.Lstat(path)
	if key == "" || err != nil || !info.Mode().IsRegular() {
		return nil
	}
	old, err := glance(path)
	if old == nil || err != nil {
		return nil
	}
	defer old.Close()
	if _, ours := old.Metadata(key); !ours {
		return nil
	}
	for _, name := range old.locations() {
		file := filepath.Join(filepath.Dir(path), name)
		info, err := os.Lstat(file)
		if err == nil && info.Mode().IsRegular() && isDataName(name, filepath.Base(path)) && (path == m.Path || !m.isInput(file)) {
			list = append(list, superseded{file, info})
		}
	}
	return list
}

// mark gives the file a second, temporary name, by which removeAbandoned finds it if this process ends between the new model
// and the removal; nil if it cannot have one, or would be in use by it and stay.
func (s superseded) mark() *staged {
	if !lockable {
		return nil
	}
	name := filepath.Join(filepath.Dir(s.path), fmt.Sprintf(".onnxio-%d.tmp", rand.Uint64()))
	if err := os.Link(s.path, name); err != nil {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		os.Remove(name)
		return nil
	}
	_ = lock(file) // where nothing can be held, nothing is taken for abandoned
	return &staged{temp: file}
}

// removeUnread removes the files that are still what they were, unless a model in the folder, perhaps a copy of the one that
// was replaced, reads its values from them.
func removeUnread(folder string, files []superseded) {
	if len(files) == 0 {
		return
	}
	read, ok := dataIn(folder)
	if !ok {
		return
	}
	for _, file := range files {
		info, err := os.Lstat(file.path)
		remove := err == nil && same(info, file.info)
		for _, other := range read {
			remove = remove && !os.SameFile(info, other)
		}
		if remove {
			os.Remove(file.path)
		}
	}
}

// dataIn returns the external data files of all models in the folder, whatever these are called but for temporary names. It
// is not ok if there is a file that cannot be looked into.
func dataIn(folder string) (files []fs.FileInfo, ok bool) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, false
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || temporary.MatchString(entry.Name()) {
			continue // a folder, a link to nothing, or no model yet
		}
		other, err := glance(path)
		if err != nil {
			return nil, false
		}
		if other == nil {
			continue
		}
		for _, name := range other.locations() {
			if info, err := os.Stat(filepath.Join(folder, name)); err == nil {
				files = append(files, info)
			}
		}
		other.Close()
	}
	return files, true
}

// glance opens a model for a look at its structure; nil if the file is none. The error is that of a file that cannot be read.
func glance(path string) (*Model, error) {
	file, err := openMapping(os.Stat, os.Open, (*os.File).Stat, path)
	if err != nil {
		return nil, err
	}
	m := &Model{Path: path, Dir: filepath.Dir(path), name: path, file: file}
	if m.decode() != nil {
		return nil, file.close()
	}
	return m, nil
}
