package onnxio

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// archived is a file in a zip archive, which is not compressed
// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.4).
type archived struct {
	*zip.File
	start, end int   // its bytes
	sums       []int // where its CRC-32 stands
}

// What the header of an entry begins with, and its record in the directory.
const (
	entrySignature      = "PK\x03\x04"
	recordSignature     = "PK\x01\x02"
	descriptorSignature = "PK\x07\x08"
	endSignature        = "PK\x05\x06"
	longEndSignature    = "PK\x06\x06"

	entrySize, recordSize = 30, 46 // in bytes, without the name and what else has a size of its own
	endSize, longEndSize  = 22, 76 // the latter with the record that points to it

	flagEncrypted, flagDescriptor = 1, 8
)

// locate finds the checksums of an entry whose header has to begin at a byte of the file, and returns where the next one does.
func (e *archived) locate(data []byte, at int) (next int, err error) {
	size := e.UncompressedSize64
	switch {
	case e.Flags&flagEncrypted != 0:
		return 0, errors.New("it is encrypted: save it with numpy.savez")
	case e.Method != zip.Store:
		return 0, errors.New("it is compressed, so that its values cannot be rescaled where they are: save it with numpy.savez, not numpy.savez_compressed")
	case size != e.CompressedSize64:
		return 0, fmt.Errorf("%w: it has %d bytes, stored in %d", ErrNotNPZ, size, e.CompressedSize64)
	case size > uint64(len(data)-e.start):
		return 0, fmt.Errorf("%w: it has %d bytes from byte %d on, the archive has %d", ErrNotNPZ, size, e.start, len(data))
	case e.start < at+entrySize || string(data[at:at+4]) != entrySignature || at+entrySize+sizes(data[at+26:], 2) != e.start:
		return 0, fmt.Errorf("%w: it begins at byte %d, where the one before it ends at %d", ErrNotNPZ, e.start, at)
	}
	e.end = e.start + int(size)
	next = e.end
	// Where a descriptor follows, the header may have the checksum or zero.
	if sum := at + 14; binary.LittleEndian.Uint32(data[sum:]) == e.CRC32 {
		e.sums = append(e.sums, sum)
	} else if e.Flags&flagDescriptor == 0 {
		return 0, fmt.Errorf("%w: its CRC-32 is one in its header and another in the directory", ErrNotNPZ)
	}
	if e.Flags&flagDescriptor != 0 {
		sum, size := e.descriptor(data[e.end:])
		if size == 0 {
			return 0, fmt.Errorf("%w: no descriptor follows it", ErrNotNPZ)
		}
		e.sums = append(e.sums, e.end+sum)
		next += size
	}
	return next, nil
}

// descriptor returns where in the descriptor that data begins with the checksum stands, and the descriptor's size; 0 if there is
// none. The signature may be missing, and the sizes may have 8 bytes or 4, which nothing but what follows tells.
func (e *archived) descriptor(data []byte) (sum, size int) {
	n := e.UncompressedSize64
	for _, signature := range []string{descriptorSignature, ""} {
		signed := binary.LittleEndian.AppendUint32([]byte(signature), e.CRC32)
		long := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(slices.Clone(signed), n), n)
		short := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(slices.Clone(signed), uint32(n)), uint32(n))
		for _, d := range [][]byte{long, short} {
			if bytes.HasPrefix(data, d) {
				return len(signature), len(d)
			}
		}
	}
	return 0, 0
}

// locateRecord finds the checksum in the directory, where the entry's record has to begin at a byte of the file, and returns
// where the next one does.
func (e *archived) locateRecord(data []byte, at int) (next int, err error) {
	record := data[at:]
	if len(record) < recordSize || string(record[:4]) != recordSignature || binary.LittleEndian.Uint32(record[16:]) != e.CRC32 {
		return 0, fmt.Errorf("%w: byte %d, behind the arrays, does not begin its record in the directory", ErrNotNPZ, at)
	}
	next = at + recordSize + sizes(record[28:], 3)
	if next > len(data) || !bytes.HasPrefix(record[recordSize:], []byte(e.Name)) {
		return 0, fmt.Errorf("%w: the record at byte %d of the directory is not its own", ErrNotNPZ, at)
	}
	e.sums = append(e.sums, at+16)
	return next, nil
}

// isEnd reports whether the archive ends with the directory from one byte to another, as every reader has to find it: a comment
// could hold another end, which points to another directory.
func isEnd(data []byte, from, to int) bool {
	u32, u64 := binary.LittleEndian.Uint32, binary.LittleEndian.Uint64
	end, long := data[to:], []byte(nil)
	if bytes.HasPrefix(end, []byte(longEndSignature)) && len(end) >= longEndSize {
		long, end = end[:longEndSize], end[longEndSize:]
	}
	if len(end) != endSize || string(end[:4]) != endSignature {
		return false
	}
	if long != nil && (u64(long[40:]) != uint64(to-from) || u64(long[48:]) != uint64(from)) {
		return false
	}
	is := func(short uint32, want int) bool {
		return uint64(short) == uint64(want) || long != nil && short == math.MaxUint32
	}
	return is(u32(end[12:]), to-from) && is(u32(end[16:]), from)
}

// sizes returns the sum of n numbers of two bytes.
func sizes(data []byte, n int) (sum int) {
	for i := range n {
		sum += int(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return sum
}
