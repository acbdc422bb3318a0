package onnxio

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// alignment of the tensors in an external data file, so that readers can map each by itself.
const alignment = 4096

// relocation lays out a fresh external data file that holds the values of all tensors with external data.
type relocation struct {
	regions []region
	offset  map[*Tensor]int64
	length  map[*Tensor]int64
	mode    fs.FileMode // permissions that all of the old files give
	summed  bool        // a tensor has a checksum
	sum     string      // SHA-1 of the file, in hexadecimal, once it is written
}

// region is a stretch of the new file: a stretch of an old one, as a change leaves it if there is one.
type region struct {
	offset  int64
	payload *payload
	change  *change
	shared  []*change // of tensors that are stored there too
}

// relocate lays out the external data of m; nil if there is none. Tensors that share a stretch of a file go on sharing
// it, unless they are rescaled differently, or are given values.
func (m *Model) relocate(changes []*change) (*relocation, error) {
	type stretch struct {
		file       *mapping
		start, end int
		factor     float64
		dataType   DataType // which rescaling depends on
		given      *change  // the values that it is given
	}
	byTensor := map[*Tensor]*change{}
	for _, c := range changes {
		if c.payload != nil {
			byTensor[c.Tensor] = c
		}
	}
	rel := &relocation{offset: map[*Tensor]int64{}, length: map[*Tensor]int64{}, mode: m.mode()}
	placed := map[stretch]int{} // the region
	inputs := map[*mapping]bool{}
	var end, limit int64
	for _, t := range m.Tensors {
		if !t.IsExternal() {
			continue
		}
		p, err := t.payload()
		if err != nil {
			return nil, t.errorf("%w", err)
		}
		rel.summed = rel.summed || slices.ContainsFunc(t.proto.GetExternalData(), func(e *onnxpb.StringStringEntryProto) bool { return e.GetKey() == keyChecksum })
		r := p.runs[0]
		key := stretch{file: p.file, start: r.start, end: r.end, factor: 1}
		c := byTensor[t]
		switch {
		case c == nil:
		case c.values != nil:
			key.given = c
		default:
			key.factor, key.dataType = c.Factor, t.DataType
		}
		if !inputs[p.file] {
			inputs[p.file] = true
			rel.mode &= p.file.info.Mode()
			limit += int64(len(p.file.data))
		}
		limit += alignment
		at, ok := placed[key]
		switch {
		case !ok:
			offset := (end + alignment - 1) / alignment * alignment
			end = offset + int64(r.end-r.start)
			at = len(rel.regions)
			placed[key] = at
			rel.regions = append(rel.regions, region{offset: offset, payload: p, change: c})
		case c != nil:
			rel.regions[at].shared = append(rel.regions[at].shared, c)
		}
		rel.offset[t], rel.length[t] = rel.regions[at].offset, int64(r.end-r.start)
	}
	// Each tensor with a stretch of its own fits in the size of the input; a few that overlap do so twice over.
	if end > 2*limit {
		return nil, errors.New(m.name + ": the external data of its tensors overlap, so that writing them out would take more than twice the room; export the model again")
	}
	if len(rel.offset) == 0 {
		return nil, nil
	}
	return rel, nil
}

// size returns how many bytes the data file has.
func (rel *relocation) size() int64 {
	if rel == nil {
		return 0
	}
	last := rel.regions[len(rel.regions)-1]
	stretch := last.payload.runs[0]
	return last.offset + int64(stretch.end-stretch.start)
}

// write writes the data file.
func (rel *relocation) write(w io.Writer) error {
	hash := sha1.New()
	out := &counter{w: w}
	if rel.summed { // which takes longer than writing
		out.w = io.MultiWriter(w, hash)
	}
	for _, r := range rel.regions {
		if _, err := out.Write(make([]byte, int(r.offset)-out.n)); err != nil {
			return err
		}
		stretch := r.payload.runs[0]
		var err error
		if r.change != nil {
			err = r.change.write(out, 0)
			for _, c := range r.shared {
				c.Before, c.Asked, c.Reached = r.change.Before, r.change.Asked, r.change.Reached
			}
		} else {
			err = r.payload.file.copy(out, stretch.start, stretch.end)
		}
		if err != nil {
			return err
		}
	}
	rel.sum = hex.EncodeToString(hash.Sum(nil))
	return nil
}

// patches returns what has to change in the model file once the data file, called location, is written.
func (rel *relocation) patches(location string) []patch {
	var patches []patch
	for t, offset := range rel.offset {
		values := map[string]string{
			keyLocation: location,
			keyOffset:   strconv.FormatInt(offset, 10),
			keyLength:   strconv.FormatInt(rel.length[t], 10),
			keyChecksum: rel.sum,
		}
		missing := map[string]bool{keyOffset: true, keyLength: true}
		for i, r := range t.entries {
			out := renew(t.model.file.data[r.start:r.end], values, missing)
			if i == len(t.entries)-1 {
				for _, key := range []string{keyOffset, keyLength} {
					if missing[key] {
						out = appendEntry(protowire.AppendTag(out, externalData, protowire.BytesType), key, values[key])
					}
				}
			}
			patches = append(patches, replacement(r.start, r.end, r.parent, out))
		}
	}
	return patches
}

// renew returns the fields of external_data with the values put in place of their own, and strikes their keys off
// missing. Other entries stay as they are, except ONNX Runtime's prepacked weights: they point into the old file.
func renew(fields []byte, values map[string]string, missing map[string]bool) []byte {
	var out []byte
	for len(fields) > 0 {
		_, _, tag := protowire.ConsumeTag(fields)
		content, size := protowire.ConsumeBytes(fields[tag:])
		field := fields[:tag+size]
		fields = fields[tag+size:]
		var entry onnxpb.StringStringEntryProto
		if err := proto.Unmarshal(content, &entry); err != nil {
			panic(err) // it was decoded with the skeleton
		}
		value, known := values[entry.GetKey()]
		switch {
		case known:
			out = appendEntry(append(out, field[:tag]...), entry.GetKey(), value)
			delete(missing, entry.GetKey())
		case !strings.HasPrefix(entry.GetKey(), "prepacked"):
			out = append(out, field...)
		}
	}
	return out
}
