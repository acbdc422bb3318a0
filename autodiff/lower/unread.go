package lower

import (
	"maps"
	"slices"
)

// refuseUnread fails if the node has an attribute that the lowering never asked for, and that has an effect: a misspelled
// one, or one of a version that is not understood. The first version of most operators has consumed_inputs, the inputs whose
// memory may be used again.
func (c *call) refuseUnread(row *operator) {
	for _, name := range slices.Sorted(maps.Keys(c.op.attributes)) {
		if !c.read[name] && !slices.Contains(row.ignores, name) && name != "consumed_inputs" {
			c.fail("attribute %q is not supported", name)
		}
	}
}
