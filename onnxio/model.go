package onnxio

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// Model is an ONNX file: its structure in memory, its tensors' values in the file.
type Model struct {
	Path  string             // the file, as given to Open; "" if decoded from memory
	Dir   string             // the folder of the external data files, or of links to them; "" refuses external data
	Proto *onnxpb.ModelProto // the structure; the value fields of every TensorProto in it are empty

	// Tensors are all tensors of the file in file order: initializers, tensor attributes of nodes, both also inside
	// subgraphs, functions and training information, and the values and indices of sparse tensors.
	Tensors []*Tensor

	weightsOnly  bool       // no ONNX file, but one of tensors alone
	archive      []archived // of a .npz file: its entries in file order
	name         string     // what errors call the file
	file         *mapping
	structure    [sha256.Size]byte // of the file, when it was opened
	byProto      map[*onnxpb.TensorProto]*Tensor
	initializers map[string]*Tensor

	mu       sync.Mutex // guards closed and external
	closed   bool
	external map[string]*mapping // external data files by location
}

// Open maps the ONNX file at path and decodes its structure. The caller closes the Model.
//
// The error wraps ErrNotONNX if the file is something else, and the error of the file system if it cannot be read.
func Open(path string) (*Model, error) {
	file, err := openMapping(os.Stat, os.Open, settled, path)
	if err != nil {
		return nil, fmt.Errorf("model cannot be read: %w", err)
	}
	m := &Model{Path: path, Dir: filepath.Dir(path), name: path, file: file}
	if err = m.decode(); err == nil {
		err = m.remember()
	}
	if err != nil {
		file.close()
		return nil, err
	}
	return m, nil
}

// Decode decodes a model held in memory; name is what errors call it. The Model keeps data, which must not change.
// External data is refused until Dir is set.
func Decode(name string, data []byte) (*Model, error) {
	m := &Model{name: name, file: &mapping{data: data}}
	if err := m.decode(); err != nil {
		return nil, err
	}
	return m, nil
}

// Close unmaps the file and its external data. Values that were decoded stay valid; tensors answer with an error.
func (m *Model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	err := m.file.close()
	for _, file := range m.external {
		if e := file.close(); err == nil {
			err = e
		}
	}
	return err
}

// Tensor returns the tensor whose structure is p, a message found in m.Proto; nil if it is of another model.
func (m *Model) Tensor(p *onnxpb.TensorProto) *Tensor {
	return m.byProto[p]
}

// Initializer returns the initializer of the main graph that has the name, nil if there is none. Of several with one
// name it is the last, as in ONNX Runtime.
func (m *Model) Initializer(name string) *Tensor {
	return m.initializers[name]
}

// Inputs returns the inputs of the graph that are not initializers, in the order of the file: the first versions of ONNX list
// these among the inputs.
func (m *Model) Inputs() []*onnxpb.ValueInfoProto {
	sparse := make(map[string]bool)
	for _, t := range m.Proto.GetGraph().GetSparseInitializer() {
		sparse[t.GetValues().GetName()] = true
	}
	var list []*onnxpb.ValueInfoProto
	for _, v := range m.Proto.GetGraph().GetInput() {
		if m.initializers[v.GetName()] == nil && !sparse[v.GetName()] {
			list = append(list, v)
		}
	}
	return list
}

// Metadata returns the value of the entry of metadata_props that has the key, and whether there is one.
func (m *Model) Metadata(key string) (string, bool) {
	for _, entry := range m.Proto.GetMetadataProps() {
		if entry.GetKey() == key {
			return entry.GetValue(), true
		}
	}
	return "", false
}

func (m *Model) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

// decode fills in the structure and the tensors from m.file.
func (m *Model) decode() error {
	return m.guarded(m.name, func() error {
		s, err := scan(m.file.data)
		if err != nil {
			return notModel(m.name, m.file.data, err)
		}
		m.Proto = new(onnxpb.ModelProto)
		if err := proto.Unmarshal(s.skeleton, m.Proto); err != nil {
			return notModel(m.name, m.file.data, err)
		}
		if m.Proto.Graph == nil {
			return notModel(m.name, m.file.data, errNoGraph)
		}
		if m.Proto.GetIrVersion() == 0 && len(m.Proto.GetOpsetImport()) == 0 {
			return notModel(m.name, m.file.data, errNoVersion)
		}
		return m.collect(s.fragments)
	})
}

// mode returns the permissions for a file written in place of this one.
func (m *Model) mode() fs.FileMode {
	if m.file.info == nil {
		return 0o644
	}
	return m.file.info.Mode().Perm()
}
