// Package metainit measures and tunes the initial weights of ONNX models by the
// gradient quotient of MetaInit (Dauphin & Schoenholz, "MetaInit: Initializing
// learning by learning to initialize", NeurIPS 2019):
//
//	m, err := onnxio.Open("model.onnx")
//	p, err := metainit.New(m, metainit.Options{})
//	result, err := p.Initialize(ctx, metainit.RaceOptions{})
//	saved, err := m.Save("tuned.onnx", p.Scalings(result), metainit.MetadataKey, p.Record(result))
//
// A [Problem] is a model with a loss, inputs and parameters. [Problem.Measure]
// computes the quotient and its derivatives by the norms of the weights;
// [Problem.Tune] lowers it by changing these norms. [Problem.Initialize] trains
// several candidates for the norms for a while, and takes the best; with a
// [Journal] it goes on where it was interrupted. [Inspect] says what is in a file,
// and what becomes of it here, also where no problem can be made of it; [Diff]
// compares files, whatever they are of. The record that a run leaves is a [Record].
package metainit
