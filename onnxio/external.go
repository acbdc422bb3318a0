package onnxio

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// The keys of external_data that onnx.proto defines.
const (
	keyLocation = "location"
	keyOffset   = "offset"
	keyLength   = "length"
	keyChecksum = "checksum"
)

// findExternal sets the run of a tensor whose values are in an external file.
func (p *payload) findExternal(t *Tensor) error {
	if p.kind == text {
		return errors.New("strings cannot be in an external file; they belong in string_data")
	}
	entries := map[string]string{} // the last of several with one key counts, as in ONNX Runtime
	for _, entry := range t.proto.GetExternalData() {
		entries[entry.GetKey()] = entry.GetValue()
	}
	location := entries[keyLocation]
	file, err := t.model.externalFile(location)
	if err != nil {
		return fmt.Errorf("external data file %q: %w", location, err)
	}
	offset, err := number(entries, keyOffset, 0)
	if err != nil {
		return err
	}
	length, err := number(entries, keyLength, p.bytes(p.size))
	if err != nil {
		return err
	}
	if size := int64(len(file.data)); offset > size || length > size-offset {
		return fmt.Errorf("external data file %q has %d bytes, where %d from byte %d on are needed; copy or export it again", location, size, length, offset)
	}
	p.file = file
	p.runs = []run{{span: span{start: int(offset), end: int(offset + length)}, field: rawData, packed: true}}
	return p.checkBytes(t, fmt.Sprintf("external data file %q", location))
}

// number returns the entry as a count of bytes, missing if there is none.
func number(entries map[string]string, key string, missing int64) (int64, error) {
	text, ok := entries[key]
	if !ok {
		return missing, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s %q of its external data is not a number of bytes", key, text)
	}
	return n, nil
}

// externalFile maps the file at a location relative to the model's folder, once for all tensors that share it.
func (m *Model) externalFile(location string) (*mapping, error) {
	switch {
	case m.Dir == "":
		return nil, errors.New("the folder of a model decoded from memory is not known; open the model from its file")
	case location == "":
		return nil, errors.New("no location is given; export the model again")
	case !filepath.IsLocal(filepath.FromSlash(location)):
		return nil, errors.New("it may lie nowhere but in the model's folder; copy it there and export or edit the location")
	}
	name := filepath.Clean(filepath.FromSlash(location))
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, errors.New("the model is closed")
	}
	if file, ok := m.external[name]; ok {
		return file, nil
	}
	place, base, err := m.locate(name)
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(place) // follows no link that has come to lead out of it since
	if err != nil {
		return nil, cause(err)
	}
	defer folder.Close()
	file, err := openMapping(folder.Stat, folder.Open, settled, base)
	if err != nil {
		return nil, cause(err)
	}
	file.path, file.until = filepath.Join(place, base), m.file.until
	m.external[name] = file
	return file, nil
}
