// Package metainit measures and tunes the initial weights of ONNX models by the gradient quotient of MetaInit (Dauphin &
// Schoenholz, "MetaInit: Initializing learning by learning to initialize", NeurIPS 2019):
//
//	m, err := onnxio.Open("model.onnx")
//	p, err := metainit.New(m, metainit.Options{})
//	result, err := p.Initialize(ctx, metainit.RaceOptions{})
//	saved, err := m.Save("tuned.onnx", p.Scalings(result), metainit.MetadataKey, p.Record(result))
//
// A [Problem] is a model with a loss, inputs and parameters:
//
//   - [Problem.Measure] computes the quotient and its derivatives by the norms of the weights;
//   - [Problem.Tune] lowers the quotient by changing these norms;
//   - [Problem.Initialize] trains several candidates for the norms for some steps and takes the best. With a [Journal] an
//     interrupted run goes on where it stopped.
//
// Some functions need no Problem: [Inspect] reports the inputs and outputs of a model, the role of each tensor, and what
// stands in the way of tuning, if anything; [Diff] compares the tensors of two models, or of files of weights; [LastRecord]
// reads the [Record] that a run leaves in the metadata of a model.
package metainit
