package metainit

import (
	"encoding/json"
	"fmt"
	"os"
)

// ReadFactors reads factors by tensor from a file, as those of Result.Factors: a JSON object of numbers. Errors name the file.
func ReadFactors(path string) (map[string]float64, error) {
	if err := regular(path); err != nil {
		return nil, fmt.Errorf("factors cannot be read: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("factors cannot be read: %w", err)
	}
	var factors map[string]float64
	if err := json.Unmarshal(text, &factors); err != nil {
		return nil, fmt.Errorf("%s: is no object of factors by name: %w", path, err)
	}
	return factors, nil
}
