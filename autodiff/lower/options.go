package lower

import "context"

// Options say what a model leaves open.
type Options struct {
	// Shapes gives inputs their shapes, by name. Of the sizes that the file fixes it can change that of the first axis and
	// those that are 1.
	Shapes map[string][]int

	// Dims are sizes of free axes by name, the same in all inputs. A name that is a sum or a product of others, as in
	// "past + sequence", needs none.
	Dims map[string]int

	// Batch is the size of a first axis that the file leaves free and that Dims does not name; 0 means 32. It is an error
	// if the file fixes the first axes of all inputs.
	Batch int

	// Known gives the elements of inputs that are to be constants, in row-major order; their shapes are those of Shapes or
	// of the file.
	Known map[string][]float64

	// Given gives the elements of inputs that stay variables: where elements decide shapes, these do, and what is computed
	// of them.
	Given map[string][]float64

	// Outputs names the tensors that are wanted: outputs of the model or what any node of its graph makes. None means one: the first
	// float output that weights reach.
	Outputs []string

	// StraightThrough takes pairs of QuantizeLinear and DequantizeLinear, whose rounding has no derivative, for the identity.
	StraightThrough bool

	BatchNorm BatchNorm

	MemoryLimit int64 // bytes that the graph may take, and compiling programs of it besides; 0: no limit

	Naming Naming // of the options, in errors

	Context context.Context // what it ends when it is done, and what is computed of the graph; nil: nothing. See autodiff.Graph.Until
}

// BatchNorm is what a BatchNormalization in inference form takes for mean and variance.
type BatchNorm int

// The stored ones, as the model says; those of the batch where the stored ones are 0 and 1, as before training; or always
// those of the batch, as in training.
const (
	BatchNormStored BatchNorm = iota
	BatchNormUntrained
	BatchNormBatch
)

// Naming says what messages call an option, in the words of whoever asks the user for it: a field of Options, and a key and a
// value where the message is of these, "" where it is not. A value "…" stands for any. nil: as in Dims seq=…, Outputs logits, Batch 8.
type Naming func(option, key, value string) string

// Of returns what messages call an option.
func (n Naming) Of(option, key, value string) string {
	switch {
	case n != nil:
		return n(option, key, value)
	case key == "" && value == "":
		return option
	case key == "" || value == "":
		return option + " " + key + value
	}
	return option + " " + key + "=" + value
}
