package metainit

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"onnx-metainit/autodiff"
)

// TestPlan: a perceptron of 64, 48, 48 and 10 units on a batch of 16, whose
// products are counted by hand.
func TestPlan(t *testing.T) {
	p := loadReference(t, "../testdata/reference/mlp").problem(t, autodiff.Float32)
	plan, err := p.Plan()
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(16 * (64*48 + 48*48 + 48*10)); plan.ForwardMultiplyAdds != want {
		t.Errorf("%d multiply-adds forward, want %d", plan.ForwardMultiplyAdds, want)
	}
	if plan.Ratio*float64(plan.ForwardMultiplyAdds) != float64(plan.MultiplyAdds) || plan.Ratio < 9 || plan.Ratio > 26 {
		t.Errorf("a step takes %d multiply-adds, %v times %d; want 9 to 26 times", plan.MultiplyAdds, plan.Ratio, plan.ForwardMultiplyAdds)
	}
	if least := int64(4 * (5962 + 16*64)); plan.MemoryBytes < least || plan.MemoryBytes > 64*least {
		t.Errorf("%d bytes, where weights and data alone take %d", plan.MemoryBytes, least)
	}
	profile, err := p.Profile(2)
	if err != nil {
		t.Fatal(err)
	}
	calls, work := 0, int64(0)
	for _, k := range profile {
		calls += k.Steps
		work += k.MultiplyAdds
		if k.Time < 0 || k.Time == 0 && runtime.GOOS != "windows" { // whose clock goes in steps of half a millisecond
			t.Errorf("%s took %v", k.Op, k.Time)
		}
	}
	if calls != plan.Steps || work != plan.MultiplyAdds {
		t.Errorf("profiled %d steps, %d multiply-adds; planned %d, %d", calls, work, plan.Steps, plan.MultiplyAdds)
	}
	var b bytes.Buffer
	if err := p.Dump(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{` = variable "1.weight" : [48 64]`, "\nplan of ", "\n0 dot "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in the dump", want)
		}
	}
}

// TestPlanLimit: what does not fit has no plan, and can be inspected.
func TestPlanLimit(t *testing.T) {
	r := loadReference(t, "../testdata/reference/mlp")
	r.opt.MemoryLimit = 1 << 10
	if plan, err := r.problem(t, autodiff.Float32).Plan(); err == nil || !strings.Contains(err.Error(), "smaller batch") {
		t.Errorf("plan %+v, error %v; want one about the batch", plan, err)
	}
	if i := Inspect(r.model, r.opt); i.Plan != nil || i.Problem != "" || !strings.Contains(i.PlanProblem, "smaller batch") {
		t.Errorf("inspected: plan %+v, problems %q, %q; want the last alone", i.Plan, i.Problem, i.PlanProblem)
	}
}
