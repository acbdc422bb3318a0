package metainit

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestImports keeps the direction cmd → metainit → lower → autodiff → program → kernel and loop, with
// onnxio apart, and each library behind its seam. Tests are free.
func TestImports(t *testing.T) {
	const module = "onnx-metainit/"
	allowed := map[string][]string{
		"onnxio":                    {"onnxio/onnxpb", "onnxio/npy"},
		"onnxio/npy":                {},
		"onnxio/onnxpb":             {},
		"onnxio/onnxtest":           {"onnxio/onnxpb"},
		"autodiff":                  {"autodiff/internal/program", "autodiff/internal/kernel", "autodiff/internal/loop"},
		"autodiff/internal/program": {"autodiff/internal/kernel", "autodiff/internal/loop"},
		"autodiff/internal/loop":    {},
		"autodiff/internal/kernel":  {},
		"autodiff/exprgraph":        {"autodiff"},
		"autodiff/lower":            {"autodiff", "onnxio", "onnxio/onnxpb"},
		"metainit":                  {"autodiff", "autodiff/lower", "onnxio", "onnxio/onnxpb", "onnxio/npy"},
		"metainit/report":           {"metainit", "metainit/report/chart", "metainit/report/escape"},
		"metainit/report/chart":     {"metainit/report/escape"},
		"metainit/report/escape":    {},
		"cmd/wheel":                 {},
		"cmd/metainit":              {"metainit", "metainit/report", "autodiff", "autodiff/lower", "onnxio", "onnxio/onnxpb", "metainit/report/escape"},
	}
	seams := map[string]string{
		"github.com/owulveryck/onnx-go": "autodiff/lower",
		"gorgonia.org/gorgonia":         "autodiff/exprgraph",
		"gorgonia.org/tensor":           "autodiff/exprgraph autodiff/lower",
		"github.com/urfave/cli/v2":      "cmd/metainit",
		"google.golang.org/protobuf":    "onnxio onnxio/onnxpb onnxio/onnxtest autodiff/lower",
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
		if strings.HasPrefix(dir, "testdata") || strings.HasPrefix(dir, "autodiff/internal/kernel/gen") {
			return nil // data, and a module of its own
		}
		list, known := allowed[dir]
		if !known {
			t.Errorf("%s: package %s has no row in the table of this test", path, dir)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			if own, ok := strings.CutPrefix(name, module); ok && !slices.Contains(list, own) {
				t.Errorf("%s imports %s", path, own)
			}
			for library, places := range seams {
				if (name == library || strings.HasPrefix(name, library+"/")) && !slices.Contains(strings.Fields(places), dir) {
					t.Errorf("%s imports %s, whose place is %s", path, name, places)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
