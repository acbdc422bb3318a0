package metainit

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"onnx-metainit/autodiff"
)

// checkSamples refuses samples that do not fit the problem.
func (p *Problem) checkSamples(d *Dataset) error {
	if p.opt.Data == nil {
		return fmt.Errorf("samples to test on are for trials on samples: give these too")
	}
	var known []string
	for _, in := range p.lowered.Inputs {
		a := d.arrays[in.Name]
		if p.opt.Data.arrays[in.Name] == nil {
			continue
		}
		known = append(known, in.Name)
		if a == nil {
			return fmt.Errorf("there is no array for the input %q", in.Name)
		}
		if !slices.Equal(a.Shape[1:], in.Shape[1:]) {
			return fmt.Errorf("input %q: the samples have shape %v, expected %v%s", in.Name, a.Shape[1:], in.Shape[1:], a.origin())
		}
		if err := cmp.Or(checkData(in.Name, in.DataType, a), checkPicks(in, a)); err != nil {
			return err
		}
	}
	for _, l := range p.losses {
		if l.target == nil {
			continue
		}
		name := d.target(l.output.Name)
		if name == "" {
			return fmt.Errorf("there is no target for the output %q: name an array %q", l.output.Name, OnlyTarget)
		}
		known = append(known, name)
		a, batch := d.arrays[name], l.target.Shape()
		if len(batch) == 0 || !sameButOnes(a.Shape[1:], batch[1:]) {
			return fmt.Errorf("target: the samples have shape %v, those of a batch %v%s", a.Shape[1:], batch, a.origin())
		}
		kept := 0.0
		if err := l.convert(a, func(_ int, _, k float64) { kept += k }); err != nil {
			return err
		}
		if l.kept != nil && kept == 0 {
			return fmt.Errorf("target: all labels are left out of the mean")
		}
	}
	for name := range d.arrays {
		if !slices.Contains(known, name) && p.opt.Data.arrays[name] == nil {
			return fmt.Errorf("there is an array %q that no input or output needs", name)
		}
	}
	return nil
}

// addSamples adds the weights of the samples of a batch to the graph.
func (p *Problem) addSamples(graph *autodiff.Graph, n int) {
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = 1
	}
	p.samples = graph.Variable("samples", n)
	p.sources = append(p.sources, source{node: p.samples, fixed: weights})
}

// batchSize is the number of samples in a batch.
func (p *Problem) batchSize() int { return p.samples.Size() }

// samplesOf returns a batch of the samples with the indices, filled up with the last of them, and how many terms of each loss
// count in it. Their elements are put into rooms.
func (p *Problem) samplesOf(d *Dataset, indices []int, rooms batch) (b batch, counts []float64) {
	b = make(batch)
	weights := rooms.room(p.samples, p.batchSize())
	for i := range weights {
		if weights[i] = 1; i >= len(indices) {
			weights[i] = 0
		}
	}
	all := slices.Clone(indices)
	for len(all) < len(weights) {
		all = append(all, indices[len(indices)-1])
	}
	b[p.samples] = weights
	for _, s := range p.sources {
		if b[s.node] == nil {
			b[s.node] = s.fixed
		}
	}
	for _, in := range p.lowered.Inputs {
		if _, ok := b[in.Node]; ok && d.arrays[in.Name] != nil {
			x := rooms.room(in.Node, in.Node.Size())[:0]
			for _, i := range all {
				x = append(x, d.row(in.Name, i)...)
			}
			b[in.Node] = x
		}
	}
	for _, l := range p.losses {
		count := float64(l.terms.Size())
		if l.weighed {
			count *= float64(len(indices)) / float64(len(weights))
		}
		if l.target == nil {
			counts = append(counts, count)
			continue
		}
		y, name := rooms.room(l.target, l.target.Size()), d.target(l.output.Name)
		var kept []float64
		if l.kept != nil {
			kept = rooms.room(l.kept, len(y))
		}
		sample, start := *d.arrays[name], 0
		for _, i := range all {
			sample.Data = d.row(name, i)
			err := l.convert(&sample, func(e int, v, k float64) {
				if y[start+e] = v; kept != nil {
					kept[start+e] = k
				}
			})
			if err != nil {
				panic("metainit: samples that were not checked: " + err.Error())
			}
			start += len(sample.Data)
		}
		b[l.target] = y
		if l.kept != nil {
			b[l.kept] = kept
			count = 0
			for i, k := range kept {
				count += k * weights[i*len(weights)/len(kept)]
			}
		}
		counts = append(counts, count)
	}
	return b, counts
}

// training returns a function that draws batches of a dataset: all samples once in an epoch, in an order of its own each.
func (p *Problem) training(d *Dataset, seed uint64) func(step int) batch {
	n := p.batchSize()
	steps := d.size / n
	rooms := make(batch)
	var permutation []int
	epoch := -1
	return func(step int) batch {
		if step/steps != epoch {
			epoch = step / steps
			permutation = rand.New(rand.NewPCG(seed, uint64(epoch))).Perm(d.size)
		}
		b, counts := p.samplesOf(d, permutation[step%steps*n:][:n], rooms)
		for i, l := range p.losses {
			if l.kept == nil || counts[i] == 0 {
				continue
			}
			for k := range b[l.kept] { // the graph divides by the first batch's count
				b[l.kept][k] *= l.count / counts[i]
			}
		}
		return b
	}
}

// weigh multiplies the terms of a loss by the weight of their sample, 1 or 0, if their first axis is that of the samples, or
// of the samples' parts.
func (p *Problem) weigh(l *loss) {
	n, rank := p.batchSize(), l.terms.Rank()
	if rank == 0 || l.terms.Shape()[0] == 0 || l.terms.Shape()[0]%n != 0 {
		return
	}
	shape := slices.Repeat([]int{1}, rank)
	shape[0] = l.terms.Shape()[0]
	parts := autodiff.BroadcastTo(autodiff.Reshape(p.samples, n, 1), n, shape[0]/n)
	weights := autodiff.Reshape(parts, shape...)
	l.terms, l.weighed = autodiff.Mul(l.terms, weights), true
	if l.right != nil {
		l.right = autodiff.Mul(l.right, weights)
	}
}

// weighed reports whether all losses are.
func (p *Problem) weighed() bool {
	return !slices.ContainsFunc(p.losses, func(l *loss) bool { return !l.weighed })
}
