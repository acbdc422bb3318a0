package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
)

// dataElement begins the element of a page that holds what it was made of.
const dataElement = `<script type="application/json" id="%s">`

// DataOf returns the JSON document of the run that a page was made of.
func DataOf(page []byte) ([]byte, error) {
	_, rest, found := bytes.Cut(page, fmt.Appendf(nil, dataElement, runID))
	document, _, ended := bytes.Cut(rest, []byte("</script>"))
	if !found || !ended {
		return nil, errors.New("it is no report of a run: it has no element with the data of one")
	}
	return document, nil
}

// inScript returns JSON as it can stand in an element of HTML: no < ends it.
func inScript(document []byte) template.JS {
	var b bytes.Buffer
	json.HTMLEscape(&b, bytes.ToValidUTF8(document, []byte("\uFFFD")))
	return template.JS(b.String())
}
