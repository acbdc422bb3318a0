package onnxio

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// checksums returns the patches that renew the CRC-32 of each entry of an archive that the others, in file order, change.
func (m *Model) checksums(patches []patch) (renewed []patch, err error) {
	err = m.eachChanged(patches, func(e archived, inside []patch) error {
		sum := crc32.NewIEEE()
		if err := splice(sum, m.file, e.start, e.end, inside); err != nil {
			return err
		}
		for _, at := range e.sums {
			renewed = append(renewed, replacement(at, at+4, nil, binary.LittleEndian.AppendUint32(nil, sum.Sum32())))
		}
		return nil
	})
	return renewed, err
}

// undamaged checks each of these entries against its checksum, before that is renewed.
func (m *Model) undamaged(patches []patch) error {
	return m.eachChanged(patches, func(e archived, _ []patch) error {
		sum := crc32.NewIEEE()
		if err := m.file.copy(sum, e.start, e.end); err != nil {
			return err
		}
		if sum.Sum32() != e.CRC32 {
			return fmt.Errorf("%s: array %q is damaged: the CRC-32 of its bytes is %08x, the archive has %08x; save it again", m.name, e.Name, sum.Sum32(), e.CRC32)
		}
		return nil
	})
}

// eachChanged calls f with the entries that patches, in file order, change, and those within each.
func (m *Model) eachChanged(patches []patch, f func(e archived, inside []patch) error) error {
	for _, e := range m.archive {
		n := 0
		for n < len(patches) && patches[n].start < e.end {
			n++
		}
		if n > 0 {
			if err := f(e, patches[:n]); err != nil {
				return err
			}
		}
		patches = patches[n:]
	}
	return nil
}
