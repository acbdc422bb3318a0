package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"google.golang.org/protobuf/proto"

	"onnx-metainit/metainit"
	"onnx-metainit/onnxio"
	"onnx-metainit/onnxio/npy"
	"onnx-metainit/onnxio/onnxpb"
	"onnx-metainit/onnxio/onnxtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"metainit": func() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) },
		"metainit-held": func() { // says last, on the standard error, how many bytes it held: what the system counts for it has those of its parent
			status := run(os.Args, os.Stdout, os.Stderr)
			fmt.Fprintf(os.Stderr, "%d\n", int64(peakMemory()*(1<<20)))
			os.Exit(status)
		},
	})
}

// TestScripts runs the scripts of testdata/script. Besides the commands of testscript they have those below.
func TestScripts(t *testing.T) {
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join(testdata, "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("REFERENCE", filepath.Join(testdata, "reference"))
			env.Setenv("MODELS", filepath.Join(testdata, "models"))
			env.Setenv("CASES", filepath.Join(testdata, "cases"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"external": writeExternal,
			"json":     jsonHas,
			"omit":     omit,
			"model":    writeModel,
			"npy":      writeArray,
			"npz":      writeArchive,
			"state":    writeState,
			"tensor":   writeTensor,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits STATUS metainit ARG...
//
// runs a command that must end with the status. One that fails says so in one or two lines without a trace; with the
// status of diff for different models, in none.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	status := 0
	var failed *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &failed):
		status = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if status != want {
		ts.Fatalf("exit status %d, want %d", status, want)
	}
	message := ts.ReadFile("stderr")
	if strings.Contains(message, "goroutine ") {
		ts.Fatalf("it panicked")
	}
	if lines := strings.Count(message, "\n"); status != 0 && (lines > 2 || lines == 0 && args[2] != "diff") {
		ts.Fatalf("%d lines of messages, want one or two", lines)
	}
}

// json FILE PATH[=VALUE]...
//
// requires each path in the JSON of the file: names and indices with a dot between, * for every element. With a value,
// what is there prints as that.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: json FILE PATH[=VALUE]...")
	}
	var root any
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(d.Decode(&root))
	if d.More() {
		ts.Fatalf("%s holds more than one value", args[0])
	}
	for _, arg := range args[1:] {
		path, value, compared := strings.Cut(arg, "=")
		found, err := at(root, strings.Split(path, "."))
		ts.Check(err)
		for _, v := range found {
			if got := fmt.Sprint(v); compared && got != value {
				ts.Fatalf("%s is %s, want %s", path, got, value)
			}
		}
	}
}

// omit FILE NAME TO
//
// writes the JSON of the file without a name of its object to another file.
func omit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: omit FILE NAME TO")
	}
	var object map[string]json.RawMessage
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &object))
	if object[args[1]] == nil {
		ts.Fatalf("there is no %q", args[1])
	}
	delete(object, args[1])
	text, err := json.Marshal(object)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), text, 0o666))
}

// at returns all values at the path, of which there must be one at least.
func at(v any, path []string) ([]any, error) {
	if len(path) == 0 {
		return []any{v}, nil
	}
	var children []any
	switch v := v.(type) {
	case map[string]any:
		if path[0] == "*" {
			for _, child := range v {
				children = append(children, child)
			}
			break
		}
		child, ok := v[path[0]]
		if !ok {
			return nil, fmt.Errorf("no %q in %v", path[0], v)
		}
		children = []any{child}
	case []any:
		children = v
		if path[0] != "*" {
			i, err := strconv.Atoi(path[0])
			if err != nil || i < 0 || i >= len(v) {
				return nil, fmt.Errorf("no element %q in %v", path[0], v)
			}
			children = v[i : i+1]
		}
	}
	if len(children) == 0 {
		return nil, fmt.Errorf("no %q in %v", path[0], v)
	}
	var found []any
	for _, child := range children {
		values, err := at(child, path[1:])
		if err != nil {
			return nil, err
		}
		found = append(found, values...)
	}
	return found, nil
}

// model NAME FILE
//
// writes the model of that name in exampleModels.
func writeModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: model NAME FILE")
	}
	build, ok := exampleModels[args[0]]
	if !ok {
		ts.Fatalf("no model %q", args[0])
	}
	data, err := build()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
}

