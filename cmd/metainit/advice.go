package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/metainit"
)

// inFile adds to the error of a model the file's name in front, unless the error has it, and what to do at the end.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	if !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	var unsupported *lower.UnsupportedError
	var stored *metainit.NotFiniteTensorError
	var notFinite *metainit.NotFiniteError
	switch {
	case errors.As(err, &unsupported):
		return fmt.Errorf("%w; export the model without them, or name a tensor before them (--output-name)", err)
	case errors.Is(err, metainit.ErrNothingToTune):
		return fmt.Errorf("%w; metainit inspect shows the role of each tensor", err)
	case errors.As(err, &stored):
		return fmt.Errorf("%w; give a file whose tensors are finite", err)
	case errors.As(err, &notFinite) && notFinite.Order > 0:
		return fmt.Errorf("%w; keep its operands away from there (by a small summand, or a selection before it), use other data, "+
			"or try --precision float64", err)
	case errors.Is(err, metainit.ErrNotFinite):
		return fmt.Errorf("%w; check the weights and the data, or try --precision float64", err)
	}
	return err
}

// withoutTrials adds to the error of a run what helps where no trial can be made.
func withoutTrials(err error) error {
	if errors.Is(err, metainit.ErrNoTrial) {
		return fmt.Errorf("%w, or leave trials out (--no-trial)", err)
	}
	return err
}

// warn prints warnings, unless the command is quiet.
func warn(c *cli.Context, warnings ...string) {
	head := "warning"
	if inColour(c.App.ErrWriter) {
		head = warning.paint(head)
	}
	for _, text := range warnings {
		if !c.Bool("quiet") {
			printf(c.App.ErrWriter, head+": %s\n", text)
		}
	}
}
