package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// wheel is a package in the binary distribution format of Python (PEP 427).
type wheel struct {
	name, version, tag string
	files              []member
}

type member struct {
	name string
	data []byte
	mode fs.FileMode
}

func (w *wheel) add(name string, data []byte, mode fs.FileMode) {
	w.files = append(w.files, member{name, data, mode})
}

// write completes the wheel and writes it to a folder under the name that the format asks for.
func (w *wheel) write(folder string) (string, error) {
	info := fmt.Sprintf("%s-%s.dist-info/", w.name, w.version)
	w.add(info+"METADATA", []byte(fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: Norms for the weights of ONNX and PyTorch models, found before they are trained\n"+
		"License: Apache-2.0\nRequires-Python: >=3.9\nRequires-Dist: numpy\n", w.name, w.version)), 0o644)
	w.add(info+"WHEEL", []byte(w.about()), 0o644)
	w.add(info+"entry_points.txt", []byte("[console_scripts]\nmetainit = metainit.__main__:main\n"), 0o644)
	var record strings.Builder
	for _, f := range w.files {
		sum := sha256.Sum256(f.data)
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.data))
	}
	fmt.Fprintf(&record, "%sRECORD,,\n", info)
	w.add(info+"RECORD", []byte(record.String()), 0o644)

	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range w.files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		header.SetMode(f.mode)
		to, err := z.CreateHeader(header)
		if err != nil {
			return "", err
		}
		if _, err := to.Write(f.data); err != nil {
			return "", err
		}
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	path := filepath.Join(folder, fmt.Sprintf("%s-%s-%s.whl", w.name, w.version, w.tag))
	return path, os.WriteFile(path, b.Bytes(), 0o666)
}

// about is the file WHEEL: a line for each platform of the tag.
func (w *wheel) about() string {
	text := "Wheel-Version: 1.0\nGenerator: metainit\nRoot-Is-Purelib: false\n"
	parts := strings.SplitN(w.tag, "-", 3)
	for _, platform := range strings.Split(parts[2], ".") {
		text += fmt.Sprintf("Tag: %s-%s-%s\n", parts[0], parts[1], platform)
	}
	return text
}
