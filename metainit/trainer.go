package metainit

import (
	"fmt"
	"sync/atomic"

	"onnx-metainit/autodiff"
)

// trainer trains all parameters of a problem: a program of the loss, its gradients and the optimizer's step. It starts
// again from other weights and factors as often as one likes.
type trainer struct {
	p       *Problem
	prog    *autodiff.Program
	descent *descent
	stepped []*autodiff.Node // what a step computes
	exam    *examination     // of samples to test on; nil if there are none
	rate    float64
	weights []*Parameter // what it starts from
	steps   int          // since reset

	// Of this and its copies.
	running *atomic.Int32 // how many are in a trial
	turns   chan struct{} // as many of them as there are threads make a step at once
}

// newTrainer plans a trainer; start gives it memory.
func (p *Problem) newTrainer(o Optimizer) (*trainer, error) {
	t := &trainer{p: p, weights: p.parameters, running: new(atomic.Int32), turns: make(chan struct{}, p.threads())}
	err := autodiff.Maybe(func() {
		var theta []*autodiff.Node
		for _, par := range p.counted {
			theta = append(theta, par.node)
		}
		t.descent = newDescent(o, theta, autodiff.Grad(p.loss, theta))
		t.stepped = []*autodiff.Node{p.loss}
		for _, u := range t.descent.updates {
			t.stepped = append(t.stepped, u.Next)
		}
		if p.opt.TestData != nil {
			t.exam = p.newExamination()
		}
	})
	if err != nil {
		return nil, err
	}
	t.prog, err = p.planned(p.opt.Precision, t.outputs(), t.descent.updates...)
	return t, err
}

func (t *trainer) outputs() []*autodiff.Node { return append(t.exam.outputs(), t.stepped...) }

func (t *trainer) start() (err error) {
	t.prog, err = t.p.compile(t.p.opt.Precision, t.outputs(), t.descent.updates...)
	return err
}

func (t *trainer) close() { t.prog.Close() }

// copy returns another trainer that can be at work at the same time.
func (t *trainer) copy() (*trainer, error) {
	c := *t
	var err error
	c.prog, err = t.prog.Copy()
	return &c, err
}

// reset makes the parameters the weights, times a factor each (nil: 1), and forgets the steps made.
func (t *trainer) reset(factors []float64) error {
	t.steps = 0
	if err := t.p.writeAll(t.prog, t.weights); err != nil {
		return err
	}
	for j, f := range factors {
		if f != 1 {
			t.prog.Scale(t.p.counted[j].node, f)
		}
	}
	for _, v := range t.descent.state {
		t.prog.Fill(v, 0)
	}
	return nil
}

// step makes one step on a batch and returns the loss before it.
func (t *trainer) step(b batch) (loss float64, err error) {
	t.turns <- struct{}{}
	defer func() { <-t.turns }()
	t.steps++
	b.write(t.prog)
	t.prog.Fill(t.descent.rate, t.rate)
	for v, value := range t.descent.biases(t.steps) {
		t.prog.Fill(v, value)
	}
	t.prog.Alone(t.running.Load() > 1)
	if err := t.prog.Run(t.stepped...); err != nil {
		return 0, fmt.Errorf("step %d of a trial: %w", t.steps, err)
	}
	return t.prog.Read(t.p.loss)[0], nil
}
