package onnxio

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// symbolic reports whether symbolic links can be made: on Windows that takes a right, and Wine only says that it makes them.
func symbolic(t *testing.T) bool {
	if runtime.GOOS != "windows" {
		return true
	}
	path := filepath.Join(t.TempDir(), "link")
	info, err := os.Lstat(path)
	if os.Symlink("target", path) == nil {
		info, err = os.Lstat(path)
	}
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// link makes a symbolic link; a test is skipped where there are none.
func link(t *testing.T, target, path string) {
	t.Helper()
	if !symbolic(t) {
		t.Skip("this system lets no symbolic links be made, as Windows without the privilege")
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// tree makes files (names with what they hold), folders (names that end in /) and links (name -> target).
func tree(t *testing.T, folder string, entries ...string) {
	t.Helper()
	for _, entry := range entries {
		name, target, isLink := strings.Cut(entry, " -> ")
		path := filepath.Join(folder, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		switch {
		case err != nil:
		case isLink:
			link(t, target, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, numbers(len(name), 2), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLinkedData has models whose data are reached by links. Each file's first element is the length of its name.
func TestLinkedData(t *testing.T) {
	const snapshot = "hub/snapshots/rev/"
	for _, c := range []struct {
		name  string
		at    string // the model; its data are w
		tree  []string
		want  float64 // first element; 0: refused
		error string
	}{
		{"cache", snapshot + "m", []string{"hub/blobs/m", "hub/blobs/w1", snapshot + "m -> ../../blobs/m", snapshot + "w -> ../../blobs/w1"}, 12, ""},
		{"copy of the model in a cache", snapshot + "m", []string{"hub/blobs/w1", snapshot + "w -> ../../blobs/w1"}, 12, ""},
		{"folder that is a link to a snapshot", "dir/m", []string{"hub/blobs/m", "hub/blobs/w1", snapshot + "m -> ../../blobs/m", snapshot + "w -> ../../blobs/w1", "dir -> " + snapshot}, 12, ""},
		{"data beside the second of three", "a/m", []string{"a/m -> ../b/m", "b/m -> ../c/m", "c/m", "b/w"}, 3, ""},
		{"data beside the link before those beside the target", "a/m", []string{"a/m -> ../bb/m", "bb/m", "a/w", "bb/w"}, 3, ""},
		{"data by an absolute link beside the target", "a/m", []string{"a/m -> ../bb/m", "bb/m", "bb/v", "a/w -> ROOT/bb/v"}, 4, ""},
		{"links that end in the target's folder on another disk", snapshot + "m", []string{"disk/m", "disk/w1", "hub/blobs/m -> ../../disk/m", "hub/blobs/w1 -> ../../disk/w1", snapshot + "m -> ../../blobs/m", snapshot + "w -> ../../blobs/w1"}, 7, ""},

		{"blob that leads on", snapshot + "m", []string{"hub/blobs/m", "secret", "hub/blobs/w1 -> ../../secret", snapshot + "m -> ../../blobs/m", snapshot + "w -> ../../blobs/w1"}, 0, "it is a link to ROOT/secret, outside"},
		{"blobs that are a link", snapshot + "m", []string{"etc/secret", "hub/blobs -> ../etc", snapshot + "m", snapshot + "w -> ../../blobs/secret"}, 0, "it is a link to ROOT/etc/secret, outside"},
		{"blobs of another model", snapshot + "m", []string{"hub/blobs/m", "other/blobs/w1", snapshot + "m", snapshot + "w -> ../../../other/blobs/w1"}, 0, "outside"},
		{"blobs without a snapshot", "hub/rev/m", []string{"hub/blobs/w1", "hub/rev/m", "hub/rev/w -> ../blobs/w1"}, 0, "outside"},
		{"beside blobs", snapshot + "m", []string{"hub/blobs/", "hub/blobs2/w1", snapshot + "m", snapshot + "w -> ../../blobs2/w1"}, 0, "outside"},
		{"itself", "m", []string{"w -> w"}, 0, "it is a link that leads to no file (too many links)"},
		{"nothing", "m", []string{"w -> gone"}, 0, "it is a link that leads to no file (no such file or directory)"},
		{"folder", "m", []string{"dir/", "w -> dir"}, 0, "not a regular file"},
	} {
		root, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		rooted := func(s string) string {
			if strings.Contains(s, "ROOT") {
				s = filepath.FromSlash(s)
			}
			return strings.ReplaceAll(s, "ROOT", root)
		}
		for i, entry := range c.tree {
			c.tree[i] = rooted(entry)
		}
		tree(t, root, c.tree...)
		path := filepath.Join(root, c.at)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, model(external("x", Float32, 2, "location", "w")), 0o644); err != nil { // through links
			t.Fatal(err)
		}
		m := open(t, path)
		got, err := m.Initializer("x").Float64s()
		switch {
		case c.want != 0 && (err != nil || got[0] != c.want):
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		case c.want == 0 && (err == nil || !strings.Contains(err.Error(), rooted(c.error))):
			t.Errorf("%s: %v; want %q", c.name, err, rooted(c.error))
		}
		m.Close()
	}
}

// TestLinkedOutput: a link at the output's name is replaced, not followed, and the data are written out whole, under a name
// that is no file of the input.
func TestLinkedOutput(t *testing.T) {
	folder := t.TempDir()
	tree(t, folder, "hub/blobs/w1", "hub/snapshots/rev/w -> ../../blobs/w1",
		"hub/blobs/old", "hub/snapshots/rev/out.onnx -> ../../blobs/old", "hub/snapshots/rev/out.onnx.data -> ../../blobs/w1")
	blob := filepath.Join(folder, "hub/blobs/m")
	input := model(external("x", Float32, 2, "location", "w"))
	write(t, folder, "hub/blobs/m", input)
	linked := filepath.Join(folder, "hub/snapshots/rev/m.onnx")
	link(t, "../../blobs/m", linked)
	m := open(t, linked)
	if _, err := m.SaveInPlace(nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("in place of a link: %v", err)
	}
	out := filepath.Join(folder, "hub/snapshots/rev/out.onnx")
	saved, err := m.Save(out, []Scaling{{m.Tensors[0], 2}}, "k", says("v"))
	if err != nil || saved.Data != out+".2.data" {
		t.Fatalf("%+v, %v", saved, err)
	}
	if got, err := open(t, out).Tensors[0].Float64s(); err != nil || !slices.Equal(got, []float64{24, 26}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := open(t, blob).SaveInPlace(nil, "k", says("v")); err == nil || !strings.Contains(err.Error(), "Hugging Face") {
		t.Errorf("in place of a blob: %v", err)
	}
	for name, want := range map[string][]byte{"m": input, "w1": numbers(12, 2), "old": numbers(13, 2)} {
		if string(readFile(t, filepath.Join(folder, "hub/blobs", name))) != string(want) {
			t.Errorf("blob %s was changed", name)
		}
	}
}
