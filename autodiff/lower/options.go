package lower

import "context"

// Options say what the file of a model leaves open. The zero value is useful.
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

	BatchNorm BatchNorm // what BatchNormalization normalizes by

	MemoryLimit int64 // bytes that the graph, and compiling programs of it, may take; 0: no limit

	Naming Naming // what errors call the options

	Context context.Context // ends the lowering, and what is computed of the graph, when it is done; nil: never. See autodiff.Graph.Until
}

// BatchNorm is what a BatchNormalization in inference form takes for mean and variance.
type BatchNorm int

const (
	BatchNormStored    BatchNorm = iota // the stored ones, as the model says
	BatchNormUntrained                  // those of the batch where the stored ones are 0 and 1, as before training
	BatchNormBatch                      // those of the batch, as in training
)

// Naming returns what messages call a field of Options, in the words of the program that sets it: the flag --dim seq=128, say.
// key and value are the entry that the message is about, "" if there is none; the value "…" stands for any. nil means names
// as in Dims seq=…, Outputs logits, Batch 8.
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
