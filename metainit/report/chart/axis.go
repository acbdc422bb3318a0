package chart

// axisY draws the ticks of a vertical axis, with lines across the plot from left to right, and its label above.
func (d *drawing) axisY(s scale, label string, left, right float64) {
	for _, t := range s.ticks(max(2, int((s.From-s.To)/30))) {
		y := s.at(t.Value)
		d.line("grid", left, y, right, y)
		d.text("tick", "end", left-6, y+4, t.Label)
	}
	if label != "" {
		d.text("label", "start", 0, s.To-10, label)
	}
}

// axisX draws the ticks of a horizontal axis below the plot, and its label at the end.
func (d *drawing) axisX(s scale, label string, y float64) {
	d.line("axis", s.From, y, s.To, y)
	for _, t := range s.ticks(max(2, int((s.To-s.From)/48))) {
		x := s.at(t.Value)
		d.line("axis", x, y, x, y+4)
		d.tickX(x, y+17, t.Label)
	}
	if label != "" {
		d.text("label", "middle", (s.From+s.To)/2, y+33, label)
	}
}

// rulesX draws the ticks of a horizontal axis above rows of marks, with lines down through them.
func (d *drawing) rulesX(s scale, top, bottom float64) {
	for _, t := range s.ticks(max(2, int((s.To-s.From)/48))) {
		x := s.at(t.Value)
		d.line("grid", x, top, x, bottom)
		d.tickX(x, top-6, t.Label)
	}
}

// tickX writes the label of a tick at a place, or beside it where that is close to an end of the drawing.
func (d *drawing) tickX(x, y float64, label string) {
	half := widthOf(label, textSize) / 2
	d.text("tick", "middle", max(half, min(x, d.width-half)), y, label)
}

// axisWidth is the room that the ticks of a vertical axis take.
func axisWidth(s scale) float64 {
	width := 0.0
	for _, t := range s.ticks(max(2, int((s.From-s.To)/30))) {
		width = max(width, widthOf(t.Label, textSize))
	}
	return width + 10
}
