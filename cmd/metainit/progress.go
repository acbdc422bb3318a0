package main

import (
	"fmt"
	"io"
	"time"

	"onnx-metainit/metainit"
)

// progress shows where a run is: on a terminal in one line that is drawn again and again, elsewhere by a line now and then.
type progress struct {
	w         io.Writer
	objective string // what is lowered
	terminal  bool
	now       func() time.Time
	over      func() // called first: what was done before there is progress is over; nil: nothing

	first, shown time.Time // when the first step was made, when something was shown last
}

// How often the line is drawn again, and how often there is a new one.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 10 * time.Second
)

func newProgress(w io.Writer, objective string) *progress {
	return &progress{w: w, objective: objective, terminal: isTerminal(w), now: time.Now}
}

// show is called after every step.
func (p *progress) show(at metainit.Progress) {
	p.begin()
	every, head, tail := lineEvery, "", "\n"
	if p.terminal {
		every, head, tail = redrawEvery, "\r\x1b[K", ""
	}
	now := p.now()
	if at.Step == 1 {
		p.first = now
	} else if at.Step < at.Steps && now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	left := ""
	if at.Step > 1 {
		each := now.Sub(p.first) / time.Duration(at.Step-1)
		left = fmt.Sprintf(", %v left", (each * time.Duration(at.Steps-at.Step)).Round(time.Second))
	}
	printf(p.w, head+"step %d of %d, %s %.4g%s"+tail, at.Step, at.Steps, p.objective, at.Objective, left)
}

// trial is called before each trial.
func (p *progress) trial(done, total int, contestant, task string) {
	p.begin()
	every, head, tail := lineEvery, "", "\n"
	if p.terminal {
		every, head, tail = redrawEvery, "\r\x1b[K", ""
	}
	now := p.now()
	if done > 0 && now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	printf(p.w, head+"trial %d of %d: %s, task %s"+tail, done+1, total, contestant, task)
}

func (p *progress) begin() {
	if p.over != nil {
		p.over()
	}
}

// clear leaves the line free for what comes next.
func (p *progress) clear() {
	if p.terminal {
		printf(p.w, "\r\x1b[K")
	}
}
