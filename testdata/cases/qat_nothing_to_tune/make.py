"""Gradients end at an operator without a derivative.

    python3 make.py

model.onnx              given: QuantizeLinear and DequantizeLinear before and behind every weight and activation
weights_and_input.onnx  weights and input alone are quantized: only from the scales of W1 a differentiable path leads
between.onnx            Clip, conversions and moves between the two, a zero point that is not zero, scales found at run time
dynamic.onnx            a layer that is quantized when it runs: the scale, a difference of two elements, has a derivative
rescaled.onnx           two scales: no identity
whole_numbers.onnx      the weights are whole numbers in the file
round.onnx, sign.onnx   Round, Sign of a weight
spiking.onnx            Greater behind a first layer
whole_activations.onnx  conversion to whole numbers behind it
by_class.onnx           ArgMax behind it
x.npy, target.npy       a batch and its classes

Prints what PyTorch computes for the first three without those pairs; script/case_qat_nothing_to_tune.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import FLOAT, INT32, UINT8, node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

rng = np.random.default_rng(7)
W1, W2, B2 = ((rng.standard_normal(shape) * 0.5).astype(np.float32) for shape in [(4, 6), (6, 3), (3,)])
x, target = normal(rng, 8, 4), rng.integers(0, 3, 8)
save_arrays(x=x, target=target)


def write(name, nodes, **tensors):
    save(name, nodes, [value("x", ["b", 4])], [value("y", ["b", 3])], tensors)


def compute(name, **tensors):
    """Shows the cross-entropy of relu(x W1) W2 + B2."""
    show(name, lambda p: F.cross_entropy(torch.relu(double(x) @ p["W1"]) @ p["W2"] + p.get("B2", 0), torch.tensor(target)), tensors)


def pair(of, scale, zero, **axis):
    return [node("QuantizeLinear", [of, scale, zero], [of + "_q"], **axis), node("DequantizeLinear", [of + "_q", scale, zero], [of + "_d"], **axis)]


given = weights("model.onnx")
compute("model", W1=given["W1"], W2=given["W2"])

small = {"sx": np.float32(0.05), "zx": np.int8(0), "sw": np.full(6, 0.01, np.float32), "zw": np.zeros(6, np.int8)}
write("weights_and_input", pair("x", "sx", "zx") + pair("W1", "sw", "zw", axis=1) + pair("W2", "sx", "zx") + [
    node("MatMul", ["x_d", "W1_d"], ["h"]), node("Relu", ["h"], ["hr"]), node("MatMul", ["hr", "W2_d"], ["y"])], W1=W1, W2=W2, **small)
compute("weights_and_input", W1=W1, W2=W2)

write("between", [
    node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]), node("DequantizeLinear", ["xq", "xs", "xz"], ["x_d"]),
    node("QuantizeLinear", ["W1", "sw", "zw"], ["W1_q"], axis=1), node("Clip", ["W1_q", "lo", "hi"], ["W1_c"]),
    node("DequantizeLinear", ["W1_c", "sw", "zw"], ["W1_d"], axis=1),
    node("MatMul", ["x_d", "W1_d"], ["h"]), node("Relu", ["h"], ["hr"]),
    node("QuantizeLinear", ["hr", "sh", "zh"], ["hr_q"]), node("Cast", ["hr_q"], ["hr_i"], to=INT32),
    node("Cast", ["hr_i"], ["hr_u"], to=UINT8), node("DequantizeLinear", ["hr_u", "sh", "zh"], ["hr_d"]),
    node("QuantizeLinear", ["V2", "sx", "zx"], ["V2_q"]), node("Transpose", ["V2_q"], ["V2_t"], perm=[1, 0]),
    node("DequantizeLinear", ["V2_t", "sx"], ["V2_d"]), node("MatMul", ["hr_d", "V2_d"], ["s"]), node("Add", ["s", "B2"], ["y"]),
], W1=W1, V2=W2.T, B2=B2, **small, lo=np.int8(-127), hi=np.int8(127), sh=np.float32(0.1), zh=np.uint8(3))
compute("between", W1=W1, W2=W2, B2=B2)

write("dynamic", [
    node("MatMul", ["x", "W1"], ["h"]), node("Relu", ["h"], ["hr"]), node("DynamicQuantizeLinear", ["hr"], ["q", "qs", "qz"], "steps"),
    node("DequantizeLinear", ["q", "qs", "qz"], ["d"]), node("MatMul", ["d", "W2"], ["y"])], W1=W1, W2=W2)
write("rescaled", [
    node("QuantizeLinear", ["W1", "sx", "zx"], ["q"], "round_w1"), node("DequantizeLinear", ["q", "s2", "zx"], ["d"]),
    node("MatMul", ["x", "d"], ["y"])], W1=W1[:, :3], sx=np.float32(0.05), s2=np.float32(0.1), zx=np.int8(0))
write("whole_numbers", [node("DequantizeLinear", ["W1", "sx", "zx"], ["d"]), node("MatMul", ["x", "d"], ["y"])],
      W1=np.round(W1[:, :3] * 20).astype(np.int8), sx=np.float32(0.05), zx=np.int8(0))
write("round", [
    node("Mul", ["W1", "ten"], ["m"]), node("Round", ["m"], ["r"], "to_steps"), node("Div", ["r", "ten"], ["d"]),
    node("MatMul", ["x", "d"], ["h"]), node("LeakyRelu", ["h"], ["hr"]), node("MatMul", ["hr", "W2"], ["y"])], W1=W1, W2=W2, ten=np.float32(10))
write("sign", [
    node("Sign", ["W1"], ["s1"]), node("Sign", ["W2"], ["s2"]), node("MatMul", ["x", "s1"], ["h"]), node("MatMul", ["h", "s2"], ["y"])],
    W1=W1, W2=W2)
write("spiking", [
    node("MatMul", ["x", "W1"], ["u"]), node("Greater", ["u", "threshold"], ["fires"], "fire"), node("Cast", ["fires"], ["spikes"], to=FLOAT),
    node("MatMul", ["spikes", "W2"], ["y"])], W1=W1, W2=W2, threshold=np.float32(0.3))
write("whole_activations", [
    node("MatMul", ["x", "W1"], ["u"]), node("Cast", ["u"], ["i"], "cut", to=INT32), node("Cast", ["i"], ["f"], to=FLOAT),
    node("MatMul", ["f", "W2"], ["y"])], W1=W1, W2=W2)
write("by_class", [
    node("MatMul", ["x", "W1"], ["u"]), node("ArgMax", ["u"], ["k"], "choose", axis=1, keepdims=0), node("Gather", ["table", "k"], ["y"])],
    W1=W1, table=W2)
