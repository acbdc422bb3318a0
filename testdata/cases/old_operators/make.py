"""Operators and attributes of old files.

    python3 make.py

model.onnx                   given: ImageScaler, then a convolution, opset 8
all.onnx                     the other operators that opset 10 retired, and two that it changed, in a row
opset6.onnx                  attributes from before opset 7: is_test, consumed_inputs, broadcast
no_opset.onnx                the same without imports, which is opset 1
opset6_unknown.onnx          opset6.onnx with an attribute that Tanh never had
NAME_x.npy, NAME_target.npy  a batch and its target for model.onnx, all.onnx and opset6.onnx

Prints what PyTorch computes for those; script/case_old_operators.txtar expects it.
"""
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

rng = np.random.default_rng(23)


def scaled(*shape):
    return (rng.standard_normal(shape) / np.sqrt(max(np.prod(shape[1:]), 1))).astype(np.float32)


def f32(number):
    """The number that an attribute holds."""
    return float(np.float32(number))


def write(name, nodes, tensors, shape, opset, outputs):
    inputs = [value("x", shape)] + [value(n, a.shape) for n, a in tensors.items()]  # initializers are inputs
    save(name, nodes, inputs, [value("y", ["n", outputs])], tensors, opset, ir_version=3 if opset else 2, graph=name, check=False)


def compute(name, forward, tensors, x, target):
    """Writes the batch, and shows the mean square of forward, a function of parameters and input."""
    save_arrays(**{f"{name}_x": x, f"{name}_target": target})
    show(name, lambda p: F.mse_loss(forward(p, double(x)), double(target)), tensors)


scaler = {a.name: helper.get_attribute_value(a) for a in onnx.load("model.onnx").graph.node[0].attribute}
compute("model", lambda p, x: F.conv2d(x * scaler["scale"] + double(scaler["bias"]).view(1, -1, 1, 1), p["Wc"]), weights("model.onnx"),
        (rng.random((3, 2, 4, 4)) * 255).astype(np.float32), normal(rng, 3, 4, 2, 2))

W = {"w": scaled(4, 2, 3, 3), "v": scaled(3, 16)}
write("all", [
    node("ImageScaler", ["x"], ["a"], bias=[0.5, -0.25], scale=0.75), node("Crop", ["a"], ["b"], border=[1, 0, 1, 2]),
    node("Conv", ["b", "w"], ["c"], kernel_shape=[3, 3]),
    node("MeanVarianceNormalization", ["c"], ["d"], across_channels=0, normalize_variance=1),
    node("ParametricSoftplus", ["d"], ["e"], alpha=1.5, beta=0.7), node("Affine", ["e"], ["f"], alpha=0.9, beta=-0.8),
    node("ScaledTanh", ["f"], ["g"], alpha=1.7, beta=0.6), node("Scale", ["g"], ["h"], scale=1.25),
    node("ThresholdedRelu", ["h"], ["i"], alpha=0.1), node("Flatten", ["i"], ["j"]), node("Gemm", ["j", "v"], ["y"], transB=1, beta=0.0),
], W, ["n", 2, 6, 6], 8, 3)


def in_a_row(p, x):
    c = F.conv2d((x * f32(0.75) + double([0.5, -0.25]).view(1, 2, 1, 1))[:, :, 0:4, 1:5], p["w"])
    d = c - c.mean((0, 2, 3), keepdim=True)
    d = d / ((d * d).mean((0, 2, 3), keepdim=True).sqrt() + 1e-9)
    e = f32(1.5) * F.softplus(f32(0.7) * d)
    h = f32(1.25) * f32(1.7) * torch.tanh(f32(0.6) * (f32(0.9) * e + f32(-0.8)))
    return torch.where(h > f32(0.1), h, 0.0).flatten(1) @ p["v"].T


compute("all", in_a_row, W, normal(rng, 5, 2, 6, 6), normal(rng, 5, 3))

W = {"w": scaled(5, 3), "b": scaled(5, 1).ravel(), "s": 1 + scaled(5), "o": scaled(5), "m": scaled(5), "r": np.abs(scaled(5)) + 0.5,
     "k": scaled(5, 2), "z": scaled(2)}
nodes = [
    node("Gemm", ["x", "w", "b"], ["a"], transB=1, broadcast=1),
    node("BatchNormalization", ["a", "s", "o", "m", "r"], ["c", "c1", "c2", "c3", "c4"], is_test=1, consumed_inputs=[0, 0, 0, 1, 1]),
    node("Tanh", ["c"], ["d"], consumed_inputs=[0]), node("Dropout", ["d"], ["e"], is_test=1), node("MatMul", ["e", "k"], ["f"]),
    node("Add", ["f", "z"], ["y"], broadcast=1, axis=1),
]
write("opset6", nodes, W, ["n", 3], 6, 2)
write("no_opset", nodes, W, ["n", 3], 0, 2)
nodes[2] = node("Tanh", ["c"], ["d"], inplace=1)
write("opset6_unknown", nodes, W, ["n", 3], 6, 2)


def before_7(p, x):
    c = (x @ p["w"].T + p["b"] - double(W["m"])) / (double(W["r"]) + f32(1e-5)).sqrt() * p["s"] + p["o"]
    return torch.tanh(c) @ p["k"] + p["z"]


compute("opset6", before_7, {name: W[name] for name in "wbsokz"}, normal(rng, 7, 3), normal(rng, 7, 2))
