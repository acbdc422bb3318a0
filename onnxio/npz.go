package onnxio

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onnx-metainit/onnxio/npy"
)

// OpenNPZ maps a .npz file as numpy.savez writes it, a zip archive of .npy arrays that are not compressed, as a Model without a
// graph: its Tensors have names, shapes and values, Save writes it with some of them rescaled, their checksums renewed and every
// other byte the same, and no metadata. An array in Fortran order has the axes of its Shape in reverse, so that the values are in
// order; one of another type than numbers, bfloat16 of ml_dtypes among them, is its bytes. The caller closes the Model.
//
// The error wraps ErrNotNPZ if the file is no such archive: entries that are no arrays, that overlap or leave bytes between them,
// or have another size than their shape. Arrays that are compressed or big-endian are errors too.
func OpenNPZ(path string) (*Model, error) {
	return openWeights(path, (*Model).decodeNPZ)
}

// DecodeNPZ is OpenNPZ of a file held in memory; name is what errors call it.
func DecodeNPZ(name string, data []byte) (*Model, error) {
	return decodeWeights(name, data, (*Model).decodeNPZ)
}

// ErrNotNPZ: the file is no .npz file.
var ErrNotNPZ = errors.New("not a .npz file")

// decodeNPZ fills in the tensors from m.file. The archive's directory says what there is; the entries have to follow each
// other from the first byte on, and then the directory, so that nothing is there twice and the place of each checksum is known.
func (m *Model) decodeNPZ() error {
	r, err := zip.NewReader(bytes.NewReader(m.file.data), int64(len(m.file.data)))
	if err != nil {
		return fmt.Errorf("%w: %w; save it with numpy.savez", ErrNotNPZ, err)
	}
	m.archive = make([]archived, len(r.File))
	byPlace := make([]*archived, len(r.File))
	for i, f := range r.File {
		offset, err := f.DataOffset()
		if offset > int64(len(m.file.data)) {
			err = fmt.Errorf("it begins at byte %d of %d", offset, len(m.file.data))
		}
		if err != nil {
			return fmt.Errorf("%w: array %q: %w", ErrNotNPZ, f.Name, err)
		}
		m.archive[i] = archived{File: f, start: int(offset)}
		byPlace[i] = &m.archive[i]
	}
	slices.SortFunc(byPlace, func(a, b *archived) int { return cmp.Compare(a.start, b.start) })
	at := 0
	for _, e := range byPlace {
		if at, err = e.locate(m.file.data, at); err == nil {
			err = m.addArray(e)
		}
		if err != nil {
			return fmt.Errorf("array %q: %w", e.Name, err)
		}
	}
	directory := at
	for i := range m.archive {
		e := &m.archive[i]
		if at, err = e.locateRecord(m.file.data, at); err != nil {
			return fmt.Errorf("array %q: %w", e.Name, err)
		}
	}
	if !isEnd(m.file.data, directory, at) {
		return fmt.Errorf("%w: it does not end with its directory, from byte %d to %d; save it with numpy.savez", ErrNotNPZ, directory, at)
	}
	slices.SortFunc(m.archive, func(a, b archived) int { return cmp.Compare(a.start, b.start) })
	return nil
}

// addArray adds the tensor of an entry.
func (m *Model) addArray(e *archived) error {
	name := strings.TrimSuffix(e.Name, ".npy")
	if m.initializers[name] != nil {
		return fmt.Errorf("%w: there are two arrays of this name", ErrNotNPZ)
	}
	h, err := npy.ReadHeader(m.file.data[e.start:e.end])
	if err != nil {
		return fmt.Errorf("%w: not a .npy array that can be read: %w", ErrNotNPZ, err)
	}
	start := e.start + h.Size
	size := int64(e.end - start)
	dataType := NumPyType(h.Type)
	shape := make([]int64, len(h.Shape))
	for i, d := range h.Shape {
		shape[i] = int64(d)
	}
	switch {
	case dataType == Undefined:
		dataType, shape = Uint8, []int64{size}
	case h.BigEndian:
		return fmt.Errorf("its elements are big-endian, %q: save it as %q", h.Descr, "<"+h.Type)
	case h.Fortran:
		slices.Reverse(shape)
	}
	t, err := m.newWindow(name, shape, dataType)
	if err != nil {
		return err
	}
	if want := elementTypes[dataType].bytes(t.size); want != size {
		return fmt.Errorf("%w: shape %v of %q needs %d bytes of elements, the archive has %d", ErrNotNPZ, h.Shape, h.Descr, want, size)
	}
	m.addWindow(t, start, e.end)
	return nil
}
