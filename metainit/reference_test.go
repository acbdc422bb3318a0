package metainit

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"onnx-metainit/autodiff"
	"onnx-metainit/onnxio"
)

// expected is what PyTorch computed for a case; testdata/README.md describes it.
type expected struct {
	Loss      float64
	LossKind  Loss `json:"loss_kind"`
	ClassAxis *int `json:"class_axis"`
	Inputs    []string
	GQ        float64
	LGQ       float64
	TrainLR   float64 `json:"train_lr"`
	Eps       float64
	NumParams int                `json:"num_params"`
	Names     []string           `json:"param_names"`
	DGQ       map[string]float64 `json:"dgq_dnorm"`
	DLGQ      map[string]float64 `json:"dlgq_dnorm"`
	DGQ32     map[string]float64 `json:"dgq_dnorm_float32"`
	Norms     map[string]float64

	Trajectory struct {
		LR, Momentum float64
		Steps        int
		GQ           []float64
		FinalGQ      float64            `json:"final_gq"`
		FinalNorms   map[string]float64 `json:"final_norms"`
	}
}

// reference is a case of testdata: a model, data, and what is expected.
type reference struct {
	name  string
	dir   string
	model *onnxio.Model
	opt   Options
	want  expected
}

// references returns the cases of testdata/reference and testdata/models.
func references(t *testing.T) []reference {
	t.Helper()
	var list []reference
	for _, pattern := range []string{"../testdata/reference/*", "../testdata/models/*"} {
		dirs, err := filepath.Glob(pattern)
		if err != nil || len(dirs) == 0 {
			t.Fatalf("no cases in %s (%v)", pattern, err)
		}
		for _, dir := range dirs {
			list = append(list, loadReference(t, dir))
		}
	}
	return list
}

func loadReference(t *testing.T, dir string) reference {
	t.Helper()
	r := reference{name: filepath.Base(dir), dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r.want); err != nil {
		t.Fatal(err)
	}
	if r.model, err = onnxio.Open(filepath.Join(dir, "model.onnx")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.model.Close() })
	r.opt = Options{Inputs: map[string]*Array{}, Epsilon: r.want.Eps, TrainLR: r.want.TrainLR, ClassAxis: r.want.ClassAxis}
	if r.want.Inputs == nil {
		r.opt.Inputs[""] = readArray(t, filepath.Join(dir, "input.npy"))
	}
	for _, name := range r.want.Inputs {
		r.opt.Inputs[name] = readArray(t, filepath.Join(dir, name+".npy"))
	}
	if r.want.LossKind != LossOutput {
		r.opt.Targets = map[string]*Array{"": readArray(t, filepath.Join(dir, "target.npy"))}
	}
	if r.want.LossKind == LossMSE {
		r.opt.Loss = LossMSE // a shape cannot tell a regression from class logits
	}
	return r
}

func readArray(t *testing.T, path string) *Array {
	t.Helper()
	a, err := ReadNPY(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (r reference) problem(t *testing.T, precision autodiff.Precision) *Problem {
	t.Helper()
	opt := r.opt
	opt.Precision = precision
	p, err := New(r.model, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// near fails the test if got is further than tolerance, relative, from want.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s is %.12g, want %.12g (relative difference %.2g, allowed %.0g)",
			what, got, want, math.Abs(got-want)/math.Abs(want), tolerance)
	}
}

func TestReferenceFloat64(t *testing.T) {
	for _, r := range references(t) {
		t.Run(r.name, func(t *testing.T) {
			m, err := r.problem(t, autodiff.Float64).Measure()
			if err != nil {
				t.Fatal(err)
			}
			r.check(t, m)
		})
	}
}

// check compares a measurement in float64 with what PyTorch computed.
func (r reference) check(t *testing.T, m *Measurement) {
	t.Helper()
	near(t, "loss", m.Loss, r.want.Loss, 1e-8)
	near(t, "gq", m.GQ, r.want.GQ, 1e-8)
	if r.want.LGQ != 0 {
		near(t, "lgq", m.LGQ, r.want.LGQ, 1e-8)
	}
	if m.NumParameters != r.want.NumParams {
		t.Errorf("num_parameters is %d, want %d", m.NumParameters, r.want.NumParams)
	}
	var names []string
	for _, tensor := range m.Tensors {
		names = append(names, tensor.Name)
		if want, tuned := r.want.DGQ[tensor.Name]; tuned && tensor.DGQDNorm != nil {
			near(t, "dgq_dnorm of "+tensor.Name, *tensor.DGQDNorm, want, 1e-8)
			near(t, "norm of "+tensor.Name, tensor.Norm, r.want.Norms[tensor.Name], 1e-8)
		} else if tuned != (tensor.DGQDNorm != nil) {
			t.Errorf("%s: tuned is %v, want %v", tensor.Name, !tuned, tuned)
		}
	}
	slices.Sort(names)
	slices.Sort(r.want.Names)
	if !slices.Equal(names, r.want.Names) {
		t.Errorf("parameters are %v, want %v", names, r.want.Names)
	}
}

func TestReferenceLogQuotientSlopes(t *testing.T) {
	for _, r := range references(t) {
		if r.want.DLGQ == nil {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			p := r.problem(t, autodiff.Float64)
			e, err := p.newEngine(true, p.tunable())
			if err != nil {
				t.Fatal(err)
			}
			loss, lgq, slopes, err := e.step(0)
			if err != nil {
				t.Fatal(err)
			}
			if all, err := e.judge([]uint64{0}); err != nil || all.loss != loss || all.lgq != lgq {
				t.Errorf("a step reads the loss %v and the log quotient %v, judging %v (%v)", loss, lgq, all, err)
			}
			for j, par := range e.p.counted {
				if par.rescaled() {
					near(t, "dlgq_dnorm of "+par.Name, slopes[j]/par.Norm, r.want.DLGQ[par.Name], 1e-8)
				}
			}
			m, err := p.Measure()
			if err == nil {
				err = p.AddLogSlopes(m)
			}
			if err != nil {
				t.Fatal(err)
			}
			for j, par := range p.counted {
				if par.rescaled() {
					near(t, "dlgq_dlognorm of "+par.Name, *m.Tensors[j].DLGQDLogNorm, r.want.DLGQ[par.Name]*par.Norm, 1e-8)
				}
			}
		})
	}
}

