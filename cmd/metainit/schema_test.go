package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"onnx-metainit/metainit"
)

var updateSchemas = flag.Bool("update-schemas", false, "write the schemas of testdata/schema anew: a form that says something else has another number")

// schemas are those of the types that --json prints, and of the record in a rewritten model.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	list := make(map[string]*jsonschema.Schema)
	for form, v := range map[string]any{
		formRun: runReport{}, formRace: metainit.Race{}, formContest: metainit.Contest{}, formApply: transferred{},
		formGQ: metainit.Measurement{}, formInspect: metainit.Inspection{}, formDiff: metainit.Difference{}, formForecast: forecast{},
		metainit.RecordSchema: metainit.Record{},
	} {
		s, err := jsonschema.ForType(reflect.TypeOf(v), &jsonschema.ForOptions{})
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		name := any(form)
		s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", form
		s.Properties["schema"] = &jsonschema.Schema{Const: &name}
		s.Required = append(s.Required, "schema")
		list[form] = s
	}
	return list
}

// TestSchemas: the schemas of testdata are those of the types, and what the commands print is valid.
func TestSchemas(t *testing.T) {
	resolved := make(map[string]*jsonschema.Resolved)
	for form, s := range schemas(t) {
		path := filepath.Join("../../testdata/schema", form+".json")
		want, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		if *updateSchemas {
			if err := os.WriteFile(path, want, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, want) {
			t.Errorf("%s is not the schema of what is printed (-update-schemas writes it)", path)
		}
		var stored jsonschema.Schema
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		if resolved[form], err = stored.Resolve(nil); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	valid := func(what string, text []byte) {
		t.Helper()
		var object map[string]any
		if err := json.Unmarshal(text, &object); err != nil {
			t.Fatalf("%s: %v: %s", what, err, text)
		}
		form, _ := object["schema"].(string)
		if s := resolved[form]; s == nil {
			t.Errorf("%s: there is no form %q", what, form)
		} else if err := s.Validate(object); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	model := func(name string) string { return "../../testdata/models/" + name + "/model.onnx" }
	out := filepath.Join(t.TempDir(), "out.onnx")
	for _, args := range [][]string{
		{"inspect", model("vgg")}, {"inspect", model("loss_output")},
		{"gq", model("two_inputs")}, {"gq", model("loss_output")},
		{"trial", model("conv1d")}, {"trial", model("conv1d"), model("conv1d"), "--seeds", "2", "--steps", "3"},
		{"run", model("deep_tanh"), "-o", out, "--candidates", "metainit", "--no-trial", "--steps", "2"},
		{"run", model("conv1d"), "-o", out}, {"run", model("conv1d"), "-o", out, "--dry-run"},
		{"inspect", out}, {"diff", model("conv1d"), out}, {"apply", out, model("conv1d"), "-o", out + ".applied.onnx"},
	} {
		var stdout, stderr bytes.Buffer
		if status := run(append([]string{"metainit"}, append(args, "--json", "-q")...), &stdout, &stderr); status > 1 || stdout.Len() == 0 {
			t.Errorf("%q: status %d, %s", args, status, stderr.Bytes())
			continue
		}
		valid(filepath.Join(args...), stdout.Bytes())
		if args[0] != "inspect" || args[1] != out {
			continue
		}
		var inspection struct {
			Records []struct{ Value json.RawMessage }
		}
		if err := json.Unmarshal(stdout.Bytes(), &inspection); err != nil || len(inspection.Records) != 1 {
			t.Fatalf("%v, records: %s", err, stdout.Bytes())
		}
		valid("the record", inspection.Records[0].Value)
	}
}
