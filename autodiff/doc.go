// Package autodiff builds graphs of tensor operations, differentiates them to
// any order, and compiles them into programs that run in float32 or float64.
//
// A [Graph] holds [Node]s: variables, constants, and results of primitives. The
// primitives are a small closed set, with one row each in the table of table.go:
// the shape rule, the derivative, the kernel. Derivative rules are written with
// the same builders that users call. So a derivative is again a graph of
// primitives, and [Grad], [VJP] and [JVP] can be applied to their own results.
//
// [Compile] makes a [Program] that computes some of the nodes: [Program.Write]
// sets variables, [Program.Run] computes, and [Program.Read] returns results.
// [Evaluate] computes nodes in float64 without a program.
//
// Tensors hold real numbers only. Whole numbers (indices, token ids) are whole
// reals, truth values are 0 and 1; both have no derivative. Whole numbers are
// exact up to 2^53 where values are known while building and in float64
// programs, and up to 2^24 in float32 programs.
//
// Builders such as [Add] or [Conv] panic with an *[Error] when shapes do not
// fit, as a slice index does; [Maybe] turns that into an error value.
package autodiff