func TestReferenceTrajectory(t *testing.T) {
	for _, r := range references(t) {
		t.Run(r.name, func(t *testing.T) {
			want := r.want.Trajectory
			opt := TuneOptions{Paper: true, Steps: want.Steps, Rate: want.LR, Momentum: &want.Momentum}
			result, err := r.problem(t, autodiff.Float64).Tune(context.Background(), opt)
			if err != nil {
				t.Fatal(err)
			}
			for i, gq := range want.GQ {
				near(t, "gq of a step", result.Trace[i], gq, 1e-7)
			}
			near(t, "final gq", result.GQAfter, want.FinalGQ, 1e-7)
			for _, tensor := range result.Tensors {
				near(t, "final norm of "+tensor.Name, tensor.NormAfter, want.FinalNorms[tensor.Name], 1e-7)
			}
		})
	}
}

func TestReferenceFloat32(t *testing.T) {
	for _, r := range references(t) {
		t.Run(r.name, func(t *testing.T) {
			p := r.problem(t, autodiff.Float32)
			m, err := p.Measure()
			if err != nil {
				t.Fatal(err)
			}
			near(t, "gq", m.GQ, r.want.GQ, 1e-3)
			for _, tensor := range m.Tensors {
				if tensor.DGQDNorm != nil && sign(*tensor.DGQDNorm) != sign(r.want.DGQ[tensor.Name]) {
					t.Errorf("dgq_dnorm of %s is %g, want %g", tensor.Name, *tensor.DGQDNorm, r.want.DGQ[tensor.Name])
				}
			}
			out, err := p.Forward()
			if err != nil {
				t.Fatal(err)
			}
			want := readArray(t, filepath.Join(r.dir, "output.npy"))
			if len(want.Data) != len(out.Data) {
				t.Fatalf("output has shape %v, want %v", out.Shape, want.Shape)
			}
			largest := 0.0
			for _, v := range want.Data {
				largest = max(largest, math.Abs(v))
			}
			for i, v := range want.Data {
				if math.Abs(out.Data[i]-v) > 1e-4*largest {
					t.Fatalf("output element %d is %g, want %g", i, out.Data[i], v)
				}
			}
		})
	}
}

// TestSlopesAgainstDifferences checks the derivative of the quotient by each
// norm against central differences of the quotient itself, which rest on second
// derivatives only.
func TestSlopesAgainstDifferences(t *testing.T) {
	for _, name := range []string{"reference/transformer", "reference/mlp", "models/deep_tanh"} {
		r := loadReference(t, filepath.Join("../testdata", name))
		t.Run(r.name, func(t *testing.T) {
			p := r.problem(t, autodiff.Float64)
			e, err := p.newEngine(false, p.tunable())
			if err != nil {
				t.Fatal(err)
			}
			_, _, slopes, err := e.step(0)
			if err != nil {
				t.Fatal(err)
			}
			const h = 1e-6
			at := func(j int, factor float64) float64 {
				e.setFactor(j, factor)
				r, err := e.judge([]uint64{0})
				if err != nil {
					t.Fatal(err)
				}
				return r.gq
			}
			for j, par := range e.p.counted {
				if !par.rescaled() {
					continue
				}
				difference := (at(j, 1+h) - at(j, 1-h)) / (2 * h)
				at(j, 1)
				near(t, "slope of "+par.Name, slopes[j], difference, 2e-5)
			}
		})
	}
}
