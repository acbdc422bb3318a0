package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// TestWheel: the wheel of this system has all its files in RECORD with their sums, and a program that runs.
func TestWheel(t *testing.T) {
	folder := t.TempDir()
	path, err := build(folder, runtime.GOOS+"/"+runtime.GOARCH, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(filepath.Base(path), "metainit-1.2.3-py3-none-") {
		t.Errorf("it is called %s", path)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := make(map[string][]byte)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(f.Name, "metainit/bin/") {
			if f.Mode()&0o111 == 0 {
				t.Errorf("%s cannot be executed: %v", f.Name, f.Mode())
			}
			program := filepath.Join(folder, filepath.Base(f.Name))
			if err := os.WriteFile(program, files[f.Name], 0o755); err != nil {
				t.Fatal(err)
			}
			if said, err := exec.Command(program, "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(said), "metainit version") {
				t.Errorf("the program says %q, %v", said, err)
			}
		}
	}
	recorded := 0
	for _, line := range strings.Split(strings.TrimSpace(string(files["metainit-1.2.3.dist-info/RECORD"])), "\n") {
		fields := strings.Split(line, ",")
		data, ok := files[fields[0]]
		if !ok {
			t.Errorf("%s is recorded and not there", fields[0])
		}
		sum := sha256.Sum256(data)
		if fields[1] != "" && (fields[1] != "sha256="+base64.RawURLEncoding.EncodeToString(sum[:]) || fields[2] != strconv.Itoa(len(data))) {
			t.Errorf("%s is recorded as %v", fields[0], fields[1:])
		}
		recorded++
	}
	if recorded != len(files) {
		t.Errorf("%d of %d files are recorded", recorded, len(files))
	}
	for _, name := range []string{"metainit/__init__.py", "metainit/__main__.py", "metainit-1.2.3.dist-info/METADATA", "metainit-1.2.3.dist-info/entry_points.txt"} {
		if len(files[name]) == 0 {
			t.Errorf("there is no %s", name)
		}
	}
	if tags := strings.Count(string(files["metainit-1.2.3.dist-info/WHEEL"]), "\nTag: py3-none-"); tags == 0 {
		t.Error("there is no tag")
	}
}

func TestUnknownSystem(t *testing.T) {
	if _, err := build(t.TempDir(), "plan9/386", "1"); err == nil {
		t.Error("there is a wheel for plan9")
	}
}
