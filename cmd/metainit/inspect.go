package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show inputs, outputs, operator sets, what is not supported, and each tensor's role",
		ArgsUsage: "MODEL",
		Flags:     problemFlags(),
		Action:    inspect,
		CustomHelpTemplate: examples(
			"metainit inspect model.onnx",
			"metainit inspect model.onnx --freeze '^embedding'",
			"metainit inspect model.onnx --json",
		) + cli.CommandHelpTemplate,
	}
}

func inspect(c *cli.Context) error {
	args, err := models(c, "MODEL")
	if err != nil {
		return err
	}
	m, opt, err := openModel(c, args[0], "")
	if err != nil {
		return err
	}
	defer m.Close()
	over := during(c, "building and compiling the graph of %s", args[0])
	r := metainit.Inspect(m, opt)
	over()
	if c.Bool("json") {
		return printJSON(c.App.Writer, formInspect, r)
	}
	return printInspection(c.App.Writer, r)
}

func printInspection(w io.Writer, r *metainit.Inspection) error {
	opsets := make([]string, len(r.Opsets))
	for i, o := range r.Opsets {
		opsets[i] = strings.TrimSpace(fmt.Sprintf("%s %d", o.Domain, o.Version))
	}
	rows := [][]string{{"ONNX", fmt.Sprintf("IR %d, opset %s, by %s", r.IRVersion, strings.Join(opsets, ", "), orDash(r.Producer))}}
	for _, v := range r.Inputs {
		rows = append(rows, []string{"input", interfaceText(v)})
	}
	for _, f := range r.Fillings {
		rows = append(rows, []string{"data", fillingText(f)})
	}
	for _, v := range r.Outputs {
		rows = append(rows, []string{"output", interfaceText(v)})
	}
	if r.Problem == "" {
		rows = append(rows, []string{"loss", fmt.Sprintf("%s: %s", r.LossKind, r.LossReason)}, []string{"parameters", fmt.Sprint(r.NumParameters)})
	} else {
		rows = append(rows, []string{"problem", r.Problem})
	}
	switch {
	case r.Plan != nil:
		rows = append(rows, []string{"memory", planText(r.Plan)})
	case r.PlanProblem != "":
		rows = append(rows, []string{"memory", "unknown: " + r.PlanProblem})
	}
	switch {
	case r.RunProblem != "":
		rows = append(rows, []string{"run", r.RunProblem})
	case r.RunMemoryBytes > 0:
		rows = append(rows, []string{"run", fmt.Sprintf("%s MB planned", rounded(float64(r.RunMemoryBytes)/(1<<20)))})
	}
	for _, warning := range r.Warnings {
		rows = append(rows, []string{"warning", warning})
	}
	for _, u := range r.Unsupported {
		rows = append(rows, []string{"unsupported", fmt.Sprintf("%s, opset %d, in %d nodes: %s", strings.TrimPrefix(u.Domain+":"+u.Operator, ":"), u.Opset, len(u.Nodes), strings.Join(u.Nodes, ", "))})
	}
	for _, e := range r.Records {
		rows = append(rows, []string{e.Key, recordText(e)})
	}
	for _, row := range rows {
		printf(w, "%-11s  %s\n", row[0], row[1])
	}
	printf(w, "\n")
	rows = [][]string{{"tensor", "shape", "type", "norm", "role", "reason"}}
	for _, t := range r.Tensors {
		reason := t.Reason
		if len(t.Tied) > 0 {
			reason += "; tied to " + strings.Join(t.Tied, ", ")
		}
		rows = append(rows, []string{t.Name, shapeText(t.Shape), t.DType, numberText(t.Norm, 5), string(t.Role), reason})
	}
	return table(w, rows)
}

func interfaceText(v metainit.Interface) string {
	if v.Shape == nil {
		return fmt.Sprintf("%s: %s of unknown shape", v.Name, v.DType)
	}
	return fmt.Sprintf("%s: %s %s", v.Name, v.DType, shapeText(v.Shape))
}

// recordText returns what a person wants of the record of an earlier run.
func recordText(e metainit.EarlierRecord) string {
	raw, _ := e.Value.(json.RawMessage)
	var record struct {
		Before *float64           `json:"gq_before"`
		After  *float64           `json:"gq_after"`
		Steps  int                `json:"steps"`
		Factor map[string]float64 `json:"factors"`
	}
	if json.Unmarshal(raw, &record) != nil || record.Before == nil || record.After == nil {
		return "a record that this version cannot read"
	}
	return fmt.Sprintf("tuned before: GQ %.4g -> %.4g in %d steps, %d tensors rescaled", *record.Before, *record.After, record.Steps, len(record.Factor))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
