package onnxio

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCanSave asks beforehand what a save would say.
func TestCanSave(t *testing.T) {
	folder := t.TempDir()
	byteType := Uint8
	free, known := freeSpace(folder)
	if !known || free <= 0 {
		t.Fatalf("%d bytes are free, %v", free, known)
	}
	large := free + 1<<30
	write(t, folder, "w.bin", nil)
	write(t, folder, "small.bin", make([]byte, 8))
	if err := os.Truncate(filepath.Join(folder, "w.bin"), large); err != nil {
		t.Fatal(err)
	}
	m := open(t, write(t, folder, "large.onnx", model(external("x", byteType, large, "location", "w.bin"))))
	small := open(t, write(t, folder, "small.onnx", model(external("x", byteType, 8, "location", "small.bin"))))
	without := open(t, write(t, folder, "without.onnx", model(external("x", byteType, 8, "location", "none.bin"))))
	link := filepath.Join(folder, "link.onnx")
	if err := os.Symlink("small.onnx", link); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "out.onnx")
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"good", small.CanSave(out), ""},
		{"in place", small.CanSaveInPlace(), ""},
		{"from memory", decode(t, everywhere()).CanSave(out), ""},
		{"a disk too small", m.CanSave(out), "out.onnx: cannot be written: "},
		{"a disk too small, in place", m.CanSaveInPlace(), "large.onnx: cannot be written: "},
		{"data that are missing", without.CanSave(out), `tensor "x": external data file "none.bin"`},
		{"over the input", small.CanSave(small.Path), "would overwrite the input"},
		{"over the data", small.CanSave(filepath.Join(folder, "small.bin")), "would overwrite the input"},
		{"a folder", small.CanSave(folder), "not a regular file"},
		{"a folder that is not there", small.CanSave(filepath.Join(folder, "none", "out.onnx")), "cannot be written"},
		{"a link in place", open(t, link).CanSaveInPlace(), "symbolic link"},
		{"memory in place", decode(t, everywhere()).CanSaveInPlace(), "not opened from a file"},
	} {
		if c.want == "" && c.err != nil || c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, c.err, c.want)
		}
	}
	checkFolder(t, folder, "large.onnx", "link.onnx", "small.bin", "small.onnx", "w.bin", "without.onnx")
}

// TestCanSaveWithoutPermission asks as another user.
func TestCanSaveWithoutPermission(t *testing.T) {
	folder := t.TempDir()
	m := open(t, write(t, folder, "m.onnx", everywhere()))
	if err := errors.Join(os.Chmod(filepath.Dir(folder), 0o755), os.Chmod(folder, 0o555)); err != nil {
		t.Fatal(err)
	}
	asked := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread ends with its rights
		if os.Geteuid() == 0 {
			if err := unix.Setfsuid(65534); err != nil {
				asked <- err
				return
			}
		}
		asked <- m.CanSaveInPlace()
	}()
	if err := <-asked; err == nil || !strings.Contains(err.Error(), "m.onnx: cannot be written: permission denied") {
		t.Errorf("in place without permission: %v", err)
	}
	checkFolder(t, folder, "m.onnx")
}