// external FILE KEY=VALUE...
//
// writes a model y = tanh(x w) whose weights are where the entries of external_data say; with the weights themselves in
// weights.bin behind 64 other bytes.
func writeExternal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: external FILE KEY=VALUE...")
	}
	data, err := linear(external(args[1:]...), onnxtest.Node("MatMul", "x,w", "h"), onnxtest.Node("Tanh", "h", "y"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
	ts.Check(os.WriteFile(ts.MkAbs("weights.bin"), append(make([]byte, 64), weights(0.5).RawData...), 0o666))
}

// npy FILE TYPE SHAPE VALUE
//
// writes an array of TYPE (int or float) and SHAPE (2,3) whose elements are all VALUE.
func writeArray(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: npy FILE TYPE SHAPE VALUE")
	}
	a := &metainit.Array{Integer: args[1] == "int"}
	size := 1
	for _, field := range strings.Split(args[2], ",") {
		d, err := strconv.Atoi(field)
		ts.Check(err)
		a.Shape = append(a.Shape, d)
		size *= d
	}
	value, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	for range size {
		a.Data = append(a.Data, value)
	}
	var b bytes.Buffer
	ts.Check(metainit.WriteNPY(&b, a))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// tensor FILE.pb ARRAY.npy
//
// writes an array as a TensorProto of doubles.
func writeTensor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tensor FILE.pb ARRAY.npy")
	}
	a, err := metainit.ReadNPY(ts.MkAbs(args[1]))
	ts.Check(err)
	t := &onnxpb.TensorProto{DataType: proto.Int32(int32(onnxio.Float64)), DoubleData: a.Data}
	for _, d := range a.Shape {
		t.Dims = append(t.Dims, int64(d))
	}
	data, err := proto.Marshal(t)
	ts.Check(err)
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o777))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}

// npz FILE NAME=ARRAY.npy...
//
// writes an archive of arrays as numpy.savez does.
func writeArchive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: npz FILE NAME=ARRAY.npy...")
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, arg := range args[1:] {
		name, file, _ := strings.Cut(arg, "=")
		w, err := z.Create(name + ".npy")
		ts.Check(err)
		_, err = w.Write([]byte(ts.ReadFile(file)))
		ts.Check(err)
	}
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// state FILE MODEL
//
// writes the float32 initializers of a model as a framework's state, net. before their names: as .safetensors, or as .npz with
// matrices in Fortran order.
func writeState(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: state FILE MODEL")
	}
	m, err := onnxio.Open(ts.MkAbs(args[1]))
	ts.Check(err)
	defer m.Close()
	var state []byte
	if filepath.Ext(args[0]) == ".npz" {
		state, err = npzState(m)
	} else {
		state, err = safetensorsState(m)
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), state, 0o666))
}

func safetensorsState(m *onnxio.Model) ([]byte, error) {
	header, data := make(map[string]any), []byte{}
	for _, t := range m.Tensors {
		if !t.IsFloat() {
			continue
		}
		values, err := t.Float32s()
		if err != nil {
			return nil, err
		}
		begin := len(data)
		for _, v := range values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
		header["net."+t.Name] = map[string]any{"dtype": "F32", "shape": t.Shape, "data_offsets": []int{begin, len(data)}}
	}
	text, err := json.Marshal(header)
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, data), err
}

func npzState(m *onnxio.Model) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, t := range m.Tensors {
		if !t.IsFloat() {
			continue
		}
		values, err := t.Float32s()
		if err != nil {
			return nil, err
		}
		order, shape, columns := "False", "", 1
		for _, d := range t.Shape {
			shape += strconv.FormatInt(d, 10) + ","
		}
		if len(t.Shape) == 2 {
			order, columns = "True", int(t.Shape[1])
		}
		header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': %s, 'shape': (%s)}\n", order, shape)
		file := binary.LittleEndian.AppendUint16([]byte(npy.Magic+"\x01\x00"), uint16(len(header)))
		file = append(file, header...)
		rows := len(values) / columns
		for i := range values {
			file = binary.LittleEndian.AppendUint32(file, math.Float32bits(values[i%rows*columns+i/rows]))
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: "net." + t.Name + ".npy", Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(file); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}
