package onnxio

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mapped returns how many bytes of mapped files are in the process's memory.
func mapped(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(status), "RssFile:")
	kib := 0
	if _, err := fmt.Sscan(rest, &kib); !ok || err != nil {
		t.Fatalf("no RssFile in %s", status)
	}
	return kib << 10
}

// TestResident reads and writes 31 MiB and looks how much of it is in memory, on the way and afterwards.
func TestResident(t *testing.T) {
	const size, most, left = 31 << 20, 5 * stride, 1 << 20
	folder := t.TempDir()
	for name, graph := range map[string][]byte{
		"outside": external("x", Float32, size/4, "location", "w.bin"),
		"inside":  field(5, header("x", Float32, size/4), field(rawData, make([]byte, size))),
	} {
		write(t, folder, "w.bin", nil)
		if err := os.Truncate(filepath.Join(folder, "w.bin"), size); err != nil {
			t.Fatal(err)
		}
		m := open(t, write(t, folder, name+".onnx", model(graph)))
		x := m.Tensors[0]
		before, peak, calls := mapped(t), 0, 0
		look := func() { peak = max(peak, mapped(t)-before) }
		for range 2 {
			err := x.Blocks(func([]float64) error {
				if calls++; calls%64 == 0 {
					look()
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if after := mapped(t) - before; after > left {
				t.Errorf("%s: %d bytes are left in memory", name, after)
			}
		}
		if peak > most {
			t.Errorf("%s: %d bytes are in memory", name, peak)
		}
		calls = 0
		err := x.Blocks(func([]float64) error {
			if calls++; calls < 700 {
				return nil
			}
			return fmt.Errorf("enough")
		})
		if err == nil || mapped(t)-before > left {
			t.Errorf("%s: %d bytes are left in memory by a reader that stops", name, mapped(t)-before)
		}
		for _, factor := range []float64{1, 2} {
			if _, err := m.Save(filepath.Join(folder, "out.onnx"), []Scaling{{x, factor}}, "k", says("v")); err != nil {
				t.Fatal(err)
			}
			if after := mapped(t) - before; after > left && name == "outside" {
				t.Errorf("%s: %d bytes are left in memory by writing", name, after)
			}
		}
		m.Close()
	}
}
