package program

import "onnx-metainit/autodiff/internal/kernel"

// Layout says where the elements of a tensor are in memory. Views share the memory of their operand, and nothing is copied for
// them.
type Layout = kernel.Strided

// layoutOf is the row-major layout of a shape.
func layoutOf(shape []int) Layout { return kernel.Contiguous(shape) }
