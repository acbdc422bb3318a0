package npy

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

// file joins the header of a version and elements.
func file(version byte, text string, elements ...byte) []byte {
	b := []byte(Magic + string(version) + "\x00")
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	}
	return append(append(b, text...), elements...)
}

func TestReadHeader(t *testing.T) {
	for _, c := range []struct {
		file []byte
		want Header
	}{
		{file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 1, 2), Header{Descr: "<f4", Type: "f4", Shape: []int{2, 3}, Size: 69}},
		{file(2, "{'descr': '>i2', 'fortran_order': True, 'shape': ()}"), Header{Descr: ">i2", Type: "i2", BigEndian: true, Fortran: true, Size: 64}},
		{file(3, "{'descr': '|V2', 'fortran_order': False, 'shape': (1,)}"), Header{Descr: "|V2", Shape: []int{1}, Size: 67}},
	} {
		if got, err := ReadHeader(c.file); err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%q: got %+v, %v, want %+v", c.file, got, err, c.want)
		}
	}
	long := "{'descr': '<f4', 'fortran_order': False, 'shape': ()}" + strings.Repeat(" ", maxText)
	if _, err := ReadHeader(file(2, long)); err == nil || !strings.Contains(err.Error(), "the most that is read are 1048576") {
		t.Errorf("a long header: error %v", err)
	}
}
