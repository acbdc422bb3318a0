package onnxio

import "path/filepath"

// ExternalFiles returns the paths of the external data files that the tensors of the model name, each once, in the order of
// the tensors. They need not be there. There are none of a model that was decoded from memory.
func (m *Model) ExternalFiles() []string {
	var list []string
	for _, location := range m.locations() {
		list = append(list, filepath.Join(m.Dir, filepath.FromSlash(location)))
	}
	return list
}

// DataPath returns the external data file that Save writes beside a model at path; "" if it writes none.
func (m *Model) DataPath(path string) string {
	list := m.locations()
	if len(list) == 0 {
		return ""
	}
	for _, location := range list {
		_, _ = m.externalFile(location) // known from then on, so that dataPath spares it; Save has the error
	}
	return m.dataPath(path)
}

// locations are the places of external data, relative to the model's folder.
func (m *Model) locations() []string {
	var list []string
	seen := map[string]bool{"": true}
	for _, t := range m.Tensors {
		if !t.IsExternal() || m.Dir == "" {
			continue
		}
		location := ""
		for _, entry := range t.proto.GetExternalData() {
			if entry.GetKey() == keyLocation {
				location = entry.GetValue()
			}
		}
		if !seen[location] {
			seen[location] = true
			list = append(list, location)
		}
	}
	return list
}
