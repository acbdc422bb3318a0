// Package onnxio reads ONNX files and writes them back with some tensors rescaled, or with other values:
//
//	m, err := onnxio.Open("model.onnx")
//	w := m.Initializer("fc.weight")
//	values, err := w.Float64s()
//	saved, err := m.Save("out.onnx", []onnxio.Scaling{{Tensor: w, Factor: 0.5}}, "", nil)
//
// A [Model] holds the decoded structure of a file; the values of its tensors stay in the memory-mapped file until they are
// asked for, so a model of many gigabytes opens in the time and memory that its structure needs. What has been read of a
// mapped file does not stay in memory. [OpenSafetensors] and [OpenNPZ] read files of weights as models without a graph.
//
// The written file is the input byte for byte, except for the values of the tensors that were changed and one entry
// appended to metadata_props. Unknown fields, the order of fields and the way numbers are encoded all survive.
//
// Files are taken as hostile: whatever they hold, the answer is a Model or an error. A Model may be read from several
// goroutines at once, but not closed while it is being read.
package onnxio
