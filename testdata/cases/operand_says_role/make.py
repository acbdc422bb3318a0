"""The place of a stored tensor tells what it is.

    python3 make.py

h0.onnx                                given: the initial state of an RNN
scale0.onnx, scale1.onnx               given: a scale that is a scalar, and the same of shape [1]
decimal_const.onnx, decimal_init.onnx  given: a decimal in a Constant node, and as an initializer
sx.npy, sy.npy                         given: a batch and its classes
lstm.onnx                              both directions, B, zero initial states
layernorm.onnx                         the normalization written out as tf2onnx does: gain and biases are [1 1 n] and [1 n]
scatter.onnx                           ScatterElements and ScatterND into zeros
output.onnx, st.npy                    a scale of shape [1 1], and the bias [1] of a layer with one output; its target
prelu.onnx                             a slope for each channel, [5 1]

Prints what PyTorch computes for those that are not given; script/case_operand_says_role.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, save, save_arrays, value
from torch_quotient import double, layer_norm, show

torch.manual_seed(4)
x, y = double(np.load("sx.npy")), torch.tensor(np.load("sy.npy"))
N = len(x)
w, v = torch.randn(4, 5) / 2, torch.randn(5, 3) / 2
b, c = 0.3 * torch.randn(5), 0.3 * torch.randn(3)


def write(name, nodes, tensors, outputs=3):
    save(name, nodes, [value("x", ["N", 4])], [value("y", ["N", outputs])], tensors, graph=name)


def compute(name, forward, tensors):
    show(name, lambda p: F.cross_entropy(forward(p), y), tensors)


# ONNX has the gates i o f c, PyTorch i f g o.
H = 3
lstm = torch.nn.LSTM(4, H, bidirectional=True)
P = {n: p.detach() for n, p in lstm.named_parameters()} | {"head": torch.randn(2 * H, 3)}


def gates(name):
    return torch.cat([P[name].chunk(4)[k] for k in (0, 3, 1, 2)])


write("lstm", [
    node("Reshape", ["x", "s1"], ["xs"]),
    node("LSTM", ["xs", "W", "R", "B", "", "h0", "c0"], ["Y"], hidden_size=H, direction="bidirectional"),
    node("Transpose", ["Y"], ["Yt"], perm=[0, 2, 1, 3]), node("Reshape", ["Yt", "s2"], ["hs"]), node("MatMul", ["hs", "head"], ["y"]),
], {
    "W": torch.stack([gates("weight_ih_l0"), gates("weight_ih_l0_reverse")]),
    "R": torch.stack([gates("weight_hh_l0"), gates("weight_hh_l0_reverse")]), "head": P["head"],
    "B": torch.stack([torch.cat([gates(f"bias_{kind}_l0{end}") for kind in ("ih", "hh")]) for end in ("", "_reverse")]),
    "h0": torch.zeros(2, 1, H), "c0": torch.zeros(2, 1, H), "s1": [N, 1, 4], "s2": [N, 2 * H]})
compute("lstm", lambda p: torch.func.functional_call(lstm, {n: p[n] for n in p if n != "head"}, (x[:, None],))[0][:, 0] @ p["head"], P)

gain = 1 + 0.2 * torch.randn(5)
write("layernorm", [
    node("MatMul", ["x", "w"], ["a"]), node("Add", ["b", "a"], ["ab"]), node("Unsqueeze", ["ab", "first"], ["r"]),
    node("ReduceMean", ["r"], ["m"], axes=[2]), node("Sub", ["r", "m"], ["d"]), node("Mul", ["d", "d"], ["dd"]),
    node("ReduceMean", ["dd"], ["va"], axes=[2]), node("Add", ["va", "eps"], ["ve"]), node("Sqrt", ["ve"], ["sd"]),
    node("Div", ["d", "sd"], ["n"]), node("Mul", ["n", "gain"], ["g"]), node("Add", ["g", "bias"], ["f"]), node("Tanh", ["f"], ["t"]),
    node("Squeeze", ["t", "first"], ["ts"]), node("MatMul", ["ts", "v"], ["z"]), node("Add", ["z", "c"], ["y"]),
], {"w": w, "b": b[None], "eps": np.float32(2**-10), "gain": gain[None, None], "bias": (b / 2)[None, None], "v": v, "c": c[None], "first": [0]})


def layernorm(p):
    return torch.tanh(layer_norm(x @ p["w"] + p["b"], p["gain"], 2**-10) + p["bias"]) @ p["v"] + p["c"]


compute("layernorm", layernorm, {"w": w, "b": b, "gain": gain, "bias": b / 2, "v": v, "c": c})

write("scatter", [
    node("MatMul", ["x", "w"], ["a"]), node("Tanh", ["a"], ["t"]),
    node("ScatterElements", ["zeros", "index", "t"], ["e"], axis=0, reduction="add"),
    node("ScatterND", ["rows", "at", "t"], ["f"]), node("Add", ["e", "f"], ["h"]), node("MatMul", ["h", "v"], ["y"]),
], {"w": w, "v": v, "zeros": torch.zeros(N, 5), "rows": torch.zeros(N, 5),
    "index": np.full((N, 5), 1) + np.arange(N)[:, None] % 2, "at": np.arange(N)[::-1, None]})


def scatter(p):
    t = torch.tanh(x @ p["w"])
    return (torch.zeros(N, 5).double().index_add(0, 1 + torch.arange(N) % 2, t) + t.flip(0)) @ p["v"]


compute("scatter", scatter, {"w": w, "v": v})

u, one = torch.randn(5, 1), torch.tensor([0.2])
target = np.linspace(-1, 1, N, dtype=np.float32)[:, None]
save_arrays(st=target)
write("output", [
    node("MatMul", ["x", "w"], ["a"]), node("Mul", ["a", "scale"], ["s"]), node("Tanh", ["s"], ["t"]), node("MatMul", ["t", "u"], ["z"]),
    node("Add", ["z", "one"], ["y"]),
], {"w": w, "scale": torch.full((1, 1), 0.75), "u": u, "one": one}, 1)
show("output", lambda p: F.mse_loss(torch.tanh(x @ p["w"] * 0.75) @ p["u"] + p["one"], double(target)), {"w": w, "u": u, "one": one})

slope = 0.25 + 0.1 * torch.randn(5)
write("prelu", [
    node("MatMul", ["x", "w"], ["a"]), node("Unsqueeze", ["a", "last"], ["r"]), node("PRelu", ["r", "slope"], ["p"]),
    node("Squeeze", ["p", "last"], ["t"]), node("MatMul", ["t", "v"], ["y"]),
], {"w": w, "v": v, "slope": slope[:, None], "last": [-1]})
compute("prelu", lambda p: F.prelu(x @ p["w"], p["slope"]) @ p["v"], {"w": w, "v": v, "slope": slope})
