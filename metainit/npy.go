package metainit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/x448/float16"
)

// The NumPy file format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
const (
	npyMagic = "\x93NUMPY"
	npyAxes  = 64 // the most that NumPy allows
)

// ReadNPY reads an array from a .npy file of NumPy: versions 1 to 3, either byte order, C or Fortran order, elements
// float16, float32, float64, bool or integers of any size (beyond 2⁵³ they are rounded). Errors name the file.
func ReadNPY(path string) (*Array, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("array cannot be read: %w", err)
	}
	a, err := decodeNPY(data)
	if err != nil {
		return nil, fmt.Errorf("%s: not a .npy array that can be read: %w", path, err)
	}
	return a, nil
}

// WriteNPY writes the array as a .npy file of version 1, as int64 if it is of integers and as float64 if not.
func WriteNPY(w io.Writer, a *Array) error {
	_, err := w.Write(encodeNPY(a))
	return err
}

// npyHeader is the dictionary that a .npy file begins with.
type npyHeader struct {
	element npyElement
	bytes   bool // the elements are uint8
	order   binary.ByteOrder
	fortran bool
	shape   []int
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

// decodeNPY decodes a whole file.
func decodeNPY(data []byte) (*Array, error) {
	text, payload, err := splitNPY(data)
	if err != nil {
		return nil, err
	}
	h, err := parseNPYHeader(text)
	if err != nil {
		return nil, err
	}
	n := 1
	if slices.Contains(h.shape, 0) {
		n = 0
	}
	for _, d := range h.shape {
		if d > 0 && n > len(payload)/d { // more than there are bytes; the product could overflow
			return nil, fmt.Errorf("shape %v needs more than the %d bytes that follow the header: the file is cut short", h.shape, len(payload))
		}
		n *= d
	}
	if n*h.element.size != len(payload) {
		return nil, fmt.Errorf("shape %v needs %d bytes of elements, the file has %d", h.shape, n*h.element.size, len(payload))
	}
	a := &Array{Shape: h.shape, Data: make([]float64, n), Integer: h.element.integer, Bytes: h.bytes}
	for i := range a.Data {
		a.Data[i] = h.element.decode(h.order, payload[i*h.element.size:])
	}
	if h.fortran {
		a.Data = rowMajor(a.Data, a.Shape)
	}
	return a, nil
}

// splitNPY returns the text of the header and the bytes of the elements.
func splitNPY(data []byte) (text string, payload []byte, err error) {
	if !bytes.HasPrefix(data, []byte(npyMagic)) || len(data) < 10 {
		return "", nil, errors.New("it does not begin as one; save it with numpy.save")
	}
	length, start := int64(binary.LittleEndian.Uint16(data[8:])), int64(10)
	switch version := data[6]; {
	case version == 0 || version > 3:
		return "", nil, fmt.Errorf("its format version is %d.%d, known are 1 to 3", version, data[7])
	case version > 1 && len(data) < 12:
		return "", nil, errors.New("the file ends in its header")
	case version > 1:
		length, start = int64(binary.LittleEndian.Uint32(data[8:])), 12
	}
	if length > int64(len(data))-start {
		return "", nil, errors.New("the file ends in its header")
	}
	return string(data[start : start+length]), data[start+length:], nil
}

var (
	npyEntry = regexp.MustCompile(`^\s*['"](\w+)['"]\s*:\s*('[^']*'|"[^"]*"|True|False|\([\dL,\s]*\)|\[.*\])\s*(,\s*|$)`)
	npyDescr = regexp.MustCompile(`^([<>|=]?)([a-z]\d+)$`)
)

// parseNPYHeader parses a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
func parseNPYHeader(text string) (*npyHeader, error) {
	inner := strings.TrimSpace(text)
	if !strings.HasPrefix(inner, "{") || !strings.HasSuffix(inner, "}") {
		return nil, errors.New("its header is no dictionary")
	}
	inner = inner[1 : len(inner)-1]
	entries := map[string]string{}
	for strings.TrimSpace(inner) != "" {
		m := npyEntry.FindStringSubmatch(inner)
		if m == nil {
			return nil, fmt.Errorf("its header is broken at %.40q", inner)
		}
		if _, twice := entries[m[1]]; twice {
			return nil, fmt.Errorf("its header has %s twice", m[1])
		}
		entries[m[1]], inner = m[2], inner[len(m[0]):]
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if _, ok := entries[key]; !ok {
			return nil, fmt.Errorf("its header has no %s", key)
		}
	}
	h := &npyHeader{order: binary.LittleEndian, fortran: entries["fortran_order"] == "True"}
	descr := npyDescr.FindStringSubmatch(strings.Trim(entries["descr"], `'"`))
	known := descr != nil
	if known {
		h.element, known = npyElements[descr[2]]
		h.bytes = descr[2] == "u1"
	}
	if !known {
		return nil, fmt.Errorf("elements of type %s cannot be read; save floats, integers or bools", entries["descr"])
	}
	if descr[1] == ">" {
		h.order = binary.BigEndian
	}
	for _, field := range strings.Split(strings.Trim(entries["shape"], "()"), ",") {
		field = strings.TrimSuffix(strings.TrimSpace(field), "L") // as Python 2 wrote it
		if field == "" {
			continue
		}
		d, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("its shape %s is not a tuple of sizes", entries["shape"])
		}
		h.shape = append(h.shape, d)
	}
	if len(h.shape) > npyAxes {
		return nil, fmt.Errorf("it has %d axes, NumPy allows %d", len(h.shape), npyAxes)
	}
	return h, nil
}

// rowMajor returns the elements, stored with the first axis running fastest, with the last one running fastest.
func rowMajor(data []float64, shape []int) []float64 {
	out := make([]float64, len(data))
	index := make([]int, len(shape))
	for i := range out {
		from, stride := 0, 1
		for axis, d := range shape {
			from += index[axis] * stride
			stride *= d
		}
		out[i] = data[from]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return out
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
	text += strings.Repeat(" ", (64-(len(npyMagic)+4+len(text)+1)%64)%64) + "\n"
	out := append([]byte(npyMagic), 1, 0)
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
