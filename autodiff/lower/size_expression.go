package lower

import (
	"math"
	"strings"
	"text/scanner"
)

// parseSize reads the name of a free axis that says how its size comes from those of others, as exporters write it:
//
//	past_sequence_length + sequence_length    2*seq    batch*heads    seq//2    floor(seq/2)    Max(1, s0 - 1)
//
// It returns the names in it, nil if it is no such expression, and the size, −1 if one of the names has none or the result
// is no size.
func parseSize(name string, sizes map[string]int) (names map[string]bool, size int) {
	if len(name) > maxSizeName {
		return nil, -1
	}
	p := &sizeParser{sizes: sizes, names: make(map[string]bool)}
	p.scan.Init(strings.NewReader(name))
	p.scan.Mode = scanner.ScanIdents | scanner.ScanInts
	p.scan.Error = func(*scanner.Scanner, string) { p.failed = true }
	p.scan.IsIdentRune = func(r rune, i int) bool {
		return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && (r >= '0' && r <= '9' || r == '.')
	}
	p.next()
	v := p.sum()
	if p.failed || p.token != scanner.EOF || !p.computes || len(p.names) == 0 {
		return nil, -1
	}
	if p.unknown || !(v >= 0 && v <= maxSize) || v != math.Floor(v) {
		return p.names, -1
	}
	return p.names, int(v)
}

// sizeParser computes while it parses, by recursive descent with one token ahead.
type sizeParser struct {
	scan     scanner.Scanner
	token    rune
	sizes    map[string]int
	names    map[string]bool
	computes bool // there is more than a name
	unknown  bool // a name has no size
	failed   bool
}

func (p *sizeParser) next() { p.token = p.scan.Scan() }

// accept takes the token if it comes next.
func (p *sizeParser) accept(token rune) bool {
	if p.token != token {
		return false
	}
	p.next()
	return true
}

// operator takes a token that computes.
func (p *sizeParser) operator(token rune) bool {
	taken := p.accept(token)
	p.computes = p.computes || taken
	return taken
}

func (p *sizeParser) sum() float64 {
	v := p.product()
	for {
		switch {
		case p.operator('+'):
			v += p.product()
		case p.operator('-'):
			v -= p.product()
		default:
			return v
		}
	}
}

func (p *sizeParser) product() float64 {
	v := p.signed()
	for {
		switch {
		case p.operator('*'):
			v *= p.signed()
		case p.operator('%'):
			v = modulo(v, p.signed())
		case p.operator('/'):
			if p.accept('/') {
				v = math.Floor(v / p.signed())
			} else {
				v /= p.signed()
			}
		default:
			return v
		}
	}
}

func (p *sizeParser) signed() float64 {
	if p.operator('-') {
		return -p.signed()
	}
	return p.power()
}

// power binds more tightly than a sign before it, and from right to left: -a**b**c is -(a**(b**c)).
func (p *sizeParser) power() float64 {
	v := p.atom()
	if p.token == '*' && p.scan.Peek() == '*' {
		p.next()
		p.operator('*')
		v = math.Pow(v, p.signed())
	}
	return v
}

func (p *sizeParser) atom() float64 {
	text, v := p.scan.TokenText(), math.NaN()
	switch {
	case p.accept(scanner.Int):
		v = 0
		for _, digit := range text {
			p.failed = p.failed || digit < '0' || digit > '9'
			v = 10*v + float64(digit-'0')
		}
	case p.accept(scanner.Ident):
		if p.operator('(') {
			return p.call(strings.ToLower(text))
		}
		p.names[text] = true
		size, ok := p.sizes[text]
		v, p.unknown = float64(size), p.unknown || !ok
	case p.accept('('):
		v = p.sum()
		p.failed = p.failed || !p.accept(')')
	default:
		p.failed = true
	}
	return v
}

// call is a function by its name in small letters, behind its opening parenthesis.
func (p *sizeParser) call(function string) float64 {
	args := []float64{p.sum()}
	for p.accept(',') {
		args = append(args, p.sum())
	}
	p.failed = p.failed || !p.accept(')')
	last := args[len(args)-1]
	switch {
	case function == "floor" && len(args) == 1:
		return math.Floor(last)
	case (function == "ceil" || function == "ceiling") && len(args) == 1:
		return math.Ceil(last)
	case function == "floordiv" && len(args) == 2:
		return math.Floor(args[0] / last)
	case (function == "mod" || function == "pythonmod") && len(args) == 2:
		return modulo(args[0], last)
	case function == "min" || function == "max":
		for _, v := range args {
			if function == "min" {
				last = math.Min(last, v)
			} else {
				last = math.Max(last, v)
			}
		}
		return last
	}
	p.failed = true
	return math.NaN()
}

func modulo(a, b float64) float64 { return a - b*math.Floor(a/b) }
