package onnxio

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"
)

// writer calls itself.
type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestWriteBehind writes pieces of many sizes, and all of them come, in order.
func TestWriteBehind(t *testing.T) {
	for _, size := range []int{0, 1, behindBlock - 1, behindBlock, behindBlock + 1, behindBlock * (behindBlocks + 2), behindBlock*9 + 5} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i ^ i>>8 ^ i>>16)
		}
		var got bytes.Buffer
		err := writeBehind(&got, func(w io.Writer) error {
			for left, n := want, 1; len(left) > 0; n = n*5 + 1 {
				k, err := w.Write(left[:min(n, len(left))])
				if err != nil {
					return err
				}
				left = left[k:]
			}
			return nil
		})
		if err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("of %d bytes %d came, or others (%v)", size, got.Len(), err)
		}
	}
}

// TestWriteBehindFails: nothing is written after an error of the writer, whichever block has it, nor once the reader has one.
func TestWriteBehindFails(t *testing.T) {
	full, unread := errors.New("full"), errors.New("unread")
	const blocks = behindBlocks + 3
	for fails := range blocks + 1 {
		calls, read := 0, 0
		err := writeBehind(writer(func(p []byte) (int, error) {
			if calls++; calls > fails {
				return 0, full
			}
			return len(p), nil
		}), func(w io.Writer) error {
			for range blocks {
				if _, err := w.Write(make([]byte, behindBlock)); err != nil {
					return err
				}
				read++
			}
			return nil
		})
		if want := map[bool]error{true: full}[fails < blocks]; err != want || calls > fails+1 || read > fails+behindBlocks+1 {
			t.Errorf("write %d of %d fails: %v after %d calls, %d blocks read", fails+1, blocks, err, calls, read)
		}
	}
	calls := 0
	var ended atomic.Bool
	err := writeBehind(writer(func(p []byte) (int, error) {
		time.Sleep(5 * time.Millisecond)
		if calls++; ended.Load() {
			t.Error("written after the end")
		}
		return len(p), nil
	}), func(w io.Writer) error {
		_, err := w.Write(make([]byte, 3*behindBlock))
		return errors.Join(err, unread)
	})
	if ended.Store(true); !errors.Is(err, unread) || calls > 2 {
		t.Errorf("the error of the reader is %v, after %d calls", err, calls)
	}
	time.Sleep(20 * time.Millisecond)
}
