#!/usr/bin/env python3
"""Writes what script/case_old_operators.txtar needs beside model.onnx, and prints the right values.

Needs numpy, onnx and torch. The quotients are PyTorch's, by reverse mode three times in float64 on the float32 weights:
the mean of |q|, q = (Hg + ε) / (g + ε) with ε = ±1e-5 of g's sign.
"""
import pathlib

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
RNG = np.random.default_rng(23)


def normal(*shape):
    return (RNG.standard_normal(shape) / np.sqrt(max(np.prod(shape[1:]), 1))).astype(np.float32)


def save(name, nodes, weights, shape, opset, out):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)], [numpy_helper.from_array(w, n) for n, w in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)] if opset else [], ir_version=3 if opset else 2)
    if not opset:
        del model.opset_import[:]
    for n in weights:  # before version 4 of the format, initializers are inputs
        graph.input.append(helper.make_tensor_value_info(n, TensorProto.FLOAT, weights[n].shape))
    model.graph.CopyFrom(graph)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


def quotient(loss, params, eps=1e-5):
    grads = torch.autograd.grad(loss, params, create_graph=True)
    products = torch.autograd.grad(sum((g * g).sum() for g in grads) / 2, params)
    q = [(h + e) / (g + e) for g, h in zip(grads, products) for e in [eps * torch.where(g >= 0, 1.0, -1.0).double()]]
    return torch.cat([v.flatten() for v in q]).abs().mean().item()


def trained(w):
    return torch.tensor(w.astype(np.float64), requires_grad=True)


def report(name, x, y, params):
    target = HERE / f"{name}_target.npy"
    t = torch.tensor(np.load(target), dtype=torch.float64)
    loss = F.mse_loss(y, t)
    print(f"{name}: loss {loss.item():.12g} gq {quotient(loss, params):.12g}")


def draw(name, x, target):
    np.save(HERE / f"{name}_x.npy", x)
    np.save(HERE / f"{name}_target.npy", target)
    return torch.tensor(x.astype(np.float64))


f32 = lambda v: float(np.float32(v))

# The given model: x/255, then a convolution.
given = onnx.load(HERE / "model.onnx")
scale = given.graph.node[0].attribute
scale = {a.name: helper.get_attribute_value(a) for a in scale}
w = trained(numpy_helper.to_array(given.graph.initializer[0]))
x = draw("model", (RNG.random((3, 2, 4, 4)) * 255).astype(np.float32), RNG.standard_normal((3, 4, 2, 2)).astype(np.float32))
report("model", x, F.conv2d(x * scale["scale"] + torch.tensor(scale["bias"], dtype=torch.float64).view(1, -1, 1, 1), w), [w])

# All the others in a row.
W = {"w": normal(4, 2, 3, 3), "v": normal(3, 16)}
save("all", [
    helper.make_node("ImageScaler", ["x"], ["a"], bias=[0.5, -0.25], scale=0.75),
    helper.make_node("Crop", ["a"], ["b"], border=[1, 0, 1, 2]),
    helper.make_node("Conv", ["b", "w"], ["c"], kernel_shape=[3, 3]),
    helper.make_node("MeanVarianceNormalization", ["c"], ["d"], across_channels=0, normalize_variance=1),
    helper.make_node("ParametricSoftplus", ["d"], ["e"], alpha=1.5, beta=0.7),
    helper.make_node("Affine", ["e"], ["f"], alpha=0.9, beta=-0.8),
    helper.make_node("ScaledTanh", ["f"], ["g"], alpha=1.7, beta=0.6),
    helper.make_node("Scale", ["g"], ["h"], scale=1.25),
    helper.make_node("ThresholdedRelu", ["h"], ["i"], alpha=0.1),
    helper.make_node("Flatten", ["i"], ["j"]),
    helper.make_node("Gemm", ["j", "v"], ["y"], transB=1, beta=0.0),
], W, ["n", 2, 6, 6], 8, ["n", 3])
x = draw("all", RNG.standard_normal((5, 2, 6, 6)).astype(np.float32), RNG.standard_normal((5, 3)).astype(np.float32))
w, v = map(trained, W.values())
c = F.conv2d((x * f32(0.75) + torch.tensor([0.5, -0.25]).double().view(1, 2, 1, 1))[:, :, 0:4, 1:5], w)
d = c - c.mean((0, 2, 3), keepdim=True)
d = d / ((d * d).mean((0, 2, 3), keepdim=True).sqrt() + 1e-9)
e = f32(1.5) * F.softplus(f32(0.7) * d)
h = f32(1.25) * f32(1.7) * torch.tanh(f32(0.6) * (f32(0.9) * e + f32(-0.8)))
report("all", x, torch.where(h > f32(0.1), h, 0.0).flatten(1) @ v.T, [w, v])

# Before opset 7: is_test, consumed_inputs and broadcast. The same without imports at all is of opset 1.
W = {"w": normal(5, 3), "b": normal(5, 1).ravel(), "s": 1 + normal(5), "o": normal(5), "m": normal(5), "r": np.abs(normal(5)) + 0.5, "k": normal(5, 2)}
nodes = [
    helper.make_node("Gemm", ["x", "w", "b"], ["a"], transB=1, broadcast=1),
    helper.make_node("BatchNormalization", ["a", "s", "o", "m", "r"], ["c", "c1", "c2", "c3", "c4"], is_test=1, consumed_inputs=[0, 0, 0, 1, 1]),
    helper.make_node("Tanh", ["c"], ["d"], consumed_inputs=[0]),
    helper.make_node("Dropout", ["d"], ["e"], is_test=1),
    helper.make_node("MatMul", ["e", "k"], ["f"]),
    helper.make_node("Add", ["f", "z"], ["y"], broadcast=1, axis=1),
]
W["z"] = normal(2)
save("opset6", nodes, W, ["n", 3], 6, ["n", 2])
save("no_opset", nodes, W, ["n", 3], 0, ["n", 2])
nodes[2] = helper.make_node("Tanh", ["c"], ["d"], inplace=1)
save("opset6_unknown", nodes, W, ["n", 3], 6, ["n", 2])
x = draw("opset6", RNG.standard_normal((7, 3)).astype(np.float32), RNG.standard_normal((7, 2)).astype(np.float32))
p = {n: trained(v) for n, v in W.items()}
a = x @ p["w"].T + p["b"]
c = (a - p["m"].detach()) / (p["r"].detach() + f32(1e-5)).sqrt() * p["s"] + p["o"]
report("opset6", x, torch.tanh(c) @ p["k"] + p["z"], [p[n] for n in "wbsokz"])
