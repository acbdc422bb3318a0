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
	mu   sync.Mutex
	w    io.Writer
	said time.Time // when it was written to last, or the command began
}

func newConsole(w io.Writer) *console { return &console{w: w, said: time.Now()} }

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = time.Now()
	return c.w.Write(p)
}

// silent is how long nothing has been written.
func (c *console) silent() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.said)
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

// during says on the standard error what a command does, such as "reading model.onnx", if that is not over soon after its last
// word; a quiet command says nothing. It is over when the function is called that it returns, or is called again.
func during(c *cli.Context, format string, args ...any) (over func()) {
	if c.Bool("quiet") {
		return func() {}
	}
	timer := time.AfterFunc(silence-c.App.ErrWriter.(*console).silent(), func() { _ = printf(c.App.ErrWriter, format+"\n", args...) })
	return func() { timer.Stop() }
}
