package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// armLength is how many characters a bar has on either side of its axis.
const armLength = 8

// factorBars draws factors on a logarithmic axis around 1: to the right what grows, to the left what shrinks. The ends stand for the
// largest change, at least a factor of 2, which the title says.
func factorBars(factors []float64) (title string, bars []cell) {
	most := math.Log(2)
	for _, f := range factors {
		if change := math.Abs(math.Log(math.Abs(f))); !math.IsInf(change, 0) && !math.IsNaN(change) {
			most = max(most, change)
		}
	}
	for _, f := range factors {
		bars = append(bars, words(factorBar(math.Log(math.Abs(f))/most)))
	}
	end := fmt.Sprintf("%.3g", math.Exp(most))
	return fmt.Sprintf("%-*s1%*s", armLength, "1/"+end, armLength, end), bars
}

// factorBar draws a part of the axis, -1 to 1, in halves of a character.
func factorBar(part float64) string {
	if math.IsNaN(part) {
		return ""
	}
	halves := int(math.Round(2 * armLength * min(math.Abs(part), 1)))
	arm, half := strings.Repeat("█", halves/2), halves%2 == 1
	if part < 0 {
		if half {
			arm = "▐" + arm
		}
		return strings.Repeat(" ", armLength-len([]rune(arm))) + arm + "│"
	}
	if half {
		arm += "▌"
	}
	return strings.Repeat(" ", armLength) + "│" + arm
}

// sparkline draws numbers as at most so many bars, each for a part of the numbers.
func sparkline(numbers []float64, most int) string {
	const bars = "▁▂▃▄▅▆▇█"
	n := min(len(numbers), most)
	if n == 0 {
		return ""
	}
	least, greatest := slices.Min(numbers), slices.Max(numbers)
	var b strings.Builder
	for i := range n {
		v := numbers[i*len(numbers)/n]
		height := 0
		if greatest > least {
			height = int((v - least) / (greatest - least) * 7.999)
		}
		b.WriteRune([]rune(bars)[min(max(height, 0), 7)])
	}
	return b.String()
}

// curveLength is how many bars the curve of a trial has.
const curveLength = 24

// doneBar draws a part of something, 0 to 1, that is done.
func doneBar(part float64, length int) string {
	eighths := int(min(max(part, 0), 1) * float64(8*length))
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return bar + strings.Repeat("·", length-len([]rune(bar)))
}
