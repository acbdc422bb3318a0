//go:build unix

package metainit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onnx-metainit/onnxio"
)

// TestFileCutShort cuts a model off within its weights while it is mapped: whoever reads it in parallel gets an error
// that names the file and the first tensor that is gone.
func TestFileCutShort(t *testing.T) {
	const count, size = 20, 200
	const first, bytes = 10, size * size * 4 // what is gone begins within the tensor w10 and is larger than a page
	data := encoded(t, layers(count, size))
	end := int64(len(data) - (count-first)*bytes + bytes/4)
	for _, c := range []struct {
		name string
		read func(m, whole *onnxio.Model, cut func()) error
	}{
		{"New", func(m, _ *onnxio.Model, cut func()) error {
			cut()
			_, err := New(m, Options{Threads: 4})
			return err
		}},
		{"Measure", func(m, _ *onnxio.Model, cut func()) error {
			p, err := New(m, Options{Threads: 4})
			if err != nil {
				return err
			}
			cut()
			_, err = p.Measure()
			return err
		}},
		{"Inspect", func(m, _ *onnxio.Model, cut func()) error {
			cut()
			r := Inspect(m, Options{Outputs: []string{"none"}}) // which is a problem, so that the rows are what reads
			return errorText(r.Tensors[first].Reason)
		}},
		{"Diff from", func(m, whole *onnxio.Model, cut func()) error {
			cut()
			_, err := Diff(m, whole, DiffOptions{})
			return err
		}},
		{"Diff to", func(m, whole *onnxio.Model, cut func()) error {
			cut()
			_, err := Diff(whole, m, DiffOptions{})
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m.onnx")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := onnxio.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			cut := func() {
				if err := os.Truncate(path, end); err != nil {
					t.Fatal(err)
				}
			}
			err = c.read(m, decoded(t, layers(count, size)), cut)
			if err == nil || !strings.Contains(err.Error(), path+`: tensor "w10": `) || !strings.Contains(err.Error(), "became shorter") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// errorText is an error that is a text.
type errorText string

func (e errorText) Error() string { return string(e) }
