package onnxio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many links the path of a model may lead through.
const maxLinks = 40

// locate returns where external data are: a folder that they may be in, and the file's name there, neither of which has
// links. The name that is asked for, a local one, is looked up in the model's folder, then in those that the model's path
// leads to, if that is a link.
//
// Data that are links themselves may lead to any of these folders, and to blobs of the Hugging Face hub's cache, where a
// model is a folder of links. A link to elsewhere is refused: nobody expects a model to read the whole disk.
func (m *Model) locate(name string) (folder, file string, err error) {
	near, err := m.folders()
	if err != nil {
		return "", "", err
	}
	for _, base := range near {
		path := filepath.Join(base, name)
		switch _, err := os.Lstat(path); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return "", "", cause(err)
		}
		target, err := filepath.EvalSymlinks(path)
		if err != nil {
			why := strings.TrimPrefix(cause(err).Error(), "EvalSymlinks: ")
			return "", "", fmt.Errorf("it is a link that leads to no file (%s); copy or download the file again", why)
		}
		for _, allowed := range append(near, blobs(near)...) {
			if rel, err := filepath.Rel(allowed, target); err == nil && filepath.IsLocal(rel) {
				return allowed, rel, nil
			}
		}
		return "", "", fmt.Errorf("it is a link to %s, outside the model's folder %s; copy that file there in place of the link, "+
			"or download the model without links (huggingface-cli download --local-dir FOLDER)", target, m.Dir)
	}
	if filepath.Separator == '/' && strings.Contains(name, `\`) {
		return "", "", fmt.Errorf(`no such file or directory in the model's folder %s; the location has \, and ONNX parts folders by /: export again or edit the location`, m.Dir)
	}
	return "", "", fmt.Errorf("no such file or directory; it must be a file in the model's folder %s", m.Dir)
}

// folders returns the model's folder, and where its path leads from link to link.
func (m *Model) folders() ([]string, error) {
	path, err := filepath.Abs(m.Dir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the model's folder %s: %w", m.Dir, cause(err))
	}
	list := []string{path}
	for path = filepath.Join(path, filepath.Base(m.Path)); m.Path != "" && len(list) <= maxLinks; {
		target, err := os.Readlink(path)
		if err != nil {
			break // the file itself
		}
		folder, name := filepath.Split(target)
		if !filepath.IsAbs(target) {
			// Not cleaned: what .. means behind a link depends on the link.
			folder = filepath.Dir(path) + string(filepath.Separator) + folder
		}
		if folder, err = filepath.EvalSymlinks(folder); err != nil {
			break
		}
		list = append(list, folder)
		path = filepath.Join(folder, name)
	}
	return list, nil
}

// blobs returns the folders of the Hugging Face hub's cache that files in the given ones, free of links, may lead to: of
// MODEL/snapshots/REVISION it is MODEL/blobs.
func blobs(folders []string) (list []string) {
	for _, folder := range folders {
		for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
			path := filepath.Join(filepath.Dir(folder), "blobs")
			if info, err := os.Lstat(path); filepath.Base(folder) == "snapshots" && err == nil && info.IsDir() {
				list = append(list, path)
			}
		}
	}
	return list
}

// IsSharedBlob reports whether the path leads to a blob of the Hugging Face hub's cache, which all revisions of a model
// that have the same file share and which is named by its checksum. It must not be changed.
func IsSharedBlob(path string) bool {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false
	}
	if path, err = filepath.Abs(path); err != nil || filepath.Base(filepath.Dir(path)) != "blobs" {
		return false
	}
	info, err := os.Stat(filepath.Join(filepath.Dir(path), "..", "snapshots"))
	return err == nil && info.IsDir()
}

// cause returns the error of the file system without the name of the call.
func cause(err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		return named.Err
	}
	return err
}
