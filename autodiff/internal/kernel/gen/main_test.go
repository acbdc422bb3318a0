package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCommitted generates everything again.
func TestCommitted(t *testing.T) {
	for _, out := range outputs {
		asm, stubs, err := generate(out.emit)
		if err != nil {
			t.Fatal(err)
		}
		for ext, data := range map[string][]byte{".s": asm, ".go": stubs} {
			name := filepath.Join("..", out.name+"_amd64"+ext)
			committed, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(committed, data) {
				t.Errorf("%s differs from what is generated: run go generate", name)
			}
		}
	}
}
