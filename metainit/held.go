package metainit

import (
	"fmt"
	"math"

	"onnx-metainit/onnxio/onnxpb"
)

// greatestNumber is the greatest finite number of the types that can be rescaled.
var greatestNumber = map[onnxpb.TensorProto_DataType]float64{
	onnxpb.TensorProto_FLOAT16:  65504,
	onnxpb.TensorProto_BFLOAT16: 0x1.fep127,
	onnxpb.TensorProto_FLOAT:    math.MaxFloat32,
	onnxpb.TensorProto_DOUBLE:   math.MaxFloat64,
}

// mostFactor is the greatest factor f for which the file can hold the weight: max|w|·f is a number of the tensor's type, with
// room for the rounding of logarithms. It is 1 at least.
func (p *Parameter) mostFactor() float64 {
	const room = 1e-9
	greatest := max(p.spread.greatest, -p.spread.least)
	if !(greatest > 0) {
		return math.Inf(1)
	}
	return max(1, (1-room)*greatestNumber[p.Tensor.DataType]/greatest)
}

// held returns the factor, or the one of the same sign nearest to it that the file can hold.
func (p *Parameter) held(factor float64) float64 {
	return math.Copysign(min(math.Abs(factor), p.mostFactor()), factor)
}

// unheld returns why the file cannot hold the weights times some factors, by counted parameter.
func (p *Problem) unheld(factors []float64) error {
	for j, par := range p.counted {
		if f := factors[j]; par.rescaled() && math.Abs(f) > par.mostFactor() {
			return fmt.Errorf("the factor of %q is %.4g, and its type %s holds its elements times %.4g at most", par.Name, f, par.DType, par.mostFactor())
		}
	}
	return nil
}
