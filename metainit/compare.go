package metainit

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// Compare trains the weights of several models on the same tasks: those of the problem's own, and of
// others that are the same model with other weights, such as tunings of it. The graph is the problem's; all have names.
//
// The errors are those of Race, and that of a model that lacks a tensor of the problem's, or has it in another shape.
func (p *Problem) Compare(ctx context.Context, name string, others []NamedModel, opt RaceOptions) (_ *Contest, err error) {
	defer autodiff.Caught(&err)
	defer p.Until(p.Until(ctx))
	q := p.small(ctx, opt.BatchNorm)
	m, err := newMaker(q)
	if err != nil {
		return nil, p.noTrial(err)
	}
	contestants := []*Contestant{{Name: name, Trials: []*Trial{}, weights: q.parameters}}
	for _, other := range others {
		weights, err := q.standIns(other.Model)
		if err != nil {
			return nil, fmt.Errorf("%s: not the same model as %s with other weights: %w", other.Name, name, err)
		}
		contestants = append(contestants, &Contestant{Name: other.Name, Trials: []*Trial{}, weights: weights})
	}
	c, err := q.newContest(m, opt.Contest, len(contestants))
	if err != nil {
		return nil, err
	}
	if err := p.fits("a comparison by trials", c.holds(p, q)); err != nil {
		return nil, err
	}
	if err := c.begin(); err != nil {
		return nil, err
	}
	defer c.close()
	if err := c.enter(ctx, contestants...); err != nil {
		return nil, err
	}
	if err := c.goOn(ctx); err != nil {
		return nil, err
	}
	return c, c.photoFinish(ctx)
}

// NamedModel is a model and what it is called in tables.
type NamedModel struct {
	Name  string
	Model *onnxio.Model
}

// standIns returns the parameters of the problem with the elements that the tensors of the same names have in another model.
func (p *Problem) standIns(m *onnxio.Model) ([]*Parameter, error) {
	own, theirs := names(p.model), make(map[string]*onnxio.Tensor)
	for t, name := range names(m) {
		theirs[name] = t
	}
	list := make([]*Parameter, len(p.parameters))
	for i, par := range p.parameters {
		name := own[par.Tensor]
		t := theirs[name]
		switch {
		case t == nil:
			return nil, fmt.Errorf("it has no tensor %q", name)
		case !slices.Equal(t.Shape, par.Tensor.Shape) || !t.IsFloat():
			return nil, fmt.Errorf("its tensor %q is %v %v, expected %v %v", name, t.DataType, t.Shape, par.Tensor.DataType, par.Tensor.Shape)
		}
		list[i] = &Parameter{Tensor: t, node: par.node, factor: 1}
	}
	return list, nil
}

// Verdict says which contestant makes most progress, and, of several seeds, whether that may be noise.
func (c *Contest) Verdict() string {
	best := c.best()
	if best.Progress < learned {
		return fmt.Sprintf("none learns anything in %d steps", c.Steps)
	}
	second := c.second(best)
	if second == nil {
		return fmt.Sprintf("%s learns: there is nothing to compare it with", best.Name)
	}
	if lead := c.lead(best, second); lead != "" {
		return lead
	}
	return fmt.Sprintf("%s is ahead of %s by %.3g in one seed, which does not tell whether that is noise", best.Name, second.Name, best.Progress-second.Progress)
}

// second is the contestant that makes most progress after the best; nil if there is none.
func (c *Contest) second(best *Contestant) *Contestant {
	var second *Contestant
	for _, who := range c.Contestants {
		if who != best && who.Out == "" && !who.behind && (second == nil || who.Progress > second.Progress) {
			second = who
		}
	}
	return second
}

// certainty is that of the t-test by which a difference is more than noise, on both sides.
const certainty = 0.95

// lead says how far one contestant is ahead of another, and whether the difference, seed by seed, is more than noise; "" if
// there is one seed.
func (c *Contest) lead(a, b *Contestant) string {
	differences, others := bySeed(a.Trials), bySeed(b.Trials)
	if len(differences) < 2 {
		return ""
	}
	for seed, other := range others {
		differences[seed] -= other
	}
	mean, spread := meanAndSpread(differences)
	verdict := "which may be noise"
	n := float64(len(differences))
	if t := (distuv.StudentsT{Sigma: 1, Nu: n - 1}); mean > t.Quantile((1+certainty)/2)*spread/math.Sqrt(n) {
		verdict = "more than noise"
	}
	return fmt.Sprintf("%s is ahead of %s by %.3g ± %.2g in %d seeds, %s", a.Name, b.Name, mean, spread, len(differences), verdict)
}
