// Package lower turns an ONNX model into a graph of package autodiff: inputs and weights are variables, outputs are nodes that
// have derivatives of every order by them.
//
//	m, err := lower.Load("model.onnx", lower.Options{Batch: 8})
//	if err != nil {
//		return err // names the file, the node and its operands
//	}
//	defer m.File.Close()
//	values, err := m.Values() // of the weights
//	if err != nil {
//		return err
//	}
//	values[m.Inputs[0].Node] = x
//	sum := autodiff.SumAll(m.Outputs[0].Node)
//	gradient, err := autodiff.Evaluate(autodiff.Grad(sum, lower.Nodes(m.Trainable())), values)
//
// Shapes are concrete: [Options] say what the file leaves open. What depends on shapes and constants alone is computed while
// building, so the Shape, Gather and Concat that exporters write to compute shapes leave no trace in the graph. [Import] is
// Load for a file that is open, and [Backend] is for programs that use onnx-go: it can stand in Gorgonia's place there.
//
// A model goes through four forms:
//
//   - the nodes of the file, with model-local functions inlined and Constant nodes taken out (inline.go);
//   - a skeleton: a small ONNX model of names and operators only, which onnx-go decodes (skeleton.go);
//   - a [Backend], which onnx-go drives: the operations and the edges between their tensors (backend.go);
//   - the autodiff graph: with the input shapes known, each operation becomes primitives (build.go), by the function that
//     its row of the operator table names (table.go).
//
// Files op_*.go hold the operators, a family each: their rows and their lowerings. Files input*.go find out what the model does
// with an input, files backend*.go hold what onnx-go sees. What a hostile file can try is in limits.go.
package lower
