package metainit

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/npy"
)

// ReadNPY reads an array from a .npy file of NumPy: versions 1 to 3, either byte order, C or Fortran order, elements
// float16, float32, float64, bool or integers of any size (beyond 2⁵³ they are rounded). Errors name the file.
func ReadNPY(path string) (*Array, error) {
	if err := regular(path); err != nil {
		return nil, fmt.Errorf("array cannot be read: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("array cannot be read: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("array cannot be read: %w", err)
	}
	a, err := decodeNPY(file, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: not a .npy array that can be read: %w", path, err)
	}
	a.File = path
	return a, nil
}

// regular returns an error for what is there and has no end that is known: opening a pipe waits for its writer.
func regular(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file; give a file on disk", path)
	}
	return nil
}

// WriteNPY writes the array as a .npy file of version 1, as int64 if it is of integers and as float64 if not.
func WriteNPY(w io.Writer, a *Array) error {
	_, err := w.Write(encodeNPY(a))
	return err
}

// decodeNPY decodes a whole file of a size, which is read in blocks: nothing is held but the elements.
func decodeNPY(r io.Reader, size int64) (*Array, error) {
	in := bufio.NewReaderSize(r, npy.MostHeader)
	head, err := in.Peek(int(min(size, npy.MostHeader)))
	if err != nil && err != io.EOF {
		return nil, err
	}
	h, err := npy.ReadHeader(head)
	if err != nil {
		return nil, err
	}
	element := onnxio.NumPyType(h.Type)
	if !element.IsNumeric() {
		return nil, fmt.Errorf("elements of type %q cannot be read; save floats, integers or bools", h.Descr)
	}
	payload, width := size-int64(h.Size), int64(element.Bits()/8)
	n := int64(1)
	if slices.Contains(h.Shape, 0) {
		n = 0
	}
	for _, d := range h.Shape {
		if d > 0 && n > payload/int64(d) { // more than there are bytes; the product could overflow
			return nil, fmt.Errorf("shape %v needs more than the %d bytes that follow the header: the file is cut short", h.Shape, payload)
		}
		n *= int64(d)
	}
	if n*width != payload {
		return nil, fmt.Errorf("shape %v needs %d bytes of elements, the file has %d", h.Shape, n*width, payload)
	}
	a := &Array{Shape: h.Shape, Data: make([]float64, n), Integer: !element.IsFloat(), Bytes: element == onnxio.Uint8}
	place := func(i int) int { return i }
	if h.Fortran {
		place = firstFastest(a.Shape)
	}
	if _, err := in.Discard(h.Size); err != nil {
		return nil, err
	}
	one := make([]byte, width)
	for i := range a.Data {
		if _, err := io.ReadFull(in, one); err != nil {
			return nil, err
		}
		word := uint64(0)
		for j, b := range one {
			if h.BigEndian {
				j = len(one) - 1 - j
			}
			word |= uint64(b) << (8 * j)
		}
		a.Data[place(i)] = element.Decode(word)
	}
	return a, nil
}

// firstFastest returns a function that says, called with 0, 1, 2 …, where the elements belong that are stored with the first
// axis running fastest, if the last one does.
func firstFastest(shape []int) func(int) int {
	index, steps := make([]int, len(shape)), make([]int, len(shape))
	step := 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		steps[axis] = step
		step *= shape[axis]
	}
	next := 0
	return func(int) int {
		at := next
		for axis, d := range shape {
			index[axis]++
			if next += steps[axis]; index[axis] < d {
				break
			}
			next -= d * steps[axis]
			index[axis] = 0
		}
		return at
	}
}

// encodeNPY encodes a whole file of version 1.
func encodeNPY(a *Array) []byte {
	descr := "<f8"
	if a.Integer {
		descr = "<i8"
	}
	shape := ""
	for _, d := range a.Shape {
		shape += strconv.Itoa(d) + ","
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, shape)
	// The elements begin at a multiple of 64 bytes, for those who map the file.
	text += strings.Repeat(" ", (64-(len(npy.Magic)+4+len(text)+1)%64)%64) + "\n"
	out := append([]byte(npy.Magic), 1, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(text)))
	out = append(out, text...)
	for _, v := range a.Data {
		if a.Integer {
			out = binary.LittleEndian.AppendUint64(out, uint64(int64(v)))
		} else {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		}
	}
	return out
}
