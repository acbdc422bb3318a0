package lower

import (
	"math"
	"slices"

	"onnx-metainit/autodiff"
)

// The operators of domain ai.onnx.ml that stand before and behind a network where a scikit-learn pipeline was exported:
// https://onnx.ai/onnx/operators/#ai-onnx-ml. What was fitted is in attributes, and constant. Text is not supported.

const machineLearning = "ai.onnx.ml"

var machineLearningRows = []operator{
	{name: "ArrayFeatureExtractor", domain: machineLearning, since: 1, inputs: arity{2, 2}, lower: lowerArrayFeatureExtractor},
	{name: "Binarizer", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerBinarizer, noDerivative: stepwise},
	{name: "Imputer", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerImputer,
		ignores: []string{"imputed_value_floats", "replaced_value_float", "imputed_value_int64s", "replaced_value_int64"}},
	{name: "LabelEncoder", domain: machineLearning, since: 2, inputs: arity{1, 1}, lower: lowerLabelEncoder,
		ignores: []string{"default_float", "default_int64", "default_string"}, noDerivative: discrete},
	{name: "LinearClassifier", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerLinearClassifier,
		ignores: []string{"multi_class"}},
	{name: "LinearRegressor", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerLinearRegressor},
	{name: "Normalizer", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerNormalizer},
	{name: "OneHotEncoder", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerOneHotEncoder,
		ignores: []string{"zeros"}, noDerivative: discrete},
	{name: "Scaler", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerScaler},
	// The maps of a row's scores by their labels: here the scores themselves.
	{name: "ZipMap", domain: machineLearning, since: 1, inputs: arity{1, 1}, lower: lowerIdentity,
		ignores: []string{"classlabels_int64s", "classlabels_strings"}},
}

// rows returns input 0 as [rows features], which it is or, as one row, [features].
func (c *call) rows() *autodiff.Node {
	x := c.x(0)
	switch x.Rank() {
	case 1:
		return autodiff.Reshape(x, 1, x.Size())
	case 2:
		return x
	}
	c.fail("input 0 has shape %v, expected [features] or [rows features]", x.Shape())
	return nil
}

// perFeature returns the list of an attribute, one number for each feature or one for all.
func (c *call) perFeature(name string, list []float64) *autodiff.Node {
	if n := c.rows().Shape()[1]; len(list) != 1 && len(list) != n {
		c.fail("attribute %q has %d values, expected 1 or %d", name, len(list), n)
	}
	return c.graph.Const(list, len(list))
}

// asInput gives the result, [rows features], the shape of input 0.
func (c *call) asInput(y *autodiff.Node, t DataType) []value {
	return one(autodiff.Reshape(y, c.x(0).Shape()...), t)
}

// lowerScaler subtracts the offset and multiplies by the scale.
func lowerScaler(c *call) []value {
	offset, scale := c.perFeature("offset", c.floats("offset")), c.perFeature("scale", c.floats("scale"))
	return c.asInput(autodiff.Mul(autodiff.Sub(c.rows(), offset), scale), float32Type)
}

// lowerNormalizer divides every row by its norm; a row whose norm is 0 stays.
func lowerNormalizer(c *call) []value {
	x := c.rows()
	var norm *autodiff.Node
	switch name := c.text("norm", "MAX"); name {
	case "MAX":
		norm = autodiff.MaxKeep(x, 1)
	case "L1":
		norm = keepAxes(reduceL1(x, 1), x.Shape(), []int{1})
	case "L2":
		norm = keepAxes(reduceL2(x, 1), x.Shape(), []int{1})
	default:
		c.fail("attribute \"norm\" is %q, expected MAX, L1 or L2", name)
	}
	zero := autodiff.Equal(norm, c.scalar(0))
	return c.asInput(autodiff.Div(x, autodiff.Select(zero, c.scalar(1), norm)), float32Type)
}

// lowerBinarizer is 1 above the threshold, else 0.
func lowerBinarizer(c *call) []value {
	return c.same(autodiff.Less(c.scalar(c.float("threshold", 0)), c.x(0)))
}

// lowerImputer puts the feature's value in place of what marks a missing one, often NaN.
func lowerImputer(c *call) []value {
	name, list, missing := "imputed_value_floats", c.floats("imputed_value_floats"), c.float("replaced_value_float", 0)
	if !isFloat(c.in[0].DataType) {
		ints, _ := c.ints("imputed_value_int64s")
		name, list, missing = "imputed_value_int64s", convert[float64](ints), float64(c.int("replaced_value_int64", 0))
	}
	x := c.rows()
	gone := autodiff.Equal(x, c.scalar(missing))
	if math.IsNaN(missing) {
		gone = autodiff.Not(autodiff.Equal(x, x))
	}
	return c.asInput(autodiff.Select(gone, c.perFeature(name, list), x), c.in[0].DataType)
}

