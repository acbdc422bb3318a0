package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit/report"
	"onnx-metainit/onnxio"
)

// files are all files of a command. check makes sure, before any work begins, that no file that it writes is another one of them.
type files struct {
	read    []string
	written []output
	folders []string // those that files are written into, and that are made if they are not there

	rewrites bool // the command writes a model again, and can do so in place
}

// output is a file to write, and the flag that says so.
type output struct{ flag, path string }

// filesOf returns the files of the flags that commands share, and those of a model, which is rewritten to out unless that is "".
func filesOf(c *cli.Context, m *onnxio.Model, out string) *files {
	f := &files{rewrites: true}
	f.readsModel(m)
	for _, weights := range c.StringSlice("weights") {
		f.reads(weights)
		if weightsFormat(weights) != nil { // others are refused when they are opened
			f.writes("weights-out", weightsOutput(c, weights))
		}
	}
	if out != "" && !c.Bool("in-place") {
		f.writes("output", out)
	}
	if out != "" {
		f.writes("output", m.DataPath(out))
	}
	if path := checkpointPath(c, out); out != "" && !c.IsSet("resume") {
		f.writes("on-interrupt", path)
	}
	f.writesPlots(c.String("plots"))
	for _, flag := range []string{"scales", "report", "dump", "forward"} {
		if path := c.String(flag); flag != "dump" || path != "-" {
			f.writes(flag, path)
		}
	}
	return f
}

// reads adds files that are read; "" is none.
func (f *files) reads(paths ...string) {
	for _, path := range paths {
		if path != "" {
			f.read = append(f.read, path)
		}
	}
}

// readsModel adds a model and its external data.
func (f *files) readsModel(m *onnxio.Model) {
	f.reads(m.Path)
	f.reads(m.ExternalFiles()...)
}

// writes adds a file that is written as a flag says; "" is none.
func (f *files) writes(flag, path string) {
	if path != "" {
		f.written = append(f.written, output{flag, path})
	}
}

// writesPlots adds all charts that there can be in a folder; "" is none.
func (f *files) writesPlots(folder string) {
	if folder == "" {
		return
	}
	f.folders = append(f.folders, folder)
	for _, name := range report.ChartNames() {
		f.writes("plots", plotFile(folder, name))
	}
}

// check returns an error if a file that is written is also read or written under another name or flag, or cannot be written.
func (f *files) check() error {
	for i, out := range f.written {
		if out.path == "-" {
			return usagef("--%s -: the standard output is for the report; give the name of a file, such as ./-", out.flag)
		}
		for _, in := range f.read {
			if sameFile(out.path, in) {
				hint := ""
				if out.flag == "output" && f.rewrites {
					hint = ", or --in-place to change the model itself"
				}
				return usagef("%s: would overwrite the input %s: give --%s another name%s", out.path, in, out.flag, hint)
			}
		}
		for _, other := range f.written[:i] {
			if sameFile(out.path, other.path) {
				return usagef("%s: --%s and --%s would both write it: give one of them another name", out.path, other.flag, out.flag)
			}
		}
	}
	for _, folder := range f.folders {
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			if err := creatable(folder); err != nil {
				return err
			}
			f.written = slices.DeleteFunc(f.written, func(out output) bool { return filepath.Dir(out.path) == filepath.Clean(folder) })
		}
	}
	for _, out := range f.written {
		if err := creatable(out.path); err != nil {
			return err
		}
	}
	return nil
}

// sameFile reports whether two paths lead to one file, by links of either kind too, or would if it was there.
func sameFile(a, b string) bool {
	inA, errA := os.Stat(a)
	inB, errB := os.Stat(b)
	switch {
	case errA == nil && errB == nil:
		return os.SameFile(inA, inB) && (inA.Mode().IsRegular() || inA.Mode().IsDir())
	case errA == nil || errB == nil:
		return false
	}
	a, b = target(a), target(b)
	inA, errA = os.Stat(filepath.Dir(a))
	inB, errB = os.Stat(filepath.Dir(b))
	if errA != nil || errB != nil || !os.SameFile(inA, inB) {
		return false
	}
	a, b = filepath.Base(a), filepath.Base(b)
	return a == b || (runtime.GOOS == "darwin" || runtime.GOOS == "windows") && strings.EqualFold(a, b)
}

// target follows symbolic links as far as they lead, to a file that may be missing.
func target(path string) string {
	const mostLinks = 40 // as the kernel has it
	for range mostLinks {
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}
