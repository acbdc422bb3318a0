package onnxio

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// until is done at the given look.
type until struct {
	context.Context
	looks int
}

func (u *until) Err() error {
	if u.looks--; u.looks < 0 {
		return context.Canceled
	}
	return nil
}

// TestUntil: reading and saving end at whatever moment the context is done, leave nothing behind, and can be done again.
func TestUntil(t *testing.T) {
	const size = 3 * stride / 4
	folder := t.TempDir()
	write(t, folder, "w.bin", make([]byte, 4*size))
	for name, graph := range map[string][]byte{
		"outside": external("x", Float32, size, "location", "w.bin"),
		"inside":  field(5, header("x", Float32, size), field(rawData, make([]byte, 4*size))),
	} {
		path := write(t, folder, name+".onnx", model(graph))
		out := filepath.Join(t.TempDir(), "out.onnx")
		for what, do := range map[string]func(m *Model) error{
			"read": func(m *Model) error { return m.Tensors[0].Blocks(func([]float64) error { return nil }) },
			"copy": func(m *Model) error { _, err := m.Save(out, nil, "k", says("v")); return err },
			"save": func(m *Model) error { _, err := m.Save(out, []Scaling{{m.Tensors[0], 2}}, "k", says("v")); return err },
		} {
			m := open(t, path)
			for _, looks := range []int{0, 1, 2} {
				m.Until(&until{context.Background(), looks})
				if err := do(m); !errors.Is(err, context.Canceled) {
					t.Errorf("%s, %s, after %d looks: %v", name, what, looks, err)
				}
			}
			checkFolder(t, filepath.Dir(out))
			m.Until(context.Background())
			if err := do(m); err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
			}
			if what != "read" {
				checkFolder(t, filepath.Dir(out), map[string][]string{"outside": {"out.onnx", "out.onnx.data"}, "inside": {"out.onnx"}}[name]...)
			}
			out = filepath.Join(t.TempDir(), "out.onnx")
		}
	}
}
