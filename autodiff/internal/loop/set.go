package loop

import (
	"encoding/binary"
	"math"
	"runtime"
	"strconv"
	"unsafe"
)

// Set is the compiled loops of a program. Those of equal code are one. The zero Set is empty.
type Set struct {
	code    []byte
	known   map[string]Loop
	start   uintptr // of the code in executable memory, once it is sealed
	unmap   func()
	cleanup runtime.Cleanup // that unmaps it when nobody has the set any more
}

// Loop is a compiled loop of a set: where its code begins, or less than 0 if it cannot be compiled.
type Loop int

const notCompiled Loop = -1

// Add compiles a loop. It is false if there are not enough registers for it, or the machine cannot do it.
func (s *Set) Add(c *Code) (Loop, bool) {
	if !Available() {
		return notCompiled, false
	}
	key := c.key()
	l, known := s.known[key]
	if !known {
		if s.known == nil {
			s.known = make(map[string]Loop)
		}
		l = notCompiled
		if code, ok := generate(c); ok {
			l = Loop(len(s.code))
			s.code = append(s.code, code...)
			for len(s.code)%alignment != 0 {
				s.code = append(s.code, 0)
			}
		}
		s.known[key] = l
	}
	return l, l != notCompiled
}

// alignment is that of loops, in bytes: a cache line.
const alignment = 64

// key is equal for equal codes.
func (c *Code) key() string {
	key := binary.AppendUvarint(nil, uint64(c.Inputs))
	key = binary.AppendUvarint(key, uint64(len(c.Constants)))
	for _, x := range c.Constants {
		key = binary.LittleEndian.AppendUint32(key, math.Float32bits(x))
	}
	for _, is := range c.Repeated {
		key = strconv.AppendBool(key, is)
	}
	key = binary.AppendUvarint(key, uint64(len(c.Instructions)))
	for _, ins := range c.Instructions {
		key = append(key, byte(ins.Op))
		for _, x := range ins.In {
			key = binary.AppendVarint(key, int64(x))
		}
	}
	for _, x := range c.Outputs {
		key = binary.AppendUvarint(key, uint64(x))
	}
	return string(key)
}

// Seal makes the loops ready to run. No more can be added. It fails if the system has no memory for them.
func (s *Set) Seal() (err error) {
	if len(s.code) > 0 {
		if s.start, s.unmap, err = executable(s.code); err == nil {
			s.cleanup = runtime.AddCleanup(s, func(unmap func()) { unmap() }, s.unmap)
		}
	}
	s.code, s.known = nil, nil
	return err
}

// Close gives the memory back. No loop of the set may run any more.
func (s *Set) Close() {
	if s.unmap != nil {
		s.cleanup.Stop()
		s.unmap()
		s.unmap = nil
	}
}

// Run is what a loop is run on. Its addresses are those of the inputs and then of the outputs, by row: a loop counts them and the
// rows on.
type Run struct {
	N, Rows   int              // elements of a row, at least 1; rows, at least 1
	strides   *int             // bytes from row to row, set by a call
	Addresses []unsafe.Pointer // of the first element of each operand
	Strides   []int            // bytes from a row of each to the next; of no meaning for one row
}

// Run runs a loop.
func (s *Set) Run(l Loop, r *Run) {
	r.strides = unsafe.SliceData(r.Strides)
	call(s.start+uintptr(l), unsafe.SliceData(r.Addresses), r)
	runtime.KeepAlive(s)
}
