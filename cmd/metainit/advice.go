package main

import (
	"errors"
	"fmt"
	"strings"

	"onnx-metainit/autodiff/lower"
	"onnx-metainit/metainit"
)

// inFile returns the error of a model with the file's name before it, unless it is in the error, and what to do behind.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	if !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	var unsupported *lower.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return fmt.Errorf("%w; export the model without them, or name a tensor before them (--output-name)", err)
	case errors.Is(err, metainit.ErrNothingToTune):
		return fmt.Errorf("%w; metainit inspect shows the role of each tensor", err)
	case errors.Is(err, metainit.ErrNotFinite):
		return fmt.Errorf("%w; check the weights and the data, or try --precision float64", err)
	}
	return err
}
