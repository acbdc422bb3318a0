package chart

// Key says what marks of a class mean.
type Key struct {
	Class string
	Label string
}

const (
	legendRow = 18.0
	swatch    = 10.0
)

// legend draws keys in rows from the place, and returns the height that they take.
func (d *drawing) legend(keys []Key, x, y float64) float64 {
	if len(keys) == 0 {
		return 0
	}
	left, top := x, y
	for _, key := range keys {
		width := swatch + 6 + widthOf(key.Label, textSize) + 16
		if left > x && left+width > d.width {
			left, top = x, top+legendRow
		}
		d.rect("key "+key.Class, left, top+4, swatch, swatch)
		d.text("label", "start", left+swatch+6, top+13, key.Label)
		left += width
	}
	return top + legendRow + 4 - y
}
