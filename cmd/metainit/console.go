package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
)

// console is the standard error: messages, progress and signs of life come whole.
type console struct {
	mu sync.Mutex
	w  io.Writer
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.w.Write(p)
}

// isTerminal reports whether w is a device that shows characters.
func isTerminal(w io.Writer) bool {
	if c, ok := w.(*console); ok {
		w = c.w
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// silence is how long a command may work without a word.
const silence = 500 * time.Millisecond

// during says on the standard error what a command does, such as "reading model.onnx", if that is not over soon; a quiet
// command says nothing. It is over when the function is called that it returns, or is called again.
func during(c *cli.Context, format string, args ...any) (over func()) {
	if c.Bool("quiet") {
		return func() {}
	}
	timer := time.AfterFunc(silence, func() { _ = printf(c.App.ErrWriter, format+"\n", args...) })
	return func() { timer.Stop() }
}
