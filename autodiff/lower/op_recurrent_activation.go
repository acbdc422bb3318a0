package lower

import (
	"slices"
	"strings"

	"onnx-metainit/autodiff"
)

// activations returns the functions of the gates, of which the defaults of one direction are given. The attributes name
// those of each direction; one direction can have those of two, as ONNX's own default for RNN does: the first count. Where
// two directions differ, the function is that of each for its part [1 …] of the first axis.
func (c *call) activations(defaults []string, dirs int) []activation {
	list, gates := c.gateActivations(slices.Repeat(defaults, dirs)), len(defaults)
	out := make([]activation, gates)
	for i := range out {
		first, last := list[i], list[len(list)-gates+i]
		out[i] = first.of
		if first.name != last.name || !slices.Equal(first.values, last.values) {
			out[i] = func(x *autodiff.Node) *autodiff.Node {
				return autodiff.Concat(0, first.of(autodiff.SliceAxis(x, 0, 0, 1)), last.of(autodiff.SliceAxis(x, 0, 1, 2)))
			}
		}
	}
	return out
}

// gateActivations returns the functions that the attributes name, or else the given ones.
func (c *call) gateActivations(names []string) []gateActivation {
	if given := c.texts("activations"); len(given) > 0 {
		if len(given) == 2*len(names) && c.text("direction", "forward") != "bidirectional" {
			given = given[:len(names)]
		}
		if len(given) != len(names) {
			c.fail("%d activations %v, expected %d", len(given), given, len(names))
		}
		names = given
	}
	// The lists have values only for the functions that take them, in order.
	lists := map[string][]float64{"alpha": c.floats("activation_alpha"), "beta": c.floats("activation_beta")}
	out := make([]gateActivation, len(names))
	for i, name := range names {
		lower := strings.ToLower(name)
		at := slices.IndexFunc(namedActivations, func(a namedActivation) bool { return a.gate && strings.ToLower(a.name) == lower })
		if at < 0 {
			c.fail("activation %q is not one of ONNX's", name)
		}
		out[i].namedActivation = &namedActivations[at]
		out[i].values = out[i].namedActivation.values(func(_ int, p parameter) float64 {
			list := lists[p.name]
			if len(list) == 0 {
				return p.missing
			}
			lists[p.name] = list[1:]
			return list[0]
		})
	}
	return out
}

// gateActivation is an activation with the values of its parameters.
type gateActivation struct {
	*namedActivation
	values []float64
}

func (a gateActivation) of(x *autodiff.Node) *autodiff.Node { return a.apply(x, a.values) }
