package onnxio

import "path/filepath"

// ExternalFiles returns the paths of the external data files that the tensors of the model name, each once, in the order of
// the tensors. They need not be there. There are none of a model that was decoded from memory.
func (m *Model) ExternalFiles() []string {
	if m.Dir == "" {
		return nil
	}
	var list []string
	for _, name := range m.locations() {
		list = append(list, filepath.Join(m.Dir, name))
	}
	return list
}

// DataPath returns the external data file that Save would write beside a model at path now; "" if it writes none.
func (m *Model) DataPath(path string) string {
	if len(m.ExternalFiles()) == 0 {
		return ""
	}
	return dataPath(path)
}

// locations returns the names of the model's external data files, relative to its folder, each once.
func (m *Model) locations() []string {
	var list []string
	seen := map[string]bool{}
	for _, t := range m.Tensors {
		if !t.IsExternal() {
			continue
		}
		for _, entry := range t.proto.GetExternalData() {
			if name := filepath.Clean(filepath.FromSlash(entry.GetValue())); entry.GetKey() == keyLocation && !seen[name] {
				seen[name] = true
				list = append(list, name)
			}
		}
	}
	return list
}
