package metainit

import (
	"fmt"
	"math"
	"onnx-metainit/onnxio"
)

// mostFactor is the greatest factor f for which files can hold the weight: max|w|·f is a number of the type of each tensor that
// holds it, with room for the rounding of logarithms. It is 1 at least.
func (p *Parameter) mostFactor() float64 {
	most, _ := p.tightest()
	return most
}

// tightest returns mostFactor and the type that it comes from, with the tensor if that is of another file.
func (p *Parameter) tightest() (most float64, of string) {
	const room = 1e-9
	greatest := max(p.spread.greatest, -p.spread.least)
	if !(greatest > 0) {
		return math.Inf(1), ""
	}
	most, of = (1-room)*greatestOf(p.Tensor)/greatest, "its type "+p.DType
	for _, c := range p.elsewhere {
		rounded := greatest * (1 + toleranceOf(c.tensor.DataType).relative) // at most
		if f := greatestOf(c.tensor) / rounded; f < most {
			most, of = f, fmt.Sprintf("tensor %q of %s, of type %s,", c.Target, c.file.Path, c.tensor.DataType.Name())
		}
	}
	return max(1, most), of
}

func greatestOf(t *onnxio.Tensor) float64 {
	_, greatest := t.DataType.Range()
	return greatest
}

// held returns the factor, or the one of the same sign nearest to it that files can hold.
func (p *Parameter) held(factor float64) float64 {
	return math.Copysign(min(math.Abs(factor), p.mostFactor()), factor)
}

// unheld returns why a file cannot hold the weights times some factors, by counted parameter.
func (p *Problem) unheld(factors []float64) error {
	for j, par := range p.counted {
		most, of := par.tightest()
		if f := factors[j]; par.rescaled() && math.Abs(f) > most {
			return fmt.Errorf("the factor of %q is %.4g, and %s holds its elements times %.4g at most", par.Name, f, of, most)
		}
	}
	return nil
}
