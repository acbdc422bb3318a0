package lower

// Naming says what messages call an option, in the words of whoever asks the user for it: a field of Options, and a key and a
// value where the message is of these, "" where it is not. A value "…" stands for any. nil: as in Dims seq=…, Outputs logits, Batch 8.
type Naming func(option, key, value string) string

// Of returns what messages call an option.
func (n Naming) Of(option, key, value string) string {
	switch {
	case n != nil:
		return n(option, key, value)
	case key == "" && value == "":
		return option
	case key == "" || value == "":
		return option + " " + key + value
	}
	return option + " " + key + "=" + value
}
