package main

import (
	"slices"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text           string
		screen, indent int
		want           []string
	}{
		{"a b c", 0, 0, []string{"a b c"}},
		{"a  b c", 6, 0, []string{"a  b c"}},
		{"a b c", 3, 0, []string{"a b", "c"}},
		{"abcdefg h", 5, 2, []string{"abc", "def", "g h"}},
		{"層層層", 5, 0, []string{"層層", "層"}},
		{"層", 1, 0, []string{"層"}},
		{"", 5, 0, []string{""}},
		{"a b", 5, 9, []string{"a", "b"}},
	} {
		if got := wrap(c.text, c.screen, c.indent); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.screen, got, c.want)
		}
	}
	if got, want := string(wrapped([]byte("one two three\nfour\nfive six"), 8)), "one\n  two\n  three\nfour\nfive six"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
