// Package metainit measures and tunes the initial weights of ONNX models by the
// gradient quotient of MetaInit (Dauphin & Schoenholz, "MetaInit: Initializing
// learning by learning to initialize", NeurIPS 2019):
//
//	m, err := onnxio.Open("model.onnx")
//	p, err := metainit.New(m, metainit.Options{})
//	result, err := p.Initialize(ctx, metainit.RaceOptions{})
//	saved, err := m.Save("tuned.onnx", p.Scalings(result), "metainit", result.Record())
//
// A [Problem] is a model with a loss, inputs and parameters. [Problem.Measure]
// computes the quotient and its derivatives by the norms of the weights;
// [Problem.Tune] lowers it by changing these norms. [Problem.Initialize] trains
// several candidates for the norms for a while, and takes the best.
// [Inspect] and [Diff] need no graph: they look at files.
package metainit
