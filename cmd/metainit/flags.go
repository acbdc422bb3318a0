package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"onnx-metainit/autodiff"
	"onnx-metainit/metainit"
)

// The groups in which the help lists flags. The first three say what is computed: the model with its roles, precision and noise,
// the losses and their data, and what is tried.
const (
	groupModel      = "model and shapes"
	groupData       = "data and loss"
	groupSearch     = "search"
	groupComparison = "comparison"
	groupWritten    = "what is written"
	groupOutput     = "output"
)

// problemFlags are the flags of the commands that compute a problem.
func problemFlags() []cli.Flag {
	return slices.Concat(modelFlags(), dataFlags(), []cli.Flag{
		&cli.Float64Flag{Category: groupSearch, Name: "eps", Value: 1e-5, Usage: "ε of the gradient quotient"},
		&cli.Float64Flag{Category: groupSearch, Name: "train-lr", Value: 0.03, Usage: "rate of the later training, for the log quotient"},
	}, reportFlags(), []cli.Flag{threadsFlag()})
}

// modelFlags say how the graph is built.
func modelFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Category: groupModel, Name: "dim", Usage: "size of a free axis by its name, `NAME=64` (repeatable; inspect shows the names; sums and products of names are computed)"},
		&cli.StringSliceFlag{Category: groupModel, Name: "input-shape", Usage: "shape of an input, `NAME:32,3,32,32` (repeatable; for free axes without a name, and a batch that the file fixes)"},
		&cli.IntFlag{Category: groupModel, Name: "batch", Value: 32, Usage: "size of a free first axis"},
		&cli.StringFlag{Category: groupModel, Name: "params", Usage: "`regexp` of the names of the tensors that are parameters"},
		&cli.StringFlag{Category: groupModel, Name: "freeze", Usage: "`regexp` of the names of tensors that are constants"},
		&cli.BoolFlag{Category: groupModel, Name: "straight-through", Usage: "take pairs of QuantizeLinear and DequantizeLinear, whose rounding has no derivative, for the identity"},
		&cli.StringFlag{Category: groupModel, Name: "precision", Value: "float32", Usage: "what is computed in, whatever the types of the model: float32 or float64"},
		&cli.Uint64Flag{Category: groupModel, Name: "seed", Usage: "seed of all noise"},
	}
}

// dataFlags say what the loss is, and of which data.
func dataFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Category: groupData, Name: "input", Usage: "data of an input, `NAME:FILE.npy`, or FILE.npy where there is one input (repeatable; noise if not given)"},
		&cli.StringSliceFlag{Category: groupData, Name: "target", Usage: "class labels, one-hot labels, probabilities or values, `FILE.npy`, or NAME:FILE.npy where several outputs are named (repeatable; noise if not given)"},
		&cli.StringSliceFlag{Category: groupData, Name: "output-name", DefaultText: "the first float output that weights reach", Usage: "`NAME` of the output, or of any other tensor of the graph, that the loss is taken of (repeatable: the sum of the losses)"},
		&cli.StringSliceFlag{Category: groupData, Name: "loss", DefaultText: "auto", Usage: "auto, cross-entropy, bce, mse or output (the output is the loss), or `NAME:KIND` for one of several outputs (repeatable)"},
		&cli.IntFlag{Category: groupData, Name: "class-axis", DefaultText: "by shape", Usage: "axis of the classes in the output, may be negative"},
		&cli.IntFlag{Category: groupData, Name: "ignore-index", DefaultText: "-100, and 255 in masks of bytes", Usage: "class `label` that is left out of the mean"},
	}
}

func threadsFlag() cli.Flag {
	return &cli.IntFlag{Category: groupOutput, Name: "threads", DefaultText: "all processors", Usage: "`number` of threads; results do not depend on it"}
}

// reportFlags are the flags of all commands.
func reportFlags() []cli.Flag {
	return []cli.Flag{
		configFlag(),
		&cli.BoolFlag{Category: groupOutput, Name: "json", Usage: "print JSON"},
		&cli.BoolFlag{Category: groupOutput, Name: "quiet", Aliases: []string{"q"}, Usage: "print no progress and no messages but errors"},
		&cli.BoolFlag{Category: groupOutput, Name: "verbose", Aliases: []string{"v"}, Usage: "say of each part of the work how long it took"},
		formatFlag(),
	}
}

