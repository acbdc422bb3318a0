// Package npy reads the header of .npy files, in which NumPy keeps an array.
//
//	h, err := npy.ReadHeader(file)
//	elements := file[h.Size:]
package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Magic is what a .npy file begins with.
const Magic = "\x93NUMPY"

// MostHeader is the most bytes of a file that ReadHeader looks at.
const MostHeader = 12 + maxText

const (
	maxAxes = 64      // the most that NumPy allows
	maxText = 1 << 20 // of the dictionary; NumPy itself takes 10,000 characters
)

// Header is the dictionary that a .npy file begins with.
type Header struct {
	Descr     string // the type as it stands there: "<f4", "[('a', '<f8')]"
	Type      string // of plain numbers without the byte order: "f4"; "" if Descr is no such type
	BigEndian bool
	Fortran   bool // the first axis runs fastest, not the last one
	Shape     []int
	Size      int // of the header in bytes: the elements follow
}

var (
	entry = regexp.MustCompile(`^\s*['"](\w+)['"]\s*:\s*('[^']*'|"[^"]*"|True|False|\([\dL,\s]*\)|\[.*\])\s*(,\s*|$)`)
	plain = regexp.MustCompile(`^([<>|=]?)([a-z]\d+)$`)
)

// ReadHeader reads the header of the file that begins with data: versions 1 to 3 of
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. The sizes of Shape are not negative; their product may overflow.
func ReadHeader(data []byte) (*Header, error) {
	text, size, err := dictionary(data)
	if err != nil {
		return nil, err
	}
	entries, err := parse(text)
	if err != nil {
		return nil, err
	}
	h := &Header{Descr: strings.Trim(entries["descr"], `'"`), Fortran: entries["fortran_order"] == "True", Size: size}
	if m := plain.FindStringSubmatch(h.Descr); m != nil {
		h.Type, h.BigEndian = m[2], m[1] == ">"
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
		h.Shape = append(h.Shape, d)
	}
	if len(h.Shape) > maxAxes {
		return nil, fmt.Errorf("it has %d axes, NumPy allows %d", len(h.Shape), maxAxes)
	}
	return h, nil
}

// dictionary returns the text of the header and where it ends.
func dictionary(data []byte) (text string, end int, err error) {
	if !bytes.HasPrefix(data, []byte(Magic)) || len(data) < 10 {
		return "", 0, errors.New("it does not begin as one; save it with numpy.save")
	}
	length, start := int64(binary.LittleEndian.Uint16(data[8:])), int64(10)
	switch version := data[6]; {
	case version == 0 || version > 3:
		return "", 0, fmt.Errorf("its format version is %d.%d, known are 1 to 3", version, data[7])
	case version > 1 && len(data) < 12:
		return "", 0, errors.New("the file ends in its header")
	case version > 1:
		length, start = int64(binary.LittleEndian.Uint32(data[8:])), 12
	}
	switch {
	case length > int64(len(data))-start && len(data) < MostHeader:
		return "", 0, errors.New("the file ends in its header")
	case length > maxText:
		return "", 0, fmt.Errorf("its header has %d bytes, the most that is read are %d", length, maxText)
	}
	return string(data[start : start+length]), int(start + length), nil
}

// parse parses a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }.
func parse(text string) (map[string]string, error) {
	inner := strings.TrimSpace(text)
	if !strings.HasPrefix(inner, "{") || !strings.HasSuffix(inner, "}") {
		return nil, errors.New("its header is no dictionary")
	}
	inner = inner[1 : len(inner)-1]
	entries := map[string]string{}
	for strings.TrimSpace(inner) != "" {
		m := entry.FindStringSubmatch(inner)
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
	return entries, nil
}
