package metainit

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// source gives a variable of the graph its values: the same ones always, or
// fresh noise for each batch.
type source struct {
	node  *autodiff.Node
	fixed []float64                // row by row; nil if draw makes them
	draw  func(*rand.Rand) float64 // one element
	same  bool                     // draw gives the same always
}

// drawn is how many elements are drawn at a time.
const drawn = 1 << 12

// writeBatch writes the values of batch k of a stream of noise into a program. The
// same seed and k give the same batch.
func writeBatch(prog *autodiff.Program, sources []source, seed, k uint64) {
	rng := rand.New(rand.NewPCG(seed, k))
	var block [drawn]float64
	for _, s := range sources {
		if s.fixed != nil {
			prog.Write(s.node, 0, s.fixed)
			continue
		}
		for start, size := 0, s.node.Size(); start < size; start += drawn {
			part := block[:min(drawn, size-start)]
			for i := range part {
				part[i] = s.draw(rng)
			}
			prog.Write(s.node, start, part)
		}
	}
}

func normal(rng *rand.Rand) float64 { return rng.NormFloat64() }

func always(v float64) func(*rand.Rand) float64 {
	return func(*rand.Rand) float64 { return v }
}

// uniform draws whole numbers from 0 to n−1.
func uniform(n int) func(*rand.Rand) float64 {
	return func(rng *rand.Rand) float64 { return float64(rng.IntN(n)) }
}

// between draws whole numbers from least to greatest.
func between(least, greatest float64) func(*rand.Rand) float64 {
	draw := uniform(int(greatest-least) + 1)
	return func(rng *rand.Rand) float64 { return least + draw(rng) }
}

// inputSource is the data that was given for an input, or noise by what the
// model does with it, and says what it is.
func inputSource(in *lower.Input, given *Array) (source, string, error) {
	s := source{node: in.Node}
	if given != nil {
		s.fixed = given.Data
		return s, "the given data", cmp.Or(checkData(in.Name, in.DataType, given), checkRows(in, given))
	}
	switch in.Use {
	case lower.UseShape:
		return s, "nothing", nil
	case lower.UseIndex, lower.UseData:
		if in.Use == lower.UseData && in.Greatest <= in.Least { // no whole numbers
			s.draw = normal
			return s, "normal noise", nil
		}
		s.draw = between(in.Least, in.Greatest)
		return s, fmt.Sprintf("uniform noise from %.0f to %.0f", in.Least, in.Greatest), nil
	}
	s.draw, s.same = always(in.Fill), true
	return s, constantText(in), nil
}

// targetSource is the target that was given, or noise of the loss's kind.
func targetSource(l *loss, given *Array) (source, error) {
	s := source{node: l.target}
	if given == nil {
		switch {
		case l.classes > 0:
			s.draw = uniform(l.classes)
		case l.binary:
			s.draw = uniform(2)
		default:
			s.draw = normal
		}
		return s, nil
	}
	if !slices.Equal(withoutOnes(given.Shape), withoutOnes(l.target.Shape())) {
		return s, fmt.Errorf("the target has shape %v, the loss (%s) needs %v", given.Shape, l.kind, l.target.Shape())
	}
	for i, v := range given.Data {
		switch {
		case !allFinite(v):
			return s, fmt.Errorf("target: element %d is %v: give finite data", i, v)
		case l.classes > 0 && (v != float64(int(v)) || v < 0 || v >= float64(l.classes)):
			return s, fmt.Errorf("target: element %d is %v, not a class from 0 to %d", i, v, l.classes-1)
		case l.binary && (v < 0 || v > 1):
			return s, fmt.Errorf("target: element %d is %v, not a probability from 0 to 1", i, v)
		}
	}
	s.fixed = given.Data
	return s, nil
}

func withoutOnes(shape []int) []int {
	var rest []int
	for _, d := range shape {
		if d != 1 {
			rest = append(rest, d)
		}
	}
	return rest
}
