package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestHelp: every flag is in a group that the help shows, and at any width no line is too long and every flag is there.
func TestHelp(t *testing.T) {
	app := newApp(io.Discard, io.Discard)
	for _, c := range app.Commands {
		for _, width := range []int{24, 30, 59, 60, 80, 100} {
			help := commandHelp(c, width)
			for _, line := range strings.Split(help, "\n") {
				if columnsOf(line) > width {
					t.Errorf("%s, %d: %q is too long", c.Name, width, line)
				}
			}
			for _, f := range c.Flags {
				if f.(cli.VisibleFlag).IsVisible() && width > 30 && !strings.Contains(help, "--"+f.Names()[0]) {
					t.Errorf("%s, %d: there is no --%s: its group is %q", c.Name, width, f.Names()[0], f.(cli.CategorizableFlag).GetCategory())
				}
			}
		}
		if c.Description == "" {
			t.Errorf("%s has no examples", c.Name)
		}
	}
	if text := appHelp(app, 80); !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool { return strings.HasPrefix(line, "   diff ") }) {
		t.Errorf("there is no diff:\n%s", text)
	}
}
