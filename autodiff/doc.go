// Package autodiff builds graphs of tensor operations, differentiates them to
// any order, and compiles them into programs that run in float32 or float64.
//
// A [Graph] holds [Node]s. Every node is the result of one primitive of a small
// closed set, kept in one table (see table.go): what is known of a primitive
// (its shape rule, its derivative, its kernel) stands in its row. Because each
// derivative rule is written with the same builders that users call, a
// derivative is again a graph of primitives, and [Grad], [VJP] and [JVP] can be
// applied to their own results.
//
// Tensors hold real numbers only. Whole numbers (indices, token ids) are whole
// reals, truth values are 0 and 1; both have no derivative. Whole numbers are
// exact up to 2^53 where values are known while building and in float64
// programs, and up to 2^24 in float32 programs.
//
// Builders such as [Add] or [Conv] panic with an *[Error] when shapes do not
// fit, as a slice index does; [Maybe] turns that into an error value.
package autodiff
