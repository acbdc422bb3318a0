package main

import (
	"bytes"
	"testing"
	"time"

	"onnx-metainit/metainit"
)

func TestProgress(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		want     string
	}{
		{false, "step 1 of 5, GQ 0.1235\nstep 3 of 5, GQ 0.1235, 14s left\nstep 5 of 5, GQ 0.1235, 0s left\n"},
		{true, "\r\x1b[Kstep 1 of 5, GQ 0.1235" + "\r\x1b[Kstep 2 of 5, GQ 0.1235, 21s left" +
			"\r\x1b[Kstep 3 of 5, GQ 0.1235, 14s left" + "\r\x1b[Kstep 4 of 5, GQ 0.1235, 7s left" +
			"\r\x1b[Kstep 5 of 5, GQ 0.1235, 0s left" + "\r\x1b[K"},
	} {
		var out bytes.Buffer
		clock := time.Unix(0, 0)
		p := &progress{w: &out, objective: "GQ", terminal: c.terminal, now: func() time.Time { return clock }}
		for step := 1; step <= 5; step++ {
			clock = clock.Add(7 * time.Second)
			p.show(metainit.Progress{Step: step, Steps: 5, Objective: 0.123456})
		}
		p.clear()
		if out.String() != c.want {
			t.Errorf("terminal %v: got %q, want %q", c.terminal, out.String(), c.want)
		}
	}
}