// problemOptions returns the options that need no file to be read.
func problemOptions(c *cli.Context) (metainit.Options, error) {
	opt := metainit.Options{
		Seed:    c.Uint64("seed"),
		Outputs: c.StringSlice("output-name"),
		Epsilon: c.Float64("eps"),
		TrainLR: c.Float64("train-lr"),
		Threads: c.Int("threads"),

		HoldOut: c.Float64("hold-out"),

		StraightThrough: c.Bool("straight-through"),

		MemoryLimit: freeMemory(),

		Naming: asFlag,

		Slow: func(step string, d time.Duration) {
			if !c.Bool("quiet") {
				printf(c.App.ErrWriter, "%s will take about %s\n", step, durationText(d))
			}
		},
	}
	for _, name := range []string{"eps", "train-lr"} {
		if err := positive(c, name, c.Float64(name)); c.IsSet(name) && err != nil {
			return opt, err
		}
	}
	if !(opt.HoldOut >= 0 && opt.HoldOut < 1) {
		return opt, usagef("--hold-out %v: give a share from 0 to less than 1", opt.HoldOut)
	}
	if c.IsSet("batch") {
		if opt.Batch = c.Int("batch"); opt.Batch < 1 {
			return opt, usagef("--batch %d: give a number greater than 0", opt.Batch)
		}
	}
	if opt.Threads < 0 {
		return opt, usagef("--threads %d: give a number of threads, or 0 for all processors", opt.Threads)
	}
	if c.IsSet("class-axis") {
		axis := c.Int("class-axis")
		opt.ClassAxis = &axis
	}
	if c.IsSet("ignore-index") {
		label := c.Int("ignore-index")
		opt.IgnoreIndex = &label
	}
	var err error
	if opt.Loss, opt.Losses, err = losses(c.StringSlice("loss")); err != nil {
		return opt, err
	}
	switch c.String("precision") {
	case "float32":
		opt.Precision = autodiff.Float32
	case "float64":
		opt.Precision = autodiff.Float64
	default:
		return opt, usagef("--precision %q: give float32 or float64", c.String("precision"))
	}
	if opt.Params, err = pattern(c, "params"); err != nil {
		return opt, err
	}
	if opt.Freeze, err = pattern(c, "freeze"); err != nil {
		return opt, err
	}
	if opt.Dims, err = dims(c.StringSlice("dim")); err != nil {
		return opt, err
	}
	opt.Shapes, err = shapes(c.StringSlice("input-shape"))
	return opt, err
}

// positive refuses a value that is not a number greater than 0.
func positive(c *cli.Context, name string, v float64) error {
	if v > 0 && v <= 1e300 {
		return nil
	}
	return usagef("--%s %v: give a number greater than 0", name, c.Value(name))
}

// pattern returns the compiled regular expression of a flag, nil if it is not given.
func pattern(c *cli.Context, name string) (*regexp.Regexp, error) {
	if !c.IsSet(name) {
		return nil, nil
	}
	re, err := regexp.Compile(c.String(name))
	if err != nil {
		return nil, usagef("--%s: %v", name, err)
	}
	return re, nil
}

// losses parses KIND, which is that of all outputs, and NAME:KIND. Names may hold colons.
func losses(flags []string) (all metainit.Loss, byOutput map[string]metainit.Loss, err error) {
	byOutput = map[string]metainit.Loss{}
	for _, flag := range flags {
		colon := strings.LastIndex(flag, ":")
		kind, err := metainit.ParseLoss(flag[colon+1:])
		if err != nil {
			return "", nil, usagef("--loss: %w", err)
		}
		if colon < 0 {
			if all != "" {
				return "", nil, usagef("--loss %s: there is a loss already; give one, or NAME:KIND for each of several outputs", flag)
			}
			all = kind
			continue
		}
		name := flag[:colon]
		if _, twice := byOutput[name]; twice || name == "" {
			return "", nil, usagef("--loss %s: give NAME:KIND, once for each output", flag)
		}
		byOutput[name] = kind
	}
	return all, byOutput, nil
}

// dims parses NAME=64. Names may hold equals signs.
func dims(flags []string) (map[string]int, error) {
	sizes := map[string]int{}
	for _, flag := range flags {
		equals := strings.LastIndex(flag, "=")
		if equals < 1 {
			return nil, usagef("--dim %s: give the name of a free axis and its size, NAME=64", flag)
		}
		name := flag[:equals]
		if _, twice := sizes[name]; twice {
			return nil, usagef("--dim %s: the axis has a size already; give one for each", flag)
		}
		size, err := strconv.Atoi(flag[equals+1:])
		if err != nil || size < 0 {
			return nil, usagef("--dim %s: %q is not a size; give NAME=64", flag, flag[equals+1:])
		}
		sizes[name] = size
	}
	return sizes, nil
}

// shapes parses NAME:32,3,32,32, or 32,3,32,32 for the only input, which is called "". Names may hold colons.
func shapes(flags []string) (map[string][]int, error) {
	byName := map[string][]int{}
	for _, flag := range flags {
		colon := strings.LastIndex(flag, ":")
		name, sizes := flag[:max(colon, 0)], flag[colon+1:]
		if _, twice := byName[name]; twice {
			return nil, usagef("--input-shape %s: the input has a shape already; give one for each", flag)
		}
		var shape []int
		for _, field := range strings.Split(sizes, ",") {
			d, err := strconv.Atoi(strings.TrimSpace(field))
			if err != nil || d < 0 {
				return nil, usagef("--input-shape %s: %q is not a size; give NAME:32,3,32,32", flag, field)
			}
			shape = append(shape, d)
		}
		byName[name] = slices.Clip(shape)
	}
	return byName, nil
}
