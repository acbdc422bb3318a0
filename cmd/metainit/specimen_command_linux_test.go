package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// command is one that has ended.
type command struct {
	args           []string
	status         int
	stdout, stderr []byte
	processor      time.Duration // user and system
	system         time.Duration
	resident       int64 // bytes
}

// command runs metainit, which has to end with one of the statuses and, if it is not done, with one line of messages.
func (c *specimen) command(args []string, statuses ...int) *command {
	ctx, cancel := context.WithTimeout(c.Context(), 10*time.Minute)
	defer cancel()
	limits := fmt.Sprintf(`ulimit -v %d; exec metainit "$@"`, mutantSpace>>10)
	process := exec.CommandContext(ctx, "bash", append([]string{"-c", limits, "metainit"}, args...)...)
	process.Dir = c.dir
	var stdout, stderr bytes.Buffer
	process.Stdout, process.Stderr = &stdout, &stderr
	err := process.Start()
	if err == nil {
		ended := make(chan struct{})
		go c.watch(process.Process, ended)
		err = process.Wait()
		close(ended)
	}
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		c.Fatal(err)
	}
	usage := process.ProcessState.SysUsage().(*syscall.Rusage)
	state := process.ProcessState
	r := &command{args, state.ExitCode(), stdout.Bytes(), stderr.Bytes(), state.UserTime() + state.SystemTime(), state.SystemTime(), usage.Maxrss << 10}
	c.runs = append(c.runs, r)
	said := c.firstOf(r.stderr)
	if !slices.Contains(statuses, r.status) {
		c.find("%q: status %d (%v), want one of %v: %s", r.args, r.status, state, statuses, said)
	} else if lines := bytes.Count(r.stderr, []byte("\n")); lines > 1 || lines == 0 && r.status != 0 && r.args[0] != "diff" {
		c.find("%q: %d lines of messages, want one: %s", r.args, lines, said)
	}
	for _, text := range [][]byte{r.stdout, r.stderr} {
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSuffix(line, "\n"); visible(line) != line {
				c.find("%q: prints control characters: %q", r.args, line)
				break
			}
		}
	}
	return r
}

// watch has a command that takes too much processor time end with the stacks of its goroutines.
func (c *specimen) watch(process *os.Process, ended chan struct{}) {
	const tick = 10 * time.Millisecond // of /proc/PID/stat
	for {
		select {
		case <-ended:
			return
		case <-time.After(time.Second):
		}
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process.Pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		var user, system time.Duration
		if fields := strings.Fields(rest); len(fields) > 12 {
			fmt.Sscan(fields[11], &user)
			fmt.Sscan(fields[12], &system)
		}
		if (user+system)*tick > 2*c.most() {
			process.Signal(syscall.SIGQUIT)
		}
	}
}

// most returns the processor time that a command may take.
func (c *specimen) most() time.Duration {
	return mutantProcessor + nodeProcessor*time.Duration(c.nodes)
}

// firstOf returns the beginning of a text.
func (c *specimen) firstOf(text []byte) string { return string(text[:min(len(text), 600)]) }

// bounded compares what a command took with what it may take.
func (c *specimen) bounded(r *command, planned int64) {
	if r.processor > c.most() {
		c.find("%q: takes %v (%v in the system), where at most %v are due to %d nodes", r.args, r.processor, r.system, c.most(), c.nodes)
	}
	if most := mutantMemory + planned + 8*int64(len(c.files["mutant.onnx"])) + nodeMemory*int64(c.nodes); r.resident > most {
		c.find("%q: holds %d MiB, where at most %d are due (%d planned)", r.args, r.resident>>20, most>>20, planned>>20)
	}
}
