package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"
)

// console is the standard error. Messages and lines of progress are not interleaved. On a terminal the line of progress is
// cleared before anything else is written, and what the page holds is written before a message.
type console struct {
	mu    sync.Mutex
	w     io.Writer
	said  time.Time // when it was written to last, or the command began
	drawn bool      // a line of progress is on the screen
	ended bool      // there will be no other
	page  *page     // the standard output, if there is one
}

func newConsole(w io.Writer) *console { return &console{w: w, said: time.Now()} }

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.page != nil && isTerminal(c.page.w) {
		c.page.b.Flush() // its error stays with it
	}
	c.erase()
	c.said = time.Now()
	if _, err := c.w.Write(wrapped(p, columns(c.w))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// draw replaces the line of progress, cut to the width. It leaves the cursor at the line's beginning: if the terminal becomes
// narrower and breaks the line, all of it is behind the cursor and is cleared with the next one. The screen is never cleared as a
// whole, which some terminals take as a reason to keep its content.
func (c *console) draw(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.said, c.drawn = time.Now(), true
	c.w.Write([]byte(noBreak + "\r" + text.Trim(visible(line), max(columns(c.w), 2)-1) + clearRest + mayBreak))
}

// clear takes the line of progress away.
func (c *console) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.erase()
}

// end clears it for good: after an interrupt a computation that still runs shows nothing more.
func (c *console) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.erase()
}

func (c *console) erase() {
	if c.drawn {
		c.drawn = false
		c.w.Write([]byte("\r " + clearRest))
	}
}

// clearRest clears what is behind the cursor and below, and goes back to the beginning of the line.
const clearRest = "\x1b[J\r"

// Between these a terminal breaks no line, also one that it just became too narrow for.
const (
	noBreak  = "\x1b[?7l"
	mayBreak = "\x1b[?7h"
)

// silent is how long nothing has been written.
func (c *console) silent() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.said)
}

// page is the standard output. It may be the same terminal as the console.
type page struct {
	console *console
	w       io.Writer
	b       *bufio.Writer
}

func newPage(c *console, w io.Writer) *page {
	p := &page{console: c, w: w}
	p.b = bufio.NewWriter(below{p})
	c.page = p
	return p
}

func (p *page) Write(text []byte) (int, error) {
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	return p.b.Write(text)
}

// Flush writes what is held. The error is that of the first write that failed.
func (p *page) Flush() error {
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	return p.b.Flush()
}

// below is where a page goes, after the line of progress is taken away.
type below struct{ *page }

func (b below) Write(text []byte) (int, error) {
	if isTerminal(b.w) {
		b.console.erase()
	}
	return b.w.Write(text)
}

// silence is how long a command may work without a word.
const silence = 500 * time.Millisecond

// during says on the standard error what a command does, such as "reading model.onnx", if that takes a while: on a terminal in a
// line that is cleared afterwards. A quiet command says nothing, a verbose one how long it took. It ends when the returned
// function or during itself is called.
func during(c *cli.Context, format string, args ...any) (over func()) {
	if c.Bool("quiet") {
		return func() {}
	}
	w := c.App.ErrWriter.(*console)
	if c.Bool("verbose") {
		began := time.Now()
		return sync.OnceFunc(func() { printf(w, "%s: %s\n", fmt.Sprintf(format, args...), durationText(time.Since(began))) })
	}
	wait := silence - w.silent()
	if redraws(w) {
		return newPhase(w, format, args...).start(wait)
	}
	timer := time.AfterFunc(wait, func() { _ = printf(w, format+"\n", args...) })
	return func() { timer.Stop() }
}

// file returns the file that a writer of a command goes to, nil if it goes to none.
func file(w io.Writer) *os.File {
	switch to := w.(type) {
	case *console:
		w = to.w
	case *page:
		w = to.w
	}
	f, _ := w.(*os.File)
	return f
}
