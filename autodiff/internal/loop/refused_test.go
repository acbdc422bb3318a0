//go:build linux

package loop

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRefusedMemory runs itself in a process that may make no memory executable: there nothing is compiled.
func TestRefusedMemory(t *testing.T) {
	const child = "LOOP_TEST_REFUSED"
	if os.Getenv(child) == "" {
		needsMachine(t)
		if _, err := unix.PrctlRetInt(unix.PR_GET_MDWE, 0, 0, 0, 0); err != nil {
			t.Skipf("the kernel, older than 6.3, cannot refuse executable memory to a process (%v)", err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestRefusedMemory$")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := unix.Prctl(unix.PR_SET_MDWE, unix.PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	var set Set
	_, ok := set.Add(&Code{Inputs: 1, Instructions: []Instruction{{Neg, [3]int{0}}}, Outputs: []int{1}})
	if Available() || ok {
		t.Error("a loop is compiled where memory must not be executable")
	}
	if err := set.Seal(); err != nil {
		t.Error(err)
	}
}
