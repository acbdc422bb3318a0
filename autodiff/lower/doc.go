// Package lower turns an ONNX model into a graph of package autodiff.
//
// A model goes through four forms:
//
//   - the nodes of the file, with model-local functions inlined and Constant nodes taken out (inline.go);
//   - a skeleton: a small ONNX model of names and operators only, which onnx-go decodes (skeleton.go);
//   - a [Backend], which onnx-go drives: the operations and the edges between their tensors (backend.go);
//   - the autodiff graph: with the input shapes known, each operation becomes primitives (build.go), by the function that
//     its row of the operator table names (table.go).
//
// Files op_*.go hold the operators, a family each: their rows and their lowerings. Files backend*.go hold what onnx-go sees.
// The others lead there from a file: [Import] (import.go), and what it notes of a model on the way.
//
// Shapes are concrete. Whatever depends only on shapes and constants is computed while building, so the chains of Shape,
// Gather, Concat and the like that exporters write leave no trace in the graph.
//
// [Load] does all of it for a file, [Import] for a model that package onnxio has read. [Backend] alone can stand wherever onnx-go takes a backend, and
// decodes such a model itself by [Backend.Decode].
package lower
