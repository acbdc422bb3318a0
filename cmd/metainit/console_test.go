package main

import (
	"bytes"
	"flag"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// TestDuring: what takes long is said, what does not is not, and a quiet command says nothing.
func TestDuring(t *testing.T) {
	for _, c := range []struct {
		quiet  bool
		before time.Duration // of silence
		takes  time.Duration
		want   string
	}{
		{false, 0, silence + 200*time.Millisecond, `reading a\nb` + "\n"},
		{false, 0, 0, ""},
		{true, 0, silence + 200*time.Millisecond, ""},
		{false, silence, 200 * time.Millisecond, `reading a\nb` + "\n"},
	} {
		var b bytes.Buffer
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		flags.Bool("quiet", c.quiet, "")
		stderr := newConsole(&b)
		stderr.said = stderr.said.Add(-c.before)
		over := during(cli.NewContext(&cli.App{ErrWriter: stderr}, flags, nil), "reading %s", "a\nb")
		time.Sleep(c.takes)
		over()
		time.Sleep(silence)
		stderr.mu.Lock()
		if b.String() != c.want {
			t.Errorf("%+v: got %q", c, b.String())
		}
		stderr.mu.Unlock()
	}
}
