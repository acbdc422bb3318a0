package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

// checkpointForm names the form of a checkpoint.
const checkpointForm = "metainit-checkpoint-1"

// checkpoint is the file that a run goes on from after an interrupt.
type checkpoint struct {
	Schema  string              `json:"schema"`
	Tool    string              `json:"tool"` // another version may compute other numbers
	Flags   map[string][]string `json:"flags"`
	Journal *metainit.Journal   `json:"journal"`

	path    string // "" if none is to be kept
	resumed bool   // path is where the run goes on from
	written bool
}

// checkpointEvery is how often a run writes one.
const checkpointEvery = time.Minute

// What becomes of an interrupted run.
const (
	onInterruptKeep    = "keep"
	onInterruptWrite   = "write"
	onInterruptDiscard = "discard"
)

func checkpointFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Category: groupWritten, Name: "on-interrupt", Value: onInterruptKeep, Usage: "what an interrupt leaves: keep, a file OUT.metainit-state to go on from; write, the best so far; or discard, nothing"},
		&cli.StringFlag{Category: groupWritten, Name: "resume", Usage: "go on from `FILE`.metainit-state with the same numbers"},
	}
}

// checkpointPath is where a run to out keeps what it has computed; "" if it does not.
func checkpointPath(c *cli.Context, out string) string {
	switch {
	case c.IsSet("resume"):
		return c.String("resume")
	case c.String("on-interrupt") == onInterruptDiscard, c.String("on-interrupt") == "": // apply has no such flag
		return ""
	}
	return out + ".metainit-state"
}

// resume gives the command the flags of the run that it is to go on with.
func resume(c *cli.Context) (*checkpoint, error) {
	switch kind := c.String("on-interrupt"); kind {
	case onInterruptKeep, onInterruptWrite, onInterruptDiscard:
	default:
		return nil, usagef("--on-interrupt %s: give keep, write or discard", kind)
	}
	path := c.String("resume")
	if path == "" {
		return &checkpoint{Schema: checkpointForm, Tool: tool(), Journal: new(metainit.Journal)}, nil
	}
	k, err := readCheckpoint(path)
	switch {
	case err != nil:
		return nil, err
	case k.Tool != tool():
		return nil, usagef("%s: it was left by %s, and this is %s: start again", path, k.Tool, tool())
	}
	k.resumed = true
	return k, setFlags(c, path, k.Flags, computes)
}

// readCheckpoint reads what an interrupted run left.
func readCheckpoint(path string) (*checkpoint, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k := &checkpoint{Journal: new(metainit.Journal)}
	if err := json.Unmarshal(text, k); err != nil {
		return nil, fmt.Errorf("%s: not what an interrupted run leaves: %w", path, err)
	}
	if k.Schema != checkpointForm || k.Journal == nil {
		return nil, fmt.Errorf("%s: not what an interrupted run of this version leaves: its schema is %q, expected %q", path, k.Schema, checkpointForm)
	}
	return k, nil
}

// begin assigns the checkpoint to a run that writes out, before anything is computed. A file of another kind is not overwritten.
func (k *checkpoint) begin(c *cli.Context, out string) error {
	k.Flags, k.path = givenFlags(c), checkpointPath(c, out)
	if _, err := os.Stat(k.path); k.path == "" || k.resumed || err != nil { // what is wrong with the folder is said for the output
		return nil
	}
	switch _, err := readCheckpoint(k.path); {
	case err != nil:
		return fmt.Errorf("%w; move it, or leave nothing after an interrupt (--on-interrupt discard)", err)
	case !c.Bool("quiet"):
		printf(c.App.ErrWriter, "%s is of an interrupted run: --resume %s goes on with it\n", k.path, k.path)
	}
	return nil
}

// every writes the checkpoint at intervals until the returned function is called.
func (k *checkpoint) every(interval time.Duration) (stop func()) {
	ended, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case <-ended:
				return
			case <-time.After(interval):
				_ = k.write() // the run is worth more than what it would be resumed from
			}
		}
	}()
	return func() {
		close(ended)
		<-over
	}
}

func (k *checkpoint) write() error {
	if k.path == "" {
		return nil
	}
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	k.written = true
	return writeFile(k.path, append(text, '\n'))
}

// remove removes the file once it is of no use.
func (k *checkpoint) remove() {
	if k.written || k.resumed {
		os.Remove(k.path)
	}
}

// nothingWritten is the end of an interrupted run that leaves nothing.
var nothingWritten = &exit{status: statusInterrupted, message: "interrupted: nothing is written"}

// interrupted does what --on-interrupt says with an interrupted run to out that has written nothing; finish writes its best so far.
func (k *checkpoint) interrupted(c *cli.Context, model, out string, finish func() error) error {
	trials, steps := k.Journal.Steps()
	switch {
	case c.String("on-interrupt") == onInterruptDiscard:
		if !k.resumed {
			k.remove()
		}
		return nothingWritten
	case trials+steps == 0:
		return nothingWritten
	case c.String("on-interrupt") == onInterruptWrite:
		if err := finish(); err != nil {
			return err
		}
		k.remove()
		return &exit{status: statusInterrupted, message: fmt.Sprintf("interrupted after %d trials and %d steps: %s has the best so far", trials, steps, out)}
	}
	if err := k.write(); err != nil {
		return fmt.Errorf("interrupted, and what was computed cannot be kept: %w", err)
	}
	return &exit{status: statusInterrupted, message: fmt.Sprintf("interrupted after %d trials and %d steps, which are kept: metainit run %s -o %s --resume %s goes on", trials, steps, model, out, k.path)}
}
