package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"onnx-metainit/metainit"
)

// TestCheckpointEvery: a run writes a checkpoint now and then, which can be read at any moment, and none after it is stopped.
func TestCheckpointEvery(t *testing.T) {
	k := &checkpoint{Schema: checkpointForm, Tool: tool(), Journal: new(metainit.Journal), path: filepath.Join(t.TempDir(), "state")}
	stop := k.every(time.Millisecond)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := readCheckpoint(k.path); err == nil {
			break
		} else if !os.IsNotExist(err) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	stop()
	k.remove()
	time.Sleep(20 * time.Millisecond)
	if _, err := os.Stat(k.path); !os.IsNotExist(err) {
		t.Errorf("it is still written: %v", err)
	}
}
