package metainit

import (
	"cmp"
	"fmt"
	"math/rand/v2"

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
		return s, "the given data", cmp.Or(checkData(in.Name, in.DataType, given), checkPicks(in, given))
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
