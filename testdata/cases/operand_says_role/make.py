#!/usr/bin/env python3
"""Writes models in which the place of a stored tensor tells what it is, and prints what PyTorch computes for them.

lstm      both directions, B, zero initial states
layernorm the normalization written out as tf2onnx does: gain and biases are [1 1 n] and [1 n]
scatter   ScatterElements and ScatterND into zeros
output    a scale of shape [1 1], and the bias [1] of a layer with one output
prelu     a slope for each channel, [5 1]
"""
import pathlib
import sys

import numpy
import torch
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from quotient import measure

torch.manual_seed(4)
node = helper.make_node


def write(name, nodes, stored, outputs=3):
    graph = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", outputs])],
        [numpy_helper.from_array(t.numpy() if isinstance(t, torch.Tensor) else numpy.asarray(t), k) for k, t in stored.items()])
    (HERE / f"{name}.onnx").write_bytes(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())


x, y = torch.from_numpy(numpy.load(HERE / "sx.npy")), torch.from_numpy(numpy.load(HERE / "sy.npy"))
N = len(x)
w, v = torch.randn(4, 5) / 2, torch.randn(5, 3) / 2
b, c = 0.3 * torch.randn(5), 0.3 * torch.randn(3)

# ONNX has the gates i o f c, PyTorch i f g o.
H = 3
lstm = torch.nn.LSTM(4, H, bidirectional=True)
head = torch.randn(2 * H, 3)
order = lambda t: torch.cat([t.chunk(4)[k] for k in (0, 3, 1, 2)]).detach()
P = {n: p.detach() for n, p in lstm.named_parameters()} | {"head": head}
stack = lambda kind: torch.stack([order(P[f"weight_{kind}_l0{d}"]) for d in ("", "_reverse")])
write("lstm", [
    node("Reshape", ["x", "s1"], ["xs"]),
    node("LSTM", ["xs", "W", "R", "B", "", "h0", "c0"], ["Y"], hidden_size=H, direction="bidirectional"),
    node("Transpose", ["Y"], ["Yt"], perm=[0, 2, 1, 3]), node("Reshape", ["Yt", "s2"], ["hs"]), node("MatMul", ["hs", "head"], ["y"])], {
    "W": stack("ih"), "R": stack("hh"), "head": head,
    "B": torch.stack([torch.cat([order(P[f"bias_{k}_l0{d}"]) for k in ("ih", "hh")]) for d in ("", "_reverse")]),
    "h0": torch.zeros(2, 1, H), "c0": torch.zeros(2, 1, H), "s1": [N, 1, 4], "s2": [N, 2 * H]})


def run_lstm(p, x):
    out, _ = torch.func.functional_call(lstm, {n: t for n, t in p.items() if n != "head"}, (x[:, None],))
    return out[:, 0] @ p["head"]


gain = 1 + 0.2 * torch.randn(5)
write("layernorm", [
    node("MatMul", ["x", "w"], ["a"]), node("Add", ["b", "a"], ["ab"]), node("Unsqueeze", ["ab", "first"], ["r"]),
    node("ReduceMean", ["r"], ["m"], axes=[2]), node("Sub", ["r", "m"], ["d"]), node("Mul", ["d", "d"], ["dd"]),
    node("ReduceMean", ["dd"], ["va"], axes=[2]), node("Add", ["va", "eps"], ["ve"]), node("Sqrt", ["ve"], ["sd"]),
    node("Div", ["d", "sd"], ["n"]), node("Mul", ["n", "gain"], ["g"]), node("Add", ["g", "bias"], ["f"]), node("Tanh", ["f"], ["t"]),
    node("Squeeze", ["t", "first"], ["ts"]), node("MatMul", ["ts", "v"], ["z"]), node("Add", ["z", "c"], ["y"])], {
    "w": w, "b": b[None], "eps": numpy.float32(2**-10), "gain": gain[None, None], "bias": (b / 2)[None, None], "v": v, "c": c[None], "first": [0]})


def run_layernorm(p, x):
    a = x @ p["w"] + p["b"]
    d = a - a.mean(1, keepdim=True)
    n = d / ((d * d).mean(1, keepdim=True) + 2**-10).sqrt()
    return torch.tanh(n * p["gain"] + p["bias"]) @ p["v"] + p["c"]


write("scatter", [
    node("MatMul", ["x", "w"], ["a"]), node("Tanh", ["a"], ["t"]),
    node("ScatterElements", ["zeros", "index", "t"], ["e"], axis=0, reduction="add"),
    node("ScatterND", ["rows", "at", "t"], ["f"]), node("Add", ["e", "f"], ["h"]), node("MatMul", ["h", "v"], ["y"])], {
    "w": w, "v": v, "zeros": torch.zeros(N, 5), "rows": torch.zeros(N, 5),
    "index": numpy.full((N, 5), 1) + numpy.arange(N)[:, None] % 2, "at": numpy.arange(N)[::-1, None].copy()})


def run_scatter(p, x):
    t = torch.tanh(x @ p["w"])
    index = 1 + torch.arange(N) % 2
    return (torch.zeros(N, 5, dtype=x.dtype).index_add(0, index, t) + t.flip(0)) @ p["v"]


u, one = torch.randn(5, 1), torch.tensor([0.2])
write("output", [
    node("MatMul", ["x", "w"], ["a"]), node("Mul", ["a", "scale"], ["s"]), node("Tanh", ["s"], ["t"]), node("MatMul", ["t", "u"], ["z"]),
    node("Add", ["z", "one"], ["y"])], {"w": w, "scale": torch.full((1, 1), 0.75), "u": u, "one": one}, 1)

slope = 0.25 + 0.1 * torch.randn(5)
write("prelu", [
    node("MatMul", ["x", "w"], ["a"]), node("Unsqueeze", ["a", "last"], ["r"]), node("PRelu", ["r", "slope"], ["p"]),
    node("Squeeze", ["p", "last"], ["t"]), node("MatMul", ["t", "v"], ["y"])], {"w": w, "v": v, "slope": slope[:, None], "last": [-1]})

measure("lstm", run_lstm, P, x, y)
measure("layernorm", run_layernorm, {"w": w, "b": b, "gain": gain, "bias": b / 2, "v": v, "c": c}, x, y)
measure("scatter", run_scatter, {"w": w, "v": v}, x, y)
numpy.save(HERE / "st.npy", numpy.linspace(-1, 1, N, dtype=numpy.float32)[:, None])
measure("output", lambda p, x: torch.tanh(x @ p["w"] * 0.75) @ p["u"] + p["one"], {"w": w, "u": u, "one": one}, x,
        torch.from_numpy(numpy.load(HERE / "st.npy")).double(), torch.nn.functional.mse_loss)
measure("prelu", lambda p, x: torch.nn.functional.prelu(x @ p["w"], p["slope"]) @ p["v"], {"w": w, "v": v, "slope": slope}, x, y)
