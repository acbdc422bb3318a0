#!/usr/bin/env python3
"""Writes models with tables and masks that nobody trains, and prints what PyTorch computes for them.

pruned       masks of 0 and 1 that multiply a weight and an activation
rotary       cos and sin of the operator RotaryEmbedding
rope         the same written out, with tables [1 L d]
frequencies  the same with frequencies that a product multiplies by the positions
sinusoids    a table of positions, sines and cosines in turn, which is added
swin         -inf and 0, in half precision, added before a softmax
"""
import pathlib
import sys

import numpy
import torch
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from quotient import measure

torch.manual_seed(5)
B, L, D = 2, 6, 4
node = helper.make_node
x, target = torch.randn(B, L, D), torch.randint(0, 3, (B, L))
numpy.save(HERE / "x.npy", x.numpy())
numpy.save(HERE / "target.npy", target.numpy())
w, q, v = torch.randn(D, D) / 2, torch.randn(D, D) / 2, torch.randn(D, 3)
angles = torch.arange(L).float()[:, None] * 10000 ** (-torch.arange(D // 2).float() * 2 / D)


def write(name, nodes, stored, opset=17):
    stored = {"w": w, "v": v, **stored}
    graph = helper.make_graph(
        [node("MatMul", ["x", "w"], ["a"])] + nodes + [node("MatMul", ["t", "v"], ["y"])], name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [B, L, D])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [B, L, 3])],
        [numpy_helper.from_array(t.numpy() if isinstance(t, torch.Tensor) else numpy.asarray(t), k) for k, t in stored.items()])
    (HERE / f"{name}.onnx").write_bytes(helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", opset)]).SerializeToString())


def compute(name, inner, params=()):
    loss = lambda y, t: torch.nn.functional.cross_entropy(y.transpose(1, 2), t)
    measure(name, lambda p, x: inner(p, x @ p["w"]) @ p["v"], {"w": w, "v": v, **dict(params)}, x, target, loss)


def turn(a, cos, sin):
    half = torch.cat([-a[..., D // 2:], a[..., :D // 2]], -1)
    return a * torch.cat([cos, cos], -1) + half * torch.cat([sin, sin], -1)


half = [
    node("Split", ["a"], ["a1", "a2"], axis=-1), node("Neg", ["a2"], ["a2n"]), node("Concat", ["a2n", "a1"], ["ah"], axis=-1),
    node("Mul", ["a", "cos"], ["ac"]), node("Mul", ["ah", "sin"], ["as"]), node("Add", ["ac", "as"], ["r"]), node("Tanh", ["r"], ["t"])]
cos, sin = angles.cos(), angles.sin()
tables = {"cos": torch.cat([cos, cos], -1)[None], "sin": torch.cat([sin, sin], -1)[None]}

kept, places = (torch.rand(D, D) < 0.7).float(), (torch.rand(L, D) < 0.6).float()
write("pruned", [
    node("Mul", ["q", "kept"], ["qk"]), node("MatMul", ["a", "qk"], ["b"]), node("Unsqueeze", ["places", "first"], ["p"]),
    node("Mul", ["b", "p"], ["c"]), node("Tanh", ["c"], ["t"])], {"q": q, "kept": kept, "places": places, "first": [0]})
write("rotary", [node("RotaryEmbedding", ["a", "cos", "sin"], ["r"], num_heads=1), node("Tanh", ["r"], ["t"])],
      {"cos": cos.expand(B, L, D // 2).clone(), "sin": sin.expand(B, L, D // 2).clone()}, 23)
write("rope", half, tables)
write("frequencies", [
    node("MatMul", ["at", "inv_freq"], ["angles"]), node("Concat", ["angles", "angles"], ["two"], axis=-1), node("Cos", ["two"], ["cos"]),
    node("Sin", ["two"], ["sin"])] + half, {"inv_freq": 10000 ** (-torch.arange(D // 2).float()[None] * 2 / D), "at": torch.arange(L).float()[:, None]})
sinusoids = torch.stack([sin, cos], -1).reshape(1, L, D)
write("sinusoids", [node("Add", ["a", "table"], ["s"]), node("Tanh", ["s"], ["t"])], {"table": sinusoids})
closed = torch.zeros(1, L, L, dtype=torch.float16)
closed[0, :3, 3:] = closed[0, 3:, :3] = -torch.inf
write("swin", [
    node("MatMul", ["a", "q"], ["k"]), node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]), node("MatMul", ["a", "kt"], ["s"]),
    node("Cast", ["mask"], ["m"], to=TensorProto.FLOAT), node("Add", ["s", "m"], ["sm"]), node("Softmax", ["sm"], ["p"], axis=-1),
    node("MatMul", ["p", "a"], ["t"])], {"q": q, "mask": closed})

compute("pruned", lambda p, a: torch.tanh(a @ (p["q"] * kept.double()) * places.double()), {"q": q})
for name in ("rotary", "rope"):
    compute(name, lambda p, a: torch.tanh(turn(a, cos.double(), sin.double())))
exact = torch.arange(L).double()[:, None] * (10000 ** (-torch.arange(D // 2).float() * 2 / D)).double()
compute("frequencies", lambda p, a: torch.tanh(turn(a, exact.cos(), exact.sin())))
compute("sinusoids", lambda p, a: torch.tanh(a + sinusoids.double()))
compute("swin", lambda p, a: (a @ (a @ p["q"]).transpose(1, 2) + closed.double()).softmax(-1) @ a, {"q": q})
