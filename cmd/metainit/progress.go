package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"onnx-metainit/metainit"
)

// progress shows where a run is: on a terminal in one line that is redrawn, elsewhere by a new line now and then.
type progress struct {
	w         *console
	objective string // what tuning lowers
	terminal  bool
	verbose   bool // what each phase took is said when it is over
	now       func() time.Time
	over      func() // called first: what was done before there is progress is over; nil: nothing

	mu    sync.Mutex
	phase phase
	shown time.Time // when a line was printed last, where there is no terminal
	stop  func()    // ends the drawing; nil: it has not begun
}

// phase is a part of the work.
type phase struct {
	name        string // such as "tuning"
	began       time.Time
	done, total int       // steps; a total of 0 is not known
	first       time.Time // when the first step was made: from then on a step is timed
	value       string    // what its numbers are, such as LGQ
	values      []float64
}

// How often the line is redrawn, and how often there is a new one.
const (
	redrawEvery = 100 * time.Millisecond
	lineEvery   = 10 * time.Second
)

func newProgress(w io.Writer, objective string) *progress {
	return &progress{w: w.(*console), objective: objective, terminal: redraws(w), now: time.Now}
}

// newPhase is the progress of something that has no steps.
func newPhase(w io.Writer, format string, args ...any) *progress {
	p := newProgress(w, "")
	p.phase = phase{name: fmt.Sprintf(format, args...), began: p.now()}
	return p
}

// show is called after every step of tuning.
func (p *progress) show(at metainit.Progress) {
	p.begin()
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.Step == 1 {
		p.enter("tuning")
		p.phase.first = p.now()
	}
	p.phase.add(at.Step, at.Steps, p.objective, at.Objective)
	left := ""
	if at.Step > 1 {
		left = fmt.Sprintf(", %v left", p.phase.left(p.now()).Round(time.Second))
	}
	p.line(at.Step == 1 || at.Step == at.Steps, "step %d of %d, %s %.4g%s", at.Step, at.Steps, p.objective, at.Objective, left)
}

// trial is called before each trial.
func (p *progress) trial(done, total int, contestant, task string) {
	p.begin()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enter(trialName(done, total, contestant, task))
	p.line(done == 0, "trial %d of %d: %s, task %s", done+1, total, contestant, task)
}

// train is called after each step of a trial. Of trials that are made at once it shows the one that began last.
func (p *progress) train(done, total int, contestant, task string, step, steps int, loss float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase.name != trialName(done, total, contestant, task) || step <= p.phase.done {
		return
	}
	if p.phase.done == 0 {
		p.phase.first = p.now()
	}
	p.phase.add(step, steps, "loss", loss)
	p.line(false, "trial %d of %d: %s, task %s, step %d of %d, loss %.4g", done+1, total, contestant, task, step, steps, loss)
}

func trialName(done, total int, contestant, task string) string {
	return fmt.Sprintf("trial %d of %d: %s, %s", done+1, total, contestant, task)
}

// next is called when another part of the work begins.
func (p *progress) next(name string) {
	p.begin()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enter(name)
}

// enter begins a phase.
func (p *progress) enter(name string) {
	p.leave()
	p.phase = phase{name: name, began: p.now()}
}

// leave ends the phase.
func (p *progress) leave() {
	if p.verbose && p.phase.name != "" {
		printf(p.w, "%s: %s\n", p.phase.name, durationText(p.now().Sub(p.phase.began)))
	}
	p.phase = phase{}
}

// line prints a line where there is no terminal, if it is urgent or the last one was long ago.
func (p *progress) line(urgent bool, format string, args ...any) {
	if now := p.now(); !p.terminal && (urgent || now.Sub(p.shown) >= lineEvery) {
		p.shown = now
		printf(p.w, format+"\n", args...)
	}
}

// begin ends what was shown before, and begins to draw.
func (p *progress) begin() {
	if p.over != nil {
		p.over()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal && p.stop == nil {
		p.stop = p.draws(0)
	}
}

// start draws after a while, until the returned function is called.
func (p *progress) start(wait time.Duration) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop = p.draws(wait)
	return p.clear
}

// draws draws the line after a while and from then on again and again.
func (p *progress) draws(wait time.Duration) (stop func()) {
	var timer *time.Timer
	stopped := false
	timer = time.AfterFunc(max(wait, 0), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !stopped {
			p.draw()
			timer.Reset(redrawEvery)
		}
	})
	return func() {
		stopped = true
		timer.Stop()
	}
}

// clear ends the drawing, and leaves the line free for what comes next.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
		p.stop = nil
		p.w.clear()
	}
	p.leave()
}

// draw shows the phase.
func (p *progress) draw() { p.w.draw(p.phase.text(p.now(), columns(p.w)-1)) }

// add notes a step, and what came of it.
func (f *phase) add(step, steps int, name string, value float64) {
	f.done, f.total, f.value = step, steps, name
	f.values = append(f.values, value)
}

// left estimates how long the remaining steps take, by the time of those since the first.
func (f *phase) left(now time.Time) time.Duration {
	if f.done < 2 {
		return 0
	}
	return now.Sub(f.first) / time.Duration(f.done-1) * time.Duration(f.total-f.done)
}

// The lengths of the bar and of the curve in a line of progress.
const (
	barLength      = 6
	progressCurves = 12
)

// text returns the line for so many columns: what matters most first, and as much of the rest as there is room for.
func (f *phase) text(now time.Time, width int) string {
	if f.total == 0 {
		took := ""
		if d := now.Sub(f.began).Truncate(time.Second); d > 0 {
			took = durationText(d)
		}
		return f.within(width, took)
	}
	parts := []string{fmt.Sprintf("%d/%d", f.done, f.total)}
	if f.done > 1 {
		rate := float64(f.done-1) / max(now.Sub(f.first).Seconds(), 1e-9)
		parts = append(parts, durationText(f.left(now))+" left", doneBar(float64(f.done)/float64(f.total), barLength),
			fmt.Sprintf("%s %.4g", f.value, f.values[len(f.values)-1]), sparkline(f.values, progressCurves), rateText(rate))
	}
	return f.within(width, parts...)
}

// rateText is how many steps are made in a second, or how long one takes.
func rateText(rate float64) string {
	if rate >= 1 {
		return rounded(rate) + "/s"
	}
	return durationText(time.Duration(float64(time.Second)/rate)) + " each"
}

// within returns the name and as many parts as fit. For the first part the name is cut if it has to be.
func (f *phase) within(width int, parts ...string) string {
	room := width - columnsOf(parts[0]) - gap
	line := cutEnd(visible(f.name), max(room, 1)) + strings.Repeat(" ", gap) + parts[0]
	for _, part := range parts[1:] {
		if columnsOf(line)+gap+columnsOf(part) > width {
			break
		}
		line += strings.Repeat(" ", gap) + part
	}
	return line
}