// lowerArrayFeatureExtractor picks features, those of the last axis, by the indices of input 1.
func lowerArrayFeatureExtractor(c *call) []value {
	x := c.x(0)
	if x.Rank() == 1 {
		x = c.rows()
	}
	last := x.Rank() - 1
	if last < 0 {
		c.fail("input 0 has no axis")
	}
	index := c.index(1, x.Shape()[last])
	return c.same(autodiff.Take(x, autodiff.Reshape(index, index.Size()), last))
}

// lowerOneHotEncoder adds an axis of the categories: 1 where the element, without its fraction, is the category.
func lowerOneHotEncoder(c *call) []value {
	categories, ok := c.ints("cats_int64s")
	if !ok {
		c.fail("has no attribute \"cats_int64s\": only categories that are whole numbers are supported")
	}
	x := truncate(c.x(0))
	x = autodiff.Reshape(x, append(slices.Clone(x.Shape()), 1)...)
	return one(autodiff.Equal(x, c.integers(categories).Node), float32Type)
}

// lowerLabelEncoder replaces the elements that are a key by the key's value, the others by the default.
func lowerLabelEncoder(c *call) []value {
	keys, _ := c.numbers("keys")
	values, t := c.numbers("values")
	if len(keys) != len(values) {
		c.fail("has %d keys and %d values", len(keys), len(values))
	}
	missing := c.float("default_float", 0)
	if t == int64Type {
		missing = float64(c.int("default_int64", -1))
	}
	if v, ok := c.tensorAttribute("default_tensor", false); ok {
		data, err := c.dataOf(v)
		c.check(err)
		if len(data) != 1 {
			c.fail("attribute \"default_tensor\" has %d values, expected 1", len(data))
		}
		missing = data[0]
	}
	x := c.x(0)
	shape := x.Shape()
	hot := autodiff.Equal(autodiff.Reshape(x, append(slices.Clone(shape), 1)...), c.graph.Const(keys, len(keys)))
	// Differences to the default, so that no key is the default itself.
	for i := range values {
		values[i] -= missing
	}
	y := autodiff.Sum(autodiff.Mul(hot, c.graph.Const(values, len(values))), len(shape))
	return one(shift(y, missing), t)
}

// numbers returns the list that is in the attribute of that name for int64, for floats or for a tensor, and its type.
func (c *call) numbers(name string) ([]float64, DataType) {
	if list, ok := c.ints(name + "_int64s"); ok {
		return convert[float64](list), int64Type
	}
	if c.has(name + "_floats") {
		return c.floats(name + "_floats"), float32Type
	}
	v, ok := c.tensorAttribute(name+"_tensor", false)
	if !ok {
		c.fail("has none of the attributes \"%[1]s_int64s\", \"%[1]s_floats\" and \"%[1]s_tensor\": text is not supported", name)
	}
	data, err := c.dataOf(v)
	c.check(err)
	return slices.Clone(data), v.DataType
}

// lowerLinearRegressor multiplies by the coefficients and adds the intercepts.
func lowerLinearRegressor(c *call) []value { return []value{c.linear(c.int("targets", 1))} }

// lowerLinearClassifier gives the label of the highest score, and the scores. Labels that are text are left out.
func lowerLinearClassifier(c *call) []value {
	labels, _ := c.ints("classlabels_ints")
	classes := max(len(labels), len(c.texts("classlabels_strings")))
	scores := c.linear(classes)
	label := value{}
	if len(labels) > 0 {
		label = value{Node: autodiff.Take(c.integers(labels).Node, autodiff.ArgMax(scores.Node, 1), 0), DataType: int64Type}
	}
	return []value{label, scores}
}

// linear returns [rows outputs]: the product with the coefficients, the intercepts, and what attribute post_transform names.
func (c *call) linear(outputs int) value {
	x := c.rows()
	w, b := c.floats("coefficients"), c.floats("intercepts")
	if features := x.Shape()[1]; outputs < 1 || len(w) != outputs*features {
		c.fail("has %d coefficients, expected %d, of %d outputs and %d features", len(w), outputs*features, outputs, features)
	}
	y := autodiff.Dot(x, c.graph.Const(w, outputs, x.Shape()[1]), false, true)
	switch len(b) {
	case 0:
	case outputs:
		y = autodiff.Add(y, c.graph.Const(b, outputs))
	default:
		c.fail("has %d intercepts, expected none or %d", len(b), outputs)
	}
	switch name := c.text("post_transform", "NONE"); name {
	case "NONE":
		return value{Node: y, DataType: float32Type}
	case "SOFTMAX":
		return value{Node: autodiff.Softmax(y, 1), DataType: float32Type, tail: &tail{operator: TailSoftmax, logits: y, axis: 1}}
	case "LOGISTIC":
		return value{Node: autodiff.Logistic(y), DataType: float32Type, tail: &tail{operator: TailSigmoid, logits: y}}
	default:
		c.fail("attribute \"post_transform\" is %q; supported are NONE, SOFTMAX and LOGISTIC", name)
	}
	return value{}
}
