package lower

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/owulveryck/onnx-go"
	"github.com/owulveryck/onnx-go/backend/testbackend"
	_ "github.com/owulveryck/onnx-go/backend/testbackend/onnx" // registers the cases
	"google.golang.org/protobuf/proto"

	"onnx-metainit/onnxio/onnxpb"
)

// runConformance runs a case of onnx-go's conformance suite as the suite does, but that the backend is told the opset, which
// onnx-go does not hand on. To the suite's tolerance a relative one is added.
func runConformance(tc *testbackend.TestCase, relative float64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("onnx-go panics: %v", r)
		}
	}()
	m := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(tc.ModelB, m); err != nil {
		return err
	}
	b := &Backend{Opset: int(m.GetOpsetImport()[0].GetVersion())}
	model := onnx.NewModel(b)
	if err := model.UnmarshalBinary(tc.ModelB); err != nil {
		return err
	}
	for i, x := range tc.Input {
		if err := model.SetInput(i, x); err != nil {
			return err
		}
	}
	if err := b.Run(); err != nil {
		return err
	}
	got, err := model.GetOutputTensors()
	if err != nil {
		return err
	}
	if len(got) != len(tc.ExpectedOutput) {
		return errors.New("the number of results differs")
	}
	for i, want := range tc.ExpectedOutput {
		if !slices.Equal([]int(got[i].Shape()), []int(want.Shape())) {
			return fmt.Errorf("result %d has shape %v, want %v", i, got[i].Shape(), want.Shape())
		}
		x, y := elements(got[i].Data()), elements(want.Data())
		for k := range y {
			if !(math.Abs(x[k]-y[k]) <= 1e-6+relative*math.Abs(y[k])) && x[k] != y[k] && !(math.IsNaN(x[k]) && math.IsNaN(y[k])) {
				return fmt.Errorf("result %d: element %d is %v, want %v", i, k, x[k], y[k])
			}
		}
	}
	return nil
}

// suiteDeviations are the cases of onnx-go's suite that do not pass, with reasons. Its tolerance is 1e-6, absolute.
var suiteDeviations = map[string]string{
	"TestPow":                                      rounding,
	"TestReduceL1DefaultAxesKeepdimsRandom":        rounding,
	"TestReduceProdDefaultAxesKeepdimsRandom":      rounding,
	"TestReduceSumDefaultAxesKeepdimsRandom":       rounding,
	"TestReduceSumSquareDefaultAxesKeepdimsRandom": rounding,
	"TestSinh":        rounding,
	"TestTan":         rounding,
	"TestRoialign":    "the suite's values have four digits",
	"TestScan9Sum":    "onnx-go does not decode attributes that are graphs",
	"TestSize":        "the suite writes a scalar with shape (1)",
	"TestSizeExample": "the suite writes a scalar with shape (1)",
}

const rounding = "the suite's values were rounded in single precision on the way; the last place is more than the tolerance"

// TestConformance runs onnx-go's conformance suite through the backend.
func TestConformance(t *testing.T) {
	passed, cases := 0, testbackend.GetAllRegisteredTests()
	for _, c := range cases {
		tc := c()
		reason, deviates := suiteDeviations[tc.Title]
		switch err := runConformance(tc, 0); {
		case err == nil && deviates:
			t.Errorf("%s passes, but is listed: %s", tc.Title, reason)
		case err == nil:
			passed++
		case !deviates:
			t.Errorf("%s: %v", tc.Title, err)
		case reason == rounding:
			if err := runConformance(tc, 1e-6); err != nil {
				t.Errorf("%s differs by more than rounding: %v", tc.Title, err)
			}
		}
	}
	if passed+len(suiteDeviations) != len(cases) {
		t.Errorf("%d of %d cases pass and %d are listed: some of those are none of the suite's", passed, len(cases), len(suiteDeviations))
	}
	t.Logf("%d of %d cases pass", passed, len(cases))
}
