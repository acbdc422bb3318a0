package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"onnx-metainit/metainit"
)

var update = flag.Bool("update", false, "rewrite testdata/run.html and diff.html")

// element is one of a page, with its text and what is in it.
type element struct {
	name, text string
	attributes map[string]string
	children   []*element
}

// all returns the elements of a name in an element.
func (e *element) all(name string) []*element {
	var list []*element
	for _, child := range e.children {
		if child.name == name {
			list = append(list, child)
		}
		list = append(list, child.all(name)...)
	}
	return list
}

// content is all text in an element.
func (e *element) content() string {
	text := e.text
	for _, child := range e.children {
		text += child.content()
	}
	return text
}

var scripts = regexp.MustCompile(`(?s)<(script|style)[^>]*>.*?</(script|style)>`)

// parse reads a page as HTML. Scripts and styles are left out: what they hold is no text of elements.
func parse(t *testing.T, page []byte) *element {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(scripts.ReplaceAll(page, nil)))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &element{}
	stack := []*element{root}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the page is no HTML: %v", err)
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attributes: make(map[string]string)}
			for _, a := range token.Attr {
				e.attributes[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
	if len(stack) != 1 {
		t.Fatal("an element of the page is not closed")
	}
	return root
}

// pageOf makes the page of a document.
func pageOf(t *testing.T, document string) []byte {
	t.Helper()
	r, err := ParseRun([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.Page("run.json")
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// compareGolden compares a page with a file of testdata, but for style and script.
func compareGolden(t *testing.T, page []byte, path string) {
	t.Helper()
	page = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`).ReplaceAll(page, nil)
	if *update {
		if err := os.WriteFile(path, page, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, path); !bytes.Equal(page, want) {
		t.Errorf("the page is not that of %s: run this test with -update and look at the difference", path)
	}
}

// TestPage looks at the page of a small run: its text, its charts and its data, of which it can be made again.
func TestPage(t *testing.T) {
	document := string(read(t, "testdata/run.json"))
	page := pageOf(t, document)
	compareGolden(t, page, "testdata/run.html")
	root := parse(t, page)
	text := root.content()
	for _, part := range []string{
		"small model.onnx", "he: it makes 1.4 times the progress of the model as it is.", "metainit run 'small model.onnx' --seed 7",
		"2 of 2 weights", "1.2 → 3.4", "the gradient is zero in every element of \"b\"", "MetaInit made 3 steps from the weights of he; 1 more were not finite",
		"the factor of \"conv.weight\" is -1", "8×1×3×3", "5ab3, 1234 bytes", "data x.npy", "dims.batch", "keep, he", "metainit v1", "smaller than ε = 10⁻⁵ in 15.4 % of them before and 7.69 % after",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in the page", part)
		}
	}
	var charts []string
	for _, e := range root.all("svg") {
		charts = append(charts, e.attributes["aria-label"])
	}
	want := "Loss in the trials: means, adam; Objective over the steps of MetaInit; Elements of the gradient quotient; Factors by layer; Factors by layer; Norms before and after; Norms before and after"
	if got := strings.Join(charts, "; "); got != want {
		t.Errorf("charts %s, want %s", got, want)
	}
	rows := root.all("tbody")[1].all("tr")
	if len(rows) != 2 || rows[0].all("td")[1].content() != "conv.weight" || rows[1].all("td")[6].attributes["data-value"] != "1.0001" {
		t.Error("the tensors are not in the order of the graph, with the norms that they reached")
	}
	data, err := DataOf(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pageOf(t, string(data)), page) {
		t.Error("made again of its data the page is another one")
	}
	for _, outside := range []string{"http:", "https:", "src=", "@import", "url("} {
		if rest := strings.ReplaceAll(string(page), `xmlns="http://www.w3.org/2000/svg"`, ""); strings.Contains(rest, outside) {
			t.Errorf("the page has %s", outside)
		}
	}
}

// TestSmallerPages makes pages of documents that have less, or nothing that can be drawn.
func TestSmallerPages(t *testing.T) {
	old := (&metainit.Result{Tensors: []metainit.TunedTensor{{Name: "w", Factor: 2, NormBefore: 1, NormAfter: 2, NormReached: new(float64)}}}).Record()
	for name, c := range map[string]struct {
		document string
		charts   int
		text     string
	}{
		"a record of today":      {old, 4, "1 of 1 weights"},
		"an old record":          {`{"gq_before":1,"gq_after":2,"lgq_before":0.1,"lgq_after":0.2,"steps":20,"verdict":"no candidate learns anything","progress":{"he":0.1,"keep":0.2},"factors":{"w":2,"a":1},"norms":{"w":{"asked":4,"reached":4.01},"a":{"asked":1,"reached":1}}}`, 4, "No candidate learns anything."},
		"the oldest record":      {`{"gq_before":1,"gq_after":2,"steps":20,"factors":{"w":2}}`, 2, "1 of 1 weights rescaled."},
		"a race without trials":  {`{"race":{"winner":"keep","contestants":[{"name":"keep"},null]}}`, 0, "No candidate is clearly better"},
		"an empty race":          {`{"race":{"contestants":[]},"tensors":[{"name":"w","factor":1}]}`, 2, "0 of 1 weights"},
		"no race":                {`{"race":null,"tensors":[{"name":"w","factor":1,"norm_before":1,"norm_after":1}],"lgq_before":1,"lgq_after":0.5,"steps":2}`, 4, "2 steps took the log quotient from 1 to 0.5."},
		"other types":            {`{"schema":{"a":[1]},"tool":{"version":"v9"},"command":"metainit","settings":[],"files":3,"verdict":7,"tensors":[{"name":"w","factor":3}]}`, 2, `{"version":"v9"}`},
		"factors of all kinds":   {`{"tensors":[{"name":"a","factor":-2},{"name":"b","factor":0},{"name":"c","factor":1e308},{"name":"d","factor":1e-320}]}`, 2, "4 of 4"},
		"losses of all kinds":    {`{"race":{"winner":"b","contestants":[{"name":"a","trials":[null,{"task":"t","losses":[1.7976931348623157e308]}]},{"name":"b","trials":[{"task":"t","base":-1,"losses":[-1,0,2]}]}]}}`, 1, "b wins"},
		"what trial prints":      {`{"steps":3,"winner":"he","margin":2,"contestants":[{"name":"keep","trials":[{"task":"means","losses":[2,1]}]},{"name":"he","progress":1}]}`, 1, "he wins: it makes 2 times"},
		"a contest of files":     {`{"steps":3,"contestants":[{"name":"a.onnx","progress":1},{"name":"b.onnx","progress":2}]}`, 0, "b.onnx makes the most progress."},
		"flags alone":            {`{"flags":{"seed":["3"],"paper":["true"],"dim":["a=1","b c=2"]},"tensors":[{"name":"w","factor":3}]}`, 2, "metainit run MODEL --dim a=1 --dim 'b c=2' --paper --seed 3"},
		"quotients that are odd": {`{"tensors":[{"name":"a","factor":2}],"quotients":{"width":0,"before":{},"after":null}}`, 2, "1 of 1"},
		"no quotients at all":    {`{"tensors":[{"name":"a","factor":2}],"quotients":{"width":1,"before":{"counts":[0]},"after":{"counts":[0]}}}`, 2, "1 of 1"},
	} {
		t.Run(name, func(t *testing.T) {
			page := pageOf(t, c.document)
			root := parse(t, page)
			if got := len(root.all("svg")); got != c.charts {
				t.Errorf("%d charts, want %d", got, c.charts)
			}
			text := root.content()
			if !strings.Contains(text, c.text) {
				t.Errorf("%q is not in %q", c.text, text)
			}
			if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") || strings.Contains(text, "<nil>") {
				t.Errorf("what is no number is in %q", text)
			}
		})
	}
}

// TestNoRun: what is no result of a run is an error that says so.
func TestNoRun(t *testing.T) {
	for _, document := range []string{"", "{", "[]", "null", "3", "{}", `{"tensors":[]}`, `{"factors":{}}`, `{"loss":2.3,"gq":1}`} {
		if r, err := ParseRun([]byte(document)); err == nil {
			t.Errorf("%s: %+v", document, r)
		}
	}
	for _, page := range []string{"", "<html></html>", `<script type="application/json" id="metainit-run">{}`, `<script type="application/json" id="metainit-diff">{}</script>`} {
		if data, err := DataOf([]byte(page)); err == nil {
			t.Errorf("%s: %s", page, data)
		}
	}
}

// hostile holds markup, escape sequences, a mark of direction and bytes that are no UTF-8.
const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e\u2028\"'&{{.}}"

// TestHostileText puts text wherever a document can have it: it stays text.
func TestHostileText(t *testing.T) {
	var v any
	if err := json.Unmarshal(read(t, "testdata/run.json"), &v); err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(poison(v))
	if err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, string(document))
	checkHostile(t, page)
	if n := strings.Count(string(page), `<figure`); n < 5 {
		t.Errorf("%d charts", n)
	}
	d := &metainit.Difference{Tensors: []metainit.TensorDifference{{Name: hostile, Status: hostile, Other: hostile, Note: hostile}},
		Histograms: []*metainit.ValueHistogram{{Low: -1, High: 1, A: []int64{1, 2}, B: []int64{2, 1}}}}
	if page, err = (&Comparison{hostile, hostile, d}).Page(); err != nil {
		t.Fatal(err)
	}
	checkHostile(t, page)
}

func checkHostile(t *testing.T, page []byte) {
	t.Helper()
	root := parse(t, page)
	if len(root.all("img")) > 0 || bytes.Count(page, []byte("<script")) != 2 || bytes.Count(page, []byte("</script")) != 2 {
		t.Error("text became an element")
	}
	if text := root.content(); strings.ContainsAny(text, "\x1b\u202e\u2028") || !strings.Contains(text, `onerror=alert(1)>\x1b[2J\u202e\u2028`) {
		t.Error("control characters are not made visible")
	}
}

// poison appends hostile text to all strings, but for names that the page looks for.
func poison(v any) any {
	switch v := v.(type) {
	case string:
		if v == "adam" || v == "Conv" {
			return v
		}
		return v + hostile
	case []any:
		for i := range v {
			v[i] = poison(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = poison(v[name])
		}
		for _, name := range []string{"dims", "settings", "tasks"} {
			if inner, ok := v[name].(map[string]any); ok {
				inner[hostile] = 1
			}
		}
	}
	return v
}

// TestComparisonPage looks at the page of a comparison.
func TestComparisonPage(t *testing.T) {
	two, one, most := 2.0, 1.0, 0.5
	d := &metainit.Difference{Tensors: []metainit.TensorDifference{
		{Name: "w", Status: metainit.StatusScaled, Factor: &two, Cosine: &one, MaxAbs: &most},
		{Name: "b", Status: metainit.StatusSame, Factor: &one, Cosine: &one, MaxAbs: new(float64)},
		{Name: "gone", Status: metainit.StatusRenamed, Other: "here", Note: "float32 -> float16"},
		{Name: "new", Status: metainit.StatusAdded},
	}, Histograms: []*metainit.ValueHistogram{{Low: -1, High: 1, A: []int64{0, 4, 4, 0}, B: []int64{2, 2, 2, 2}}, nil, nil, nil}}
	page, err := (&Comparison{"a/one.onnx", "two.onnx", d}).Page()
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, page, "testdata/diff.html")
	root := parse(t, page)
	if rows := root.all("tbody")[0].all("tr"); len(rows) != 3 || rows[1].all("td")[5].content() != "now here, float32 -> float16" {
		t.Error("the rows are not those of what differs")
	}
	if text := root.content(); len(root.all("svg")) != 1 || !strings.Contains(text, "1 of 4 tensors are the same.") || !strings.Contains(text, "−1 to −0.5: A 0 %, B 25 %") {
		t.Errorf("no histogram in %q", text)
	}
	page, err = (&Comparison{"a", "b", &metainit.Difference{Same: true, Tensors: d.Tensors[1:2]}}).Page()
	if text := parse(t, page).content(); err != nil || !strings.Contains(text, "All 1 tensors are the same.") {
		t.Errorf("%v, %q", err, text)
	}
}

// TestCharts: what a run draws has one of the names that are known before it.
func TestCharts(t *testing.T) {
	r, err := ParseRun(read(t, "testdata/run.json"))
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join(ChartNames(), " ") + " "
	charts := r.Charts()
	for _, c := range charts {
		if !strings.Contains(known, c.Name+" ") || !strings.HasPrefix(c.File(), "<svg ") {
			t.Errorf("chart %s: %.40s", c.Name, c.File())
		}
	}
	if len(charts) != 5 {
		t.Errorf("%d charts, want 5", len(charts))
	}
}

// TestGroups looks at what the names of some models stand in a row with.
func TestGroups(t *testing.T) {
	for _, c := range []struct{ names, want string }{
		{"conv1.weight layer1.0.conv1.weight layer1.0.conv2.weight layer2.0.conv1.weight fc.weight", "conv1 layer1 layer1 layer2 fc"},
		{"e.weight enc.layers.0.a.weight enc.layers.0.b.weight enc.layers.1.a.weight o.weight", "e.weight enc.layers enc.layers enc.layers o.weight"},
		{"net.0.weight net.0.bias net.2.weight net.2.bias", "0 0 2 2"},
		{"a b", "a b"},
		{"a", "a"},
		{"", ""},
	} {
		if got := strings.Join(groupsOf(strings.Fields(c.names)), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.names, got, c.want)
		}
	}
}

// FuzzRun: a document is an error or a page that can be parsed, of which it can be made again.
func FuzzRun(f *testing.F) {
	document, err := os.ReadFile("testdata/run.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Add([]byte(`{"factors":{"w":1e-320},"norms":{"w":{"asked":1e300}},"progress":{"a":-1e308}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		r, err := ParseRun(document)
		if err != nil {
			return
		}
		page, err := r.Page("name")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(parse(t, page).content(), "NaN") && !bytes.Contains(document, []byte("NaN")) {
			t.Error("NaN in the page")
		}
		for _, c := range r.Charts() {
			c.File()
		}
		data, err := DataOf(page)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRun(data)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.Page("name"); err != nil || !bytes.Equal(page, second) {
			t.Errorf("made again it is another page, %v", err)
		}
	})
}
