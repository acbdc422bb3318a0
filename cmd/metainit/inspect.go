package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/metainit"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show inputs, outputs, operator sets, what is not supported, and each tensor's role",
		ArgsUsage: "MODEL",
		Flags: slices.Concat(modelFlags(), dataFlags(), reportFlags(), []cli.Flag{threadsFlag(), allFlag("name all tensors that one is tied to, not how many")},
			rowFlags("tensor", "shape", "type", "norm", "role", "reason")),
		Action: inspect,
		Description: examples(
			"metainit inspect model.onnx",
			"metainit inspect model.onnx --freeze '^embedding'",
			"metainit inspect model.onnx --json",
		),
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
	if r.RunErr != nil {
		r.RunProblem = withoutTrials(r.RunErr).Error()
	}
	if c.Bool("json") {
		return printJSON(c.App.Writer, formInspect, r)
	}
	return printInspection(viewOf(c), r)
}

func printInspection(v *view, r *metainit.Inspection) error {
	l := &listing{named: true, columns: []column{
		{title: "tensor", short: asName},
		{title: "shape", spare: 3},
		{title: "type", spare: 5},
		{title: "norm", numbers: true, spare: 2},
		{title: "role", spare: 1},
		{title: "reason", short: asNote, spare: 4},
	}}
	for _, t := range r.Tensors {
		l.add(0, words(t.Name), shapeCell(t.Shape), words(t.DType), number(t.Norm, 5), words(string(t.Role)), words(t.Reason+tiedText(t.Tied, v.all)))
	}
	if err := v.table(l); err != nil {
		return err
	}
	return v.facts(inspectionFacts(r))
}

// tiedText says what a tensor is tied to: a head and an embedding are two, but a gain may be tied to all others of its kind.
func tiedText(others []string, all bool) string {
	switch n := len(others); {
	case n == 0:
		return ""
	case n == 1 || all:
		return "; tied to " + strings.Join(others, ", ")
	default:
		return fmt.Sprintf("; tied to %d others", n)
	}
}

// inspectionFacts says what there is to know of the model as a whole.
func inspectionFacts(r *metainit.Inspection) []fact {
	opsets := make([]string, len(r.Opsets))
	for i, o := range r.Opsets {
		opsets[i] = strings.TrimSpace(fmt.Sprintf("%s %d", o.Domain, o.Version))
	}
	list := []fact{{about: "ONNX", says: fmt.Sprintf("IR %d, opset %s, by %s", r.IRVersion, strings.Join(opsets, ", "), orDash(r.Producer))}}
	add := func(about, says string) { list = append(list, fact{about: about, says: says}) }
	mark := func(about, says string) { list = append(list, fact{about, says, warning}) }
	for _, v := range r.Inputs {
		add("input", interfaceText(v))
	}
	for _, f := range r.Fillings {
		add("data", fillingText(f))
	}
	for _, v := range r.Outputs {
		add("output", interfaceText(v))
	}
	if r.Problem == "" {
		add("loss", fmt.Sprintf("%s: %s", r.LossKind, r.LossReason))
		add("parameters", amount(float64(r.NumParameters), ""))
	} else {
		mark("problem", r.Problem)
	}
	switch {
	case r.Plan != nil:
		add("memory", planText(r.Plan))
	case r.PlanProblem != "":
		mark("memory", "unknown: "+r.PlanProblem)
	}
	switch {
	case r.RunProblem != "":
		mark("run", r.RunProblem)
	case r.RunMemoryBytes > 0:
		add("run", amount(float64(r.RunMemoryBytes), "B")+" planned")
	}
	for _, text := range r.Warnings {
		mark("warning", text)
	}
	for _, u := range r.Unsupported {
		mark("unsupported", fmt.Sprintf("%s, opset %d, in %d nodes: %s", strings.TrimPrefix(u.Domain+":"+u.Operator, ":"), u.Opset, len(u.Nodes), strings.Join(u.Nodes, ", ")))
	}
	for _, e := range r.Records {
		add(e.Key, recordText(e))
	}
	return list
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
		Before  *float64           `json:"gq_before"`
		After   *float64           `json:"gq_after"`
		Steps   int                `json:"steps"`
		Verdict string             `json:"verdict"`
		Factors map[string]float64 `json:"factors"`
	}
	if json.Unmarshal(raw, &record) != nil || record.Before == nil || record.After == nil {
		return "a record that this version cannot read"
	}
	rescaled := 0
	for _, f := range record.Factors {
		if f != 1 {
			rescaled++
		}
	}
	how := record.Verdict
	if how == "" {
		how = fmt.Sprintf("%d steps", record.Steps)
	}
	return fmt.Sprintf("tuned before: GQ %.4g -> %.4g, %d tensors rescaled (%s)", *record.Before, *record.After, rescaled, how)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
