package metainit

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The reasons of tensors that Freeze and Params make constants.
func (o Options) frozen() string   { return "its name matches " + o.called("Freeze") }
func (o Options) notNamed() string { return "its name does not match " + o.called("Params") }

// named reports whether a name of the tensor matches.
func (p *Parameter) named(re *regexp.Regexp) bool {
	return re.MatchString(p.Name) || slices.ContainsFunc(p.Tied, re.MatchString)
}

// excludes reports whether the options say that a tensor is no parameter.
func (o Options) excludes(p *Parameter) bool {
	return o.Freeze != nil && p.named(o.Freeze) || o.Params != nil && !p.named(o.Params)
}

// unmatched returns an error if Freeze or Params matches no tensor of the file, with the names that are most like it.
func (p *Problem) unmatched() error {
	var all []string
	for _, name := range names(p.model) {
		all = append(all, name)
	}
	for _, par := range p.parameters {
		all = append(all, par.Tied...)
	}
	for _, option := range []struct {
		name string
		re   *regexp.Regexp
	}{{"Freeze", p.opt.Freeze}, {"Params", p.opt.Params}} {
		switch {
		case option.re == nil || slices.ContainsFunc(all, option.re.MatchString):
		case len(p.parameters) == 0:
			return fmt.Errorf("%s %v matches no tensor, and none is a parameter", p.opt.called(option.name), option.re)
		default:
			return fmt.Errorf("%s %v matches no tensor; tensors are %s", p.opt.called(option.name), option.re, p.likely(option.re.String()))
		}
	}
	return nil
}

// likely lists the names of the tensors, those that are most like the pattern first.
func (p *Problem) likely(pattern string) string {
	pattern = letters(pattern)
	list := make([]string, len(p.parameters))
	far := make(map[string]int)
	for i, par := range p.parameters {
		list[i] = par.Name
		far[par.Name] = distance(pattern, letters(par.Name))
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(far[a], far[b]) })
	const shown = 5
	if len(list) > shown {
		return fmt.Sprintf("%s, … (%d in all)", strings.Join(list[:shown], ", "), len(list))
	}
	return strings.Join(list, ", ")
}

// letters returns the letters and digits of a name, in lower case: what distance compares, which takes as many
// steps as the product of their lengths.
func letters(name string) string {
	name = name[:min(len(name), 256)]
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// distance is how many bytes have to be changed, inserted or taken out to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
