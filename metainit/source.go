package metainit

import (
	"fmt"
	"math/rand/v2"

	"onnx-metainit/autodiff"
	"onnx-metainit/autodiff/lower"
)

// source gives a variable of the graph its values: the same ones always, or
// fresh noise for each batch.
type source struct {
	node  *autodiff.Node
	fixed []float64
	draw  func(*rand.Rand) float64
}

// batch writes the values of batch k of a stream of noise into a program. The
// same seed and k give the same batch.
func writeBatch(prog *autodiff.Program, sources []source, seed, k uint64) {
	rng := rand.New(rand.NewPCG(seed, k))
	for _, s := range sources {
		if s.fixed != nil {
			prog.Write(s.node, 0, s.fixed)
			continue
		}
		data := make([]float64, s.node.Size())
		for i := range data {
			data[i] = s.draw(rng)
		}
		prog.Write(s.node, 0, data)
	}
}

func normal(rng *rand.Rand) float64 { return rng.NormFloat64() }

func always(v float64) func(*rand.Rand) float64 {
	return func(*rand.Rand) float64 { return v }
}

// inputSource is the data that was given for an input, or noise by what the
// model does with it: normal for values, rows of the table for indices, ones
// for masks and other whole numbers.
func inputSource(in *lower.Input, given *Array) (source, error) {
	s := source{node: in.Node}
	isFloat := isReal(in.DataType)
	if given != nil {
		low, high := limits(in.DataType)
		for i, v := range given.Data {
			switch {
			case !allFinite(v):
				return s, fmt.Errorf("input %q: element %d is %v: give finite data", in.Name, i, v)
			case v < low || v > high:
				return s, fmt.Errorf("input %q holds elements from %.0f to %.0f, but element %d of the data is %v", in.Name, low, high, i, v)
			case !isFloat && v != float64(int64(v)):
				return s, fmt.Errorf("input %q holds whole numbers, but element %d of the data is %v", in.Name, i, v)
			case in.Refuses(i, v) != "":
				return s, fmt.Errorf("input %q: element %d is %v, %s", in.Name, i, v, in.Refuses(i, v))
			}
		}
		s.fixed = given.Data
		return s, nil
	}
	switch {
	case in.Use == lower.UseIndex && in.TableRows > 0:
		s.draw = uniform(in.TableRows)
	case isFloat && in.Use != lower.UseMask:
		s.draw = normal
	default:
		s.draw = always(1)
	}
	return s, nil
}
