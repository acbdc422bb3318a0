package metainit

import (
	"fmt"
	"slices"

	"onnx-metainit/onnxio"
)

// tieWarnings says which weights stand for several tensors of the file or of the program that made it: equal ones that the
// exporter stored once, a weight that it stored twice, and one that several modules multiply by. Each has one factor.
func (p *Problem) tieWarnings() []string {
	var list []string
	names, stored := names(p.model), sharing(p.rescaled())
	for _, par := range p.rescaled() {
		group := stored[par.Tensor]
		switch copies := quotedNames(par.Copies, names); {
		case len(group) > 1 && par == group[0]:
			others := make([]string, len(group)-1)
			for i, other := range group[1:] {
				others[i] = other.Name
			}
			list = append(list, fmt.Sprintf("%q is also %s: the exporter stored equal tensors once, and they are tuned as one, by one factor", par.Name, quoted(others)))
		case len(par.Copies) > 0:
			list = append(list, fmt.Sprintf("%q and %s hold the same numbers: they are one weight, and get one factor", par.Name, copies))
		case len(par.names) > 1:
			others := slices.DeleteFunc(slices.Clone(par.names), func(name string) bool { return name == par.Name })
			list = append(list, fmt.Sprintf("%q is also %s: the exporter stored equal tensors once, and they are tuned as one, by one factor", par.Name, quoted(others)))
		case len(par.modules) > 1:
			list = append(list, fmt.Sprintf("%q is a factor in the modules %s: if the exporter stored copies of one layer once, they are tuned as one, by one factor", par.Name, quoted(par.modules)))
		}
	}
	return list
}

func quotedNames(tensors []*onnxio.Tensor, names map[*onnxio.Tensor]string) string {
	list := make([]string, len(tensors))
	for i, t := range tensors {
		list[i] = names[t]
	}
	return quoted(list)
}
