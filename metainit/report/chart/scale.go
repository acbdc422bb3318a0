package chart

import "math"

// scale maps numbers from Low to High to places from From to To, in pixels. With Log both are greater than 0, and equal ratios
// are equal lengths.
type scale struct {
	Low, High float64
	From, To  float64
	Log       bool
}

// fit returns a scale that shows all of the finite values, those above 0 with log, and some room beyond them.
func fit(values []float64, log bool, from, to float64) scale {
	s := scale{Low: math.Inf(1), High: math.Inf(-1), From: from, To: to, Log: log}
	for _, v := range values {
		if s.shows(v) {
			s.Low, s.High = min(s.Low, v), max(s.High, v)
		}
	}
	const room = 0.04
	switch {
	case s.Low > s.High && log:
		s.Low, s.High = 0.5, 2
	case s.Low > s.High:
		s.Low, s.High = 0, 1
	case log:
		ratio := max(s.High/s.Low, 1)
		if math.IsInf(ratio, 0) {
			ratio = math.MaxFloat64
		}
		grow := max(math.Pow(ratio, room), math.Pow(1.5, max(0, 1-math.Log(ratio)/math.Log(1.5))/2))
		s.Low, s.High = max(s.Low/grow, math.SmallestNonzeroFloat64), min(s.High*grow, math.MaxFloat64)
	default:
		more := (s.High/2 - s.Low/2) * 2 * room
		if size := max(math.Abs(s.Low), math.Abs(s.High)); more < 1e-9*size || size == 0 {
			more = max(size/2, 1e-300) // one number, or several that are hardly different
		}
		s.Low, s.High = max(s.Low-more, -math.MaxFloat64), min(s.High+more, math.MaxFloat64)
	}
	return s
}

// shows reports whether there is a place for the number on some scale of this kind. The largest number there is stands for one
// that is not finite.
func (s scale) shows(v float64) bool {
	return math.Abs(v) < math.MaxFloat64/2 && (v > 0 || !s.Log) // NaN is not
}

// at returns the place of a number, at the ends that of one beyond them.
func (s scale) at(v float64) float64 {
	var part float64
	switch {
	case s.Log && v <= 0:
		part = 0
	case s.Log:
		part = (math.Log(v) - math.Log(s.Low)) / (math.Log(s.High) - math.Log(s.Low))
	default:
		part = (v/2 - s.Low/2) / (s.High/2 - s.Low/2) // halves: the difference may be no finite number
	}
	if !(part > 0) {
		part = 0
	}
	return s.From + min(part, 1)*(s.To-s.From)
}
