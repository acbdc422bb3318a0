package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"onnx-metainit/metainit"
)

// TestProgress: where there is no terminal there is a line now and then.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	clock := time.Unix(1, 0)
	p := newProgress(newConsole(&out), "GQ")
	p.now = func() time.Time { return clock }
	for done, name := range []string{"keep", "he", "lsuv"} {
		p.trial(done, 3, name, "means")
		for step := 1; step <= 2; step++ {
			clock = clock.Add(3 * time.Second)
			p.train(done, 3, name, "means", step, 2, 1.5)
			p.train(done, 3, "another at the same time", "means", step, 2, 9.5)
		}
	}
	for step := 1; step <= 5; step++ {
		clock = clock.Add(7 * time.Second)
		p.show(metainit.Progress{Step: step, Steps: 5, Objective: 0.123456})
	}
	p.clear()
	const want = "trial 1 of 3: keep, task means\ntrial 2 of 3: he, task means, step 2 of 2, loss 1.5\n" +
		"step 1 of 5, GQ 0.1235\nstep 3 of 5, GQ 0.1235, 14s left\nstep 5 of 5, GQ 0.1235, 0s left\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestPhaseText: the line of a terminal has what matters most, and is never longer than the terminal is wide.
func TestPhaseText(t *testing.T) {
	start := time.Unix(1, 0)
	f := &phase{name: "tuning 層\n", began: start, first: start}
	for step := range 12 {
		f.add(step+1, 20, "LGQ", 2-float64(step)/10)
	}
	for width, want := range map[int]string{
		100: `tuning 層\n  12/20  4 s left  ███▌··  LGQ 0.9  ██▇▆▆▅▄▃▃▂▁▁  2.2/s`,
		45:  `tuning 層\n  12/20  4 s left  ███▌··  LGQ 0.9`,
		44:  `tuning 層\n  12/20  4 s left  ███▌··`,
		30:  `tuning 層\n  12/20  4 s left`,
		14:  `tuning…  12/20`,
	} {
		if got := f.text(start.Add(5*time.Second), width); got != want {
			t.Errorf("%d: got %q, want %q", width, got, want)
		}
	}
	for width := 1; width < 100; width++ {
		if got := f.text(start.Add(5*time.Second), width); width > 8 && text.StringWidth(got) > width {
			t.Errorf("%d: %q is too long", width, got)
		}
	}
}

// TestConsoleDraw: a line of progress is cleared by the next, and by messages; the cursor is left at its beginning.
func TestConsoleDraw(t *testing.T) {
	var out bytes.Buffer
	c := newConsole(&out)
	c.draw("one")
	c.draw("two\n")
	printf(c, "message\n")
	printf(c, "message\n")
	c.draw("three")
	c.clear()
	c.clear()
	c.end()
	c.draw("four")
	got := strings.NewReplacer(clearRest, "<clear>", noBreak, "", mayBreak, "").Replace(out.String())
	if want := "\ro<clear>\rt<clear>\r <clear>message\nmessage\n\rt<clear>\r <clear>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
