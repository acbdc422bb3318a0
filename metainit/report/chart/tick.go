package chart

import (
	"math"
	"strconv"
	"strings"
)

// tick is a round number on an axis.
type tick struct {
	Value float64
	Label string
}

// ticks returns at most n round numbers on the scale, n at least 2: multiples of 1, 2 or 5 times a power of ten, on logarithmic
// scales the powers of ten and what fits between them.
func (s scale) ticks(n int) []tick {
	if s.Log {
		const far = 5 // times: between numbers that are closer, even steps are clear
		if list := s.logTicks(n); len(list) > 2 || len(list) == 2 && s.High/s.Low > far {
			return list
		}
	}
	return s.linearTicks(n)
}

func (s scale) linearTicks(n int) []tick {
	length := s.High/2 - s.Low/2
	exponent := math.Floor(math.Log10(length/float64(n))) + math.Log10(2)
	base := math.Pow(10, math.Floor(exponent))
	for _, m := range []float64{1, 2, 5, 10, 20, 50, 100} {
		step := m * base
		first, last := math.Ceil(s.Low/step), math.Floor(s.High/step)
		if !(last-first < float64(n)) {
			continue
		}
		var list []tick
		decimals := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
		for k := first; k <= last; k++ {
			v := k * step
			if v < s.Low || v > s.High {
				continue // by rounding
			}
			label := strconv.FormatFloat(v, 'f', decimals, 64)
			if decimals > 4 || math.Abs(v) >= 1e5 {
				label = Number(v, 3)
			}
			list = append(list, tick{v, strings.Replace(label, "-", "−", 1)})
		}
		return list
	}
	return nil
}

func (s scale) logTicks(n int) []tick {
	low, high := math.Log10(s.Low), math.Log10(s.High)
	for _, between := range [][]float64{{1, 1.5, 2, 3, 4, 5, 7}, {1, 2, 5}, {1, 3}, {1}} {
		if list := s.powers(low, high, 1, between); len(list) <= n {
			return list
		}
	}
	for every := 2; ; every++ {
		if list := s.powers(low, high, every, []float64{1}); len(list) <= n {
			return list
		}
	}
}

// powers returns the powers of ten that are on the scale, times each factor, whose exponents are multiples of a number.
func (s scale) powers(low, high float64, every int, factors []float64) []tick {
	var list []tick
	plain := s.Low > 1e-4 && s.High < 1e5 || len(factors) > 1
	for e := math.Floor(low/float64(every)) * float64(every); e <= high; e += float64(every) {
		for _, f := range factors {
			v := f * math.Pow(10, e)
			switch {
			case v < s.Low || v > s.High:
			case plain:
				list = append(list, tick{v, Number(v, 3)})
			default:
				list = append(list, tick{v, power(int(e))})
			}
		}
	}
	return list
}

// Number returns a number with at most so many digits as text for people: 0.0125, 3×10⁻⁷.
func Number(v float64, digits int) string {
	size := math.Abs(v)
	text := strconv.FormatFloat(v, 'e', digits-1, 64)
	if size == 0 || size >= 1e-3 && size < 1e5 {
		rounded, _ := strconv.ParseFloat(text, 64)
		return strings.Replace(strconv.FormatFloat(rounded, 'f', -1, 64), "-", "−", 1)
	}
	mantissa, exponent, ok := strings.Cut(text, "e")
	if !ok {
		return text // not finite
	}
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	mantissa = strings.Replace(mantissa, "-", "−", 1) + "×"
	if mantissa == "1×" || mantissa == "−1×" {
		mantissa = strings.TrimSuffix(strings.TrimSuffix(mantissa, "×"), "1")
	}
	e, _ := strconv.Atoi(exponent)
	return mantissa + power(e)
}

// power returns a power of ten as text: 10⁻⁷.
func power(exponent int) string { return "10" + superscript.Replace(strconv.Itoa(exponent)) }

// Digits is Number with zeros at the end, for columns: 2.400. What is 1 or 0 is written so, as it is often meant exactly.
func Digits(v float64, digits int) string {
	size := math.Abs(v)
	if v == 0 || v == 1 || size < 1e-3 || !(size < 1e5) {
		return Number(v, digits)
	}
	decimals := max(0, digits-1-int(math.Floor(math.Log10(size))))
	return strings.Replace(strconv.FormatFloat(v, 'f', decimals, 64), "-", "−", 1)
}

var superscript = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")
