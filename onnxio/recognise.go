package onnxio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ErrNotONNX is in the error for a file that holds something else than an ONNX model.
var ErrNotONNX = errors.New("not an ONNX model")

var (
	errNoGraph   = errors.New("it has no graph")
	errNoVersion = errors.New("it has neither ir_version nor opset_import")
)

// formats are the files that people take for ONNX models, with what to do about each.
var formats = []struct {
	offset       int
	magic        string
	name, advice string
}{
	{0, "version https://git-lfs", "a Git LFS pointer", "fetch the file itself with git lfs pull"},
	{0, "PK\x03\x04", "a zip archive, as PyTorch and Keras checkpoints are", "export the model with torch.onnx.export or tf2onnx"},
	{0, "\x89HDF\r\n", "an HDF5 file, as Keras checkpoints are", "export the model with tf2onnx"},
	{0, "\x80\x02", "a Python pickle, as old PyTorch checkpoints are", "export the model with torch.onnx.export"},
	{0, "\x80\x04", "a Python pickle", "export the model with torch.onnx.export"},
	{8, "{\"", "a safetensors file, which holds weights alone", "export the model with torch.onnx.export"},
	{0, "GGUF", "a GGUF file", "export the model to ONNX"},
	{4, "ORTM", "an ONNX Runtime flatbuffer (.ort)", "give the .onnx file it was made from"},
	{4, "TFL3", "a TensorFlow Lite model", "convert it with tf2onnx"},
	{0, "\x1f\x8b", "a gzip file", "unpack it first"},
	{0, "\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it first"},
	{0, "\x89PNG", "a PNG image", adviceAny},
	{0, "\xff\xd8\xff", "a JPEG image", adviceAny},
	{0, "\x93NUMPY", "a NumPy array", adviceAny},
	{0, "\x7fELF", "a program", adviceAny},
}

const adviceAny = "give the .onnx file that your framework exported"

// notModel returns the error for data that cannot be read as a model because of err: one line with what to do.
func notModel(name string, data []byte, err error) error {
	if len(data) == 0 {
		return fmt.Errorf("%s: %w: the file is empty; %s", name, ErrNotONNX, adviceAny)
	}
	for _, f := range formats {
		if len(data) >= f.offset && bytes.HasPrefix(data[f.offset:], []byte(f.magic)) {
			return fmt.Errorf("%s: %w: it is %s; %s", name, ErrNotONNX, f.name, f.advice)
		}
	}
	if isText(data) {
		return fmt.Errorf("%s: %w: it is a text file; %s", name, ErrNotONNX, adviceAny)
	}
	// Exporters write ir_version first.
	if len(data) >= 2 && data[0] == 0x08 && data[1] < 0x20 {
		state := "damaged"
		if errors.Is(err, io.ErrUnexpectedEOF) {
			state = "truncated or damaged"
		}
		return fmt.Errorf("%s: %s ONNX model: %w; copy or export it again", name, state, err)
	}
	return fmt.Errorf("%s: %w: %w; %s", name, ErrNotONNX, err, adviceAny)
}

// isText reports whether data begins as text does.
func isText(data []byte) bool {
	for head := data[:min(len(data), 256)]; len(head) > 0; {
		r, size := utf8.DecodeRune(head)
		if r == utf8.RuneError && len(head) >= utf8.UTFMax || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		head = head[size:]
	}
	return true
}
