package main

import (
	"reflect"
	"testing"
)

func TestShapes(t *testing.T) {
	got, err := shapes([]string{"serving_default_x:0:32,3,8", "mask:1, 1", "4"})
	want := map[string][]int{"serving_default_x:0": {32, 3, 8}, "mask": {1, 1}, "": {4}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, wrong := range [][]string{{"x:"}, {""}, {"x:3,"}, {"x:3,-1"}, {"x:3x4"}, {"x:99999999999999999999"}, {"x:1", "x:2"}, {"1", "2"}} {
		if got, err := shapes(wrong); err == nil {
			t.Errorf("%q: got %v, want an error", wrong, got)
		}
	}
}
