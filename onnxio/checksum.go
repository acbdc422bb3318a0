package onnxio

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// checksums returns the patches that renew the CRC-32 of each entry of an archive that the others, in file order, change.
func (m *Model) checksums(patches []patch) (renewed []patch, err error) {
	if len(m.archive) == 0 {
		return nil, nil
	}
	return m.writeArchive(io.Discard, patches)
}

// writeArchive writes the archive with the patches, in file order, which change no size, and the checksums as they were. It
// returns the patches that renew these. The error is that of an entry whose old checksum is not that of its old bytes.
func (m *Model) writeArchive(w io.Writer, patches []patch) (renewed []patch, err error) {
	at, data := 0, m.file.data
	err = m.eachChanged(patches, func(e archived, inside []patch) error {
		if err := splice(w, m.file, at, e.start, nil); err != nil {
			return err
		}
		s := &summed{w: w, old: data[e.start:e.end], before: crc32.NewIEEE(), after: crc32.NewIEEE()}
		if err := splice(s, m.file, e.start, e.end, inside); err != nil {
			return err
		}
		at = e.end
		for _, sum := range e.sums {
			renewed = append(renewed, replacement(sum, sum+4, nil, binary.LittleEndian.AppendUint32(nil, s.after.Sum32())))
		}
		return m.whole(e, s.before)
	})
	if err != nil {
		return nil, err
	}
	return renewed, splice(w, m.file, at, len(data), nil)
}

// summed takes the checksums of what goes through it and of the old bytes that it replaces, which are read only once.
type summed struct {
	w             io.Writer
	old           []byte
	before, after hash.Hash32
}

func (s *summed) Write(p []byte) (int, error) {
	if len(p) > len(s.old) {
		return 0, errChanged
	}
	s.before.Write(s.old[:len(p)])
	s.after.Write(p)
	s.old = s.old[len(p):]
	return s.w.Write(p)
}

// undamaged checks each of these entries against its checksum, before that is renewed.
func (m *Model) undamaged(patches []patch) error {
	return m.eachChanged(patches, func(e archived, _ []patch) error {
		sum := crc32.NewIEEE()
		if err := m.file.copy(sum, e.start, e.end); err != nil {
			return err
		}
		return m.whole(e, sum)
	})
}

// whole returns the error for an entry whose bytes have another checksum.
func (m *Model) whole(e archived, sum hash.Hash32) error {
	if sum.Sum32() == e.CRC32 {
		return nil
	}
	return fmt.Errorf("%s: array %q is damaged: the CRC-32 of its bytes is %08x, the archive has %08x; save it again", m.name, e.Name, sum.Sum32(), e.CRC32)
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
