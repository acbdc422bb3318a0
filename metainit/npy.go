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

	"github.com/x448/float16"

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

// npyElement is how an element is stored.
type npyElement struct {
	size    int
	integer bool
	decode  func(order binary.ByteOrder, b []byte) float64
}

// npyElements has a row for each type code of NumPy that can be read.
var npyElements = map[string]npyElement{
	"b1": {1, true, func(_ binary.ByteOrder, b []byte) float64 { return float64(min(b[0], 1)) }},
	"i1": {1, true, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	"u1": {1, true, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"i2": {2, true, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }},
	"u2": {2, true, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint16(b)) }},
	"i4": {4, true, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }},
	"u4": {4, true, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }},
	"i8": {8, true, func(o binary.ByteOrder, b []byte) float64 { return float64(int64(o.Uint64(b))) }},
	"u8": {8, true, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint64(b)) }},
	"f2": {2, false, func(o binary.ByteOrder, b []byte) float64 {
		return float64(float16.Frombits(o.Uint16(b)).Float32())
	}},
	"f4": {4, false, func(o binary.ByteOrder, b []byte) float64 {
		return float64(math.Float32frombits(o.Uint32(b)))
	}},
	"f8": {8, false, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
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
	element, known := npyElements[h.Type]
	if !known {
		return nil, fmt.Errorf("elements of type %q cannot be read; save floats, integers or bools", h.Descr)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if h.BigEndian {
		order = binary.BigEndian
	}
	payload := size - int64(h.Size)
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
	if n*int64(element.size) != payload {
		return nil, fmt.Errorf("shape %v needs %d bytes of elements, the file has %d", h.Shape, n*int64(element.size), payload)
	}
	a := &Array{Shape: h.Shape, Data: make([]float64, n), Integer: element.integer, Bytes: h.Type == "u1"}
	place := func(i int) int { return i }
	if h.Fortran {
		place = firstFastest(a.Shape)
	}
	if _, err := in.Discard(h.Size); err != nil {
		return nil, err
	}
	one := make([]byte, element.size)
	for i := range a.Data {
		if _, err := io.ReadFull(in, one); err != nil {
			return nil, err
		}
		a.Data[place(i)] = element.decode(order, one)
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
