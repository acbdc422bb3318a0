package onnxio

import "context"

// Until makes what reads values of the model, and a save of it, end with the error of the context once that is done; nil, as
// at first: nothing ends it. Nothing is left behind then. It must not be called while the model is in use.
func (m *Model) Until(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.file.until = ctx
	for _, file := range m.external {
		file.until = ctx
	}
}

// check returns the error of the context once that is done. Whoever goes through the file asks for it at every stride.
func (f *mapping) check() error {
	if f.until == nil {
		return nil
	}
	return f.until.Err()
}
